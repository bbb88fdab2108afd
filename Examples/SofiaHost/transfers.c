/* A phone's transfer key: REFER (RFC 3515), with Replaces in Refer-To where it has called the target before (RFC 5589). */
#include "host.h"

#include <sofia-sip/sip_util.h>
#include <string.h>

/* The leg whose call the new one shall take the place of; STROWGER_NO_LEG: a blind transfer. */
static strowger_leg replaced(host *h, su_home_t *home, const char *headers) {
  sip_replaces_t *replaces = NULL;
  char *text = headers ? url_query_as_header_string(home, headers) : NULL;
  if (text && !strncasecmp(text, "Replaces:", 9)) replaces = sip_replaces_make(home, text + 9);
  nua_handle_t *handle = replaces ? nua_handle_by_replaces(h->nua, replaces) : NULL;
  leg *l = handle ? nua_handle_magic(handle) : NULL;
  if (handle) nua_handle_unref(handle);
  return l ? l->number : STROWGER_NO_LEG;
}

void transfers_request(host *h, leg *l, sip_t const *sip) {
  strowger_event event = {.kind = STROWGER_EVENT_TRANSFER_REQUESTED, .leg = l->number};
  const url_t *to = sip->sip_refer_to ? sip->sip_refer_to->r_url : NULL;
  char line[80];
  su_home_t *home = su_home_new(sizeof *home);
  if (home && to && to->url_user && strlen(to->url_user) <= STROWGER_DIGITS_LONGEST) {
    event.number = host_digits(to->url_user);
    event.other = replaced(h, home, to->url_headers);
  }
  snprintf(line, sizeof line, "REFER to %s%s", event.number.text, event.other ? ", replaces" : "");
  ladder(l->label, '>', line, NULL, 0);
  if (home) su_home_unref(home);
  int is_lost = to && to->url_headers && event.other == STROWGER_NO_LEG;
  if (!event.number.text[0] || is_lost || host_tell(h, event) != STROWGER_OK) {
    ladder(l->label, '<', "403 Forbidden", NULL, 0);
    nua_respond(l->handle, SIP_403_FORBIDDEN, NUTAG_WITH_THIS(h->nua), TAG_END());
  }
}

/* What has become of the target, as the first line of its answer. */
static void notify(leg *l, int status, int is_last) {
  char fragment[80], line[80];
  snprintf(fragment, sizeof fragment, "SIP/2.0 %d %s\r\n", status, sip_status_phrase(status));
  snprintf(line, sizeof line, "NOTIFY %d", status);
  ladder(l->label, '<', line, NULL, 0);
  nua_notify(l->handle, SIPTAG_EVENT_STR("refer"), NUTAG_SUBSTATE(is_last ? nua_substate_terminated : nua_substate_active),
             SIPTAG_CONTENT_TYPE_STR("message/sipfrag"), SIPTAG_PAYLOAD_STR(fragment), TAG_END());
}

/* The first of these comes while Sofia still shows us the REFER. */
void transfers_report(host *h, leg *l, const strowger_directive *d) {
  char phrase[200] = "", line[240];
  int status = d->status ? (int)d->status : 503;
  switch (d->transfer) {
  case STROWGER_TRANSFER_ACCEPTED:
    ladder(l->label, '<', "202 Accepted", NULL, 0);
    nua_respond(l->handle, SIP_202_ACCEPTED, NUTAG_WITH_THIS(h->nua), TAG_END());
    notify(l, 100, 0);
    break;
  case STROWGER_TRANSFER_REFUSED:
    if (d->text) strowger_sentence(d->text, &d->number, phrase, sizeof phrase);
    snprintf(line, sizeof line, "%d %s", status, phrase);
    ladder(l->label, '<', line, NULL, 0);
    nua_respond(l->handle, status, phrase[0] ? phrase : sip_status_phrase(status), NUTAG_WITH_THIS(h->nua), TAG_END());
    break;
  case STROWGER_TRANSFER_RINGING: notify(l, 180, 0); break;
  case STROWGER_TRANSFER_DONE: notify(l, 200, 1); break;
  case STROWGER_TRANSFER_FAILED: notify(l, status, 1); break;
  default: break;
  }
}
