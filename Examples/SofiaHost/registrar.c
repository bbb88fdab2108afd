/* Stations and their telephones: digest by Sofia's authenticator, Contacts kept until they expire. */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LONGEST = 3600, SHORTEST = 60 };

static auth_challenger_t const challenger = {SIP_401_UNAUTHORIZED, sip_www_authenticate_class, sip_authentication_info_class};

/* `path`: one station a line, number:password: as Sofia's authenticator reads it too. */
int registrar_open(host *h, const char *path) {
  char line[200];
  FILE *file = fopen(path, "r");
  if (!file) {
    perror(path);
    return 0;
  }
  while (h->station_count < STATIONS && fgets(line, sizeof line, file)) {
    char *colon = strchr(line, ':');
    if (line[0] == '#' || !colon || colon - line > STROWGER_DIGITS_LONGEST) continue;
    snprintf(h->stations[h->station_count++].number, 33, "%.*s", (int)(colon - line), line);
  }
  fclose(file);
  h->auth = auth_mod_create(h->root, AUTHTAG_METHOD("Digest"), AUTHTAG_REALM("sofia-host"), AUTHTAG_DB(path), AUTHTAG_QOP("auth"),
                            TAG_END());
  return h->auth != NULL;
}

station *registrar_station(host *h, const char *number) {
  for (size_t i = 0; i < h->station_count; i++)
    if (!strcmp(h->stations[i].number, number)) return &h->stations[i];
  return NULL;
}

binding *registrar_binding(station *s, uint64_t device) {
  for (int i = 0; i < DEVICES; i++)
    if (s->bindings[i].device == device && device) return &s->bindings[i];
  return NULL;
}

uint64_t registrar_device(host *h, station *s, sip_t const *sip) {
  uint64_t device = 0;
  char *contact = sip->sip_contact ? url_as_string(h->home, sip->sip_contact->m_url) : NULL;
  for (int i = 0; i < DEVICES && contact; i++)
    if (s->bindings[i].device && !strcmp(s->bindings[i].contact, contact)) device = s->bindings[i].device;
  su_free(h->home, contact);
  return device;
}

station *registrar_caller(host *h, nua_handle_t *handle, sip_t const *sip) {
  station *found = NULL;
  auth_status_t *status = auth_status_new(h->home);
  if (!status) return NULL;
  status->as_method = sip->sip_request->rq_method_name;
  status->as_uri = url_as_string(status->as_home, sip->sip_request->rq_url);
  auth_mod_verify(h->auth, status, sip->sip_authorization, &challenger);
  const char *from = sip->sip_from->a_url->url_user;
  if (status->as_status == 0 && status->as_user && from && !strcmp(status->as_user, from)) found = registrar_station(h, from);
  if (!found)
    nua_respond(handle, status->as_status ? status->as_status : 403, status->as_status ? status->as_phrase : "Not your number",
                NUTAG_WITH_THIS(h->nua), TAG_IF(status->as_response, SIPTAG_HEADER((sip_header_t *)status->as_response)), TAG_END());
  auth_status_unref(status);
  return found;
}

/* The exchange hears which telephones the station has now. */
static void tell(host *h, station *s) {
  uint64_t devices[DEVICES];
  size_t count = 0;
  for (int i = 0; i < DEVICES; i++)
    if (s->bindings[i].device) devices[count++] = s->bindings[i].device;
  host_tell(h, (strowger_event){.kind = STROWGER_EVENT_REGISTERED, .number = host_digits(s->number), .devices = devices,
                                .device_count = count});
}

/* One Contact: 0 seconds forget it. A fifth takes the place of the one that would expire first. */
static void bind_contact(host *h, station *s, const char *contact, long seconds) {
  binding *place = &s->bindings[0];
  for (int i = 0; i < DEVICES; i++) {
    binding *b = &s->bindings[i];
    if (b->device && !strcmp(b->contact, contact)) {
      place = b;
      break;
    }
    if (place->device && (!b->device || b->until < place->until)) place = b;
  }
  if (seconds == 0) {
    if (!strcmp(place->contact, contact)) *place = (binding){0};
    return;
  }
  if (strcmp(place->contact, contact) || !place->device) place->device = ++h->last_device;
  snprintf(place->contact, sizeof place->contact, "%s", contact);
  place->until = time(NULL) + seconds;
}

static long lifetime(sip_t const *sip, sip_contact_t const *m) {
  long seconds = LONGEST;
  if (m->m_expires) seconds = strtol(m->m_expires, NULL, 10);
  else if (sip->sip_expires) seconds = (long)sip->sip_expires->ex_delta;
  if (seconds <= 0) return 0;
  return seconds < SHORTEST ? SHORTEST : seconds > LONGEST ? LONGEST : seconds;
}

void registrar_request(host *h, nua_handle_t *handle, sip_t const *sip) {
  station *s = registrar_caller(h, handle, sip);
  char contacts[2000] = "", *text;
  size_t length = 0;
  if (s && strcmp(sip->sip_to->a_url->url_user ? sip->sip_to->a_url->url_user : "", s->number)) {
    nua_respond(handle, SIP_403_FORBIDDEN, NUTAG_WITH_THIS(h->nua), TAG_END());
    s = NULL;
  }
  if (s) {
    for (sip_contact_t const *m = sip->sip_contact; m; m = m->m_next) {
      if (m->m_url->url_type == url_any) memset(s->bindings, 0, sizeof s->bindings);
      else if ((text = url_as_string(h->home, m->m_url))) {
        if (strlen(text) < sizeof s->bindings[0].contact) bind_contact(h, s, text, lifetime(sip, m));
        su_free(h->home, text);
      }
    }
    for (int i = 0; i < DEVICES && length < sizeof contacts; i++)
      if (s->bindings[i].device)
        length += (size_t)snprintf(contacts + length, sizeof contacts - length, "%s<%s>;expires=%ld", length ? ", " : "",
                                   s->bindings[i].contact, (long)(s->bindings[i].until - time(NULL)));
    nua_respond(handle, SIP_200_OK, NUTAG_WITH_THIS(h->nua), TAG_IF(length, SIPTAG_CONTACT_STR(contacts)), TAG_END());
    ladder(s->number, '>', length ? "REGISTER" : "REGISTER, gone", NULL, 0);
    tell(h, s);
  }
  nua_handle_destroy(handle);
}

void registrar_expire(host *h) {
  time_t now = time(NULL);
  for (size_t i = 0; i < h->station_count; i++) {
    int is_changed = 0;
    for (int k = 0; k < DEVICES; k++) {
      binding *b = &h->stations[i].bindings[k];
      if (!b->device || b->until > now) continue;
      *b = (binding){0};
      is_changed = 1;
    }
    if (is_changed) tell(h, &h->stations[i]);
  }
}
