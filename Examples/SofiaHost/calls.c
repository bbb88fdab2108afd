/* What Sofia tells of calls. */
#include "host.h"

#include <string.h>

typedef struct {
  const char *text;
  size_t length;
} body;

/* Only session descriptions are of interest. */
static body description(sip_t const *sip) {
  sip_payload_t const *p = sip ? sip->sip_payload : NULL;
  sip_content_type_t const *type = sip ? sip->sip_content_type : NULL;
  if (!p || !p->pl_len || !type || strcasecmp(type->c_type, "application/sdp")) return (body){NULL, 0};
  return (body){p->pl_data, p->pl_len};
}

static void say(host *h, uint32_t kind, const leg *l, strowger_session_event event, body sdp) {
  event.kind = kind;
  event.leg = l->number;
  event.sdp = sdp.text;
  event.sdp_length = sdp.length;
  host_negotiate(h, event);
}

static void tell(host *h, uint32_t kind, const leg *l, strowger_event event) {
  event.kind = kind;
  event.leg = l->number;
  host_tell(h, event);
}

static void refuse(nua_handle_t *handle, const char *label, int status) {
  char line[80];
  snprintf(line, sizeof line, "%d %s", status, sip_status_phrase(status));
  ladder(label, '<', line, NULL, 0);
  nua_respond(handle, status, sip_status_phrase(status), TAG_END());
}

/* %2A and %23 in a request-URI are the star and the hash. */
static int dialled(sip_t const *sip, strowger_digits *digits) {
  const char *user = sip->sip_request->rq_url->url_user;
  char text[120];
  if (!user || strlen(user) >= sizeof text) return 0;
  url_unescape(text, user);
  if (strlen(text) > STROWGER_DIGITS_LONGEST) return 0;
  *digits = host_digits(text);
  return 1;
}

/* An INVITE outside a call. The caller is whoever its digest names. */
static void invited(host *h, nua_handle_t *handle, sip_t const *sip) {
  strowger_event event = {.kind = STROWGER_EVENT_DIALLED};
  char line[80];
  station *s = registrar_caller(h, handle, sip);
  if (!s) return;
  body offer = description(sip);
  int is_number = dialled(sip, &event.number);
  snprintf(line, sizeof line, "INVITE %s", is_number ? event.number.text : "what is no number");
  ladder(s->number, '>', line, offer.text, offer.length);
  if (!is_number) {
    refuse(handle, s->number, 404);
    return;
  }
  if (strowger_reserve_leg(h->exchange, &event.leg) != STROWGER_OK) {
    refuse(handle, s->number, 503);
    return;
  }
  leg *l = leg_add(h, event.leg, handle, LEG_DIALLING, s->number);
  event.party = (strowger_party){.kind = STROWGER_PARTY_STATION, .device = registrar_device(h, s, sip),
                                 .number = host_digits(s->number)};
  int result = host_negotiate(h, (strowger_session_event){.kind = STROWGER_SESSION_INCOMING, .leg = event.leg,
                                                          .address = h->address, .sdp = offer.text, .sdp_length = offer.length});
  int status = result == STROWGER_SDP_MALFORMED ? 400 : 488;
  if (l && result == STROWGER_OK) {
    result = host_tell(h, event);
    status = 404;
  }
  if (l && result == STROWGER_OK) return;
  tell(h, STROWGER_EVENT_RELEASED, &(leg){.number = event.leg}, (strowger_event){0});
  if (l) leg_leave(h, l, status, NULL);
}

/* Numbers a To-tag. */
static uint32_t branch(sip_t const *sip) {
  uint32_t number = 5381;
  for (const char *c = sip && sip->sip_to && sip->sip_to->a_tag ? sip->sip_to->a_tag : ""; *c; c++)
    number = number * 33 ^ (unsigned char)*c;
  return number;
}

static void redirected(host *h, const leg *l, sip_t const *sip) {
  strowger_event event = {0};
  const char *user = sip && sip->sip_contact ? sip->sip_contact->m_url->url_user : NULL;
  if (user && strlen(user) <= STROWGER_DIGITS_LONGEST) event.number = host_digits(user);
  if (event.number.text[0]) tell(h, STROWGER_EVENT_REDIRECTED, l, event);
  else tell(h, STROWGER_EVENT_FAILED, l, (strowger_event){.status = 480});
}

/* The answer to our first INVITE. */
static void called(host *h, leg *l, int status, sip_t const *sip) {
  body sdp = description(sip);
  strowger_session_event event = {.status = (uint32_t)status, .branch = branch(sip)};
  if (status == 100) {
    tell(h, STROWGER_EVENT_PROCEEDING, l, (strowger_event){0});
  } else if (status < 200) {
    say(h, STROWGER_SESSION_PROVISIONAL, l, event, sdp);
    tell(h, STROWGER_EVENT_ALERTING, l, (strowger_event){0});
  } else if (status < 300) {
    l->state = LEG_TALKING;
    event.status = 0;
    say(h, STROWGER_SESSION_ACCEPTED, l, event, sdp);
    tell(h, STROWGER_EVENT_ANSWERED, l, (strowger_event){0});
  } else {
    leg gone = *l;
    l->state = LEG_LEAVING;
    l->number = STROWGER_NO_LEG;
    say(h, STROWGER_SESSION_CLOSE, &gone, (strowger_session_event){0}, (body){NULL, 0});
    if (status / 100 == 3) redirected(h, &gone, sip);
    else tell(h, STROWGER_EVENT_FAILED, &gone, (strowger_event){.status = (uint32_t)status});
  }
}

/* The answer to a re-INVITE. */
static void recalled(host *h, leg *l, int status, sip_t const *sip) {
  if (status < 200) return;
  if (status < 300) {
    say(h, STROWGER_SESSION_ACCEPTED, l, (strowger_session_event){.branch = branch(sip)}, description(sip));
    return;
  }
  strowger_session_event event = {.status = (uint32_t)status};
  if (sip && sip->sip_retry_after) event.retry_after = (int64_t)sip->sip_retry_after->af_delta * 1000000000;
  say(h, STROWGER_SESSION_REFUSED, l, event, (body){NULL, 0});
}

static void answered(host *h, leg *l, int status, const char *phrase, sip_t const *sip) {
  char line[120];
  body sdp = description(sip);
  snprintf(line, sizeof line, "%d %s", status, phrase ? phrase : "");
  if (status > 100) ladder(l->label, '>', line, sdp.text, sdp.length);
  switch (l->state) {
  case LEG_CALLING: called(h, l, status, sip); break;
  case LEG_TALKING: recalled(h, l, status, sip); break;
  case LEG_LEAVING:
    /* Our CANCEL and its 200 have crossed. */
    if (status / 100 != 2) break;
    nua_ack(l->handle, TAG_END());
    nua_bye(l->handle, TAG_END());
    break;
  case LEG_DIALLING: break;
  }
}

/* The phone has hung up, or Sofia has lost it. */
static void gone(host *h, leg *l, uint32_t cause) {
  if (l->number == STROWGER_NO_LEG) return;
  say(h, STROWGER_SESSION_CLOSE, l, (strowger_session_event){0}, (body){NULL, 0});
  tell(h, STROWGER_EVENT_RELEASED, l, (strowger_event){.cause = cause});
  l->number = STROWGER_NO_LEG;
  l->state = LEG_LEAVING;
}

/* A CANCEL ends a call that has no answer yet, else a re-INVITE only. */
static void cancelled(host *h, leg *l) {
  ladder(l->label, '>', "CANCEL", NULL, 0);
  if (l->state == LEG_TALKING) say(h, STROWGER_SESSION_REINVITE_CANCELLED, l, (strowger_session_event){0}, (body){NULL, 0});
  else gone(h, l, STROWGER_CAUSE_CANCELLED);
}

void calls_event(nua_event_t event, int status, char const *phrase, nua_t *nua, host *h, nua_handle_t *handle, leg *l,
                 sip_t const *sip, tagi_t tags[]) {
  body sdp = description(sip);
  (void)nua, (void)tags;
  switch (event) {
  case nua_i_register: registrar_request(h, handle, sip); break;
  case nua_i_invite:
    if (!l) {
      invited(h, handle, sip);
    } else {
      ladder(l->label, '>', "INVITE again", sdp.text, sdp.length);
      say(h, STROWGER_SESSION_REINVITE, l, (strowger_session_event){0}, sdp);
    }
    break;
  case nua_i_ack: if (l) say(h, STROWGER_SESSION_ACK, l, (strowger_session_event){0}, sdp); break;
  case nua_i_cancel: if (l) cancelled(h, l); break;
  case nua_i_bye:
    if (l) {
      ladder(l->label, '>', "BYE", NULL, 0);
      gone(h, l, STROWGER_CAUSE_NORMAL);
    }
    break;
  case nua_i_refer: if (l && l->number) transfers_request(h, l, sip); break;
  case nua_r_invite: if (l) answered(h, l, status, phrase, sip); break;
  case nua_i_terminated:
    if (l) {
      gone(h, l, STROWGER_CAUSE_LOST);
      leg_remove(h, l);
    }
    nua_handle_destroy(handle);
    break;
  case nua_r_shutdown: if (status >= 200) su_root_break(h->root); break;
  default: break;
  }
  if (event != nua_r_shutdown) host_settle(h);
}
