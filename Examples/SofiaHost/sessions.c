/* What is to be said about voice: offers and answers, as the exchange makes them. */
#include "host.h"

#include <string.h>

/* Descriptions are handed to Sofia as they are: it copies them. */
#define DESCRIPTION(order)                                                                                        \
  TAG_IF((order)->sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")), TAG_IF((order)->sdp, SIPTAG_PAYLOAD_STR((order)->sdp))

static void line(const leg *l, const char *what, const strowger_session_order *order) {
  ladder(l->label, '<', what, order->sdp, order->sdp_length);
}

/* P-Asserted-Identity: whom the phone shall show, where that has changed. */
static const char *identity(const host *h, leg *l, char *out, size_t room) {
  if (!l->connected[0]) return NULL;
  snprintf(out, room, "P-Asserted-Identity: <sip:%s@%s>", l->connected, h->address);
  l->connected[0] = 0;
  return out;
}

static void invite(host *h, leg *l, const strowger_session_order *order) {
  char from[120], to[300], diversion[540], what[120];
  snprintf(from, sizeof from, "<sip:%s@%s:%u>", l->calling[0] ? l->calling : "anonymous", h->address, h->port);
  snprintf(to, sizeof to, "<sip:%s@%s:%u>", l->label, h->address, h->port);
  snprintf(diversion, sizeof diversion, "Diversion: %s", l->diversion);
  snprintf(what, sizeof what, "INVITE from %s%s", l->calling, l->diversion[0] ? ", diverted" : "");
  line(l, what, order);
  l->handle = nua_handle(h->nua, l, NUTAG_URL(l->contact), SIPTAG_TO_STR(to), SIPTAG_FROM_STR(from), TAG_END());
  nua_invite(l->handle, DESCRIPTION(order), TAG_IF(l->diversion[0], SIPTAG_UNKNOWN_STR(diversion)), TAG_END());
}

static void reinvite(host *h, leg *l, const strowger_session_order *order) {
  char shown[120];
  const char *header = identity(h, l, shown, sizeof shown);
  line(l, "INVITE again", order);
  nua_invite(l->handle, DESCRIPTION(order), TAG_IF(header, SIPTAG_UNKNOWN_STR(header)), TAG_END());
}

/* 200: to the call itself, or to a phone's re-INVITE. */
static void accept_offer(host *h, leg *l, const strowger_session_order *order) {
  char shown[120];
  const char *header = identity(h, l, shown, sizeof shown);
  line(l, "200 OK", order);
  if (l->state == LEG_DIALLING) l->state = LEG_TALKING;
  nua_respond(l->handle, SIP_200_OK, DESCRIPTION(order), TAG_IF(header, SIPTAG_UNKNOWN_STR(header)), TAG_END());
}

static void refuse(leg *l, const strowger_session_order *order) {
  char what[40], after[24];
  snprintf(what, sizeof what, "%u", order->status);
  snprintf(after, sizeof after, "%lld", (long long)(order->retry_after / 1000000000));
  ladder(l->label, '<', what, NULL, 0);
  nua_respond(l->handle, (int)order->status, sip_status_phrase((int)order->status),
              TAG_IF(order->retry_after >= 0, SIPTAG_RETRY_AFTER_STR(after)), TAG_END());
}

static void tell(host *h, uint32_t kind, const strowger_session_order *order) {
  host_tell(h, (strowger_event){.kind = kind, .leg = order->leg, .cause = order->cause});
}

static void path(host *h, const strowger_session_order *order) {
  leg *other = leg_find(h, order->other), *l = leg_find(h, order->leg);
  char text[120];
  if (!l) return;
  snprintf(text, sizeof text, order->path == STROWGER_PATH_DIRECT ? "voice: %s and %s, directly" : "voice: %s hears the mixer", l->label,
           other ? other->label : "nobody");
  ladder_note(text);
}

void host_carry_out_session(host *h, const strowger_session_order *order) {
  leg *l = leg_find(h, order->leg);
  switch (order->kind) {
  case STROWGER_SESSION_DO_INVITE: if (l) invite(h, l, order); break;
  case STROWGER_SESSION_DO_REINVITE: if (l) reinvite(h, l, order); break;
  case STROWGER_SESSION_DO_ACCEPT: if (l) accept_offer(h, l, order); break;
  case STROWGER_SESSION_DO_PROGRESS:
    /* Without a description it says no more than the kernel's own progress. */
    if (l && order->sdp) nua_respond(l->handle, SIP_183_SESSION_PROGRESS, DESCRIPTION(order), TAG_END());
    break;
  case STROWGER_SESSION_DO_REFUSE: if (l) refuse(l, order); break;
  case STROWGER_SESSION_DO_ACK: if (l) nua_ack(l->handle, DESCRIPTION(order), TAG_END()); break;
  case STROWGER_SESSION_DO_HELD: tell(h, STROWGER_EVENT_HELD, order); break;
  case STROWGER_SESSION_DO_RESUMED: tell(h, STROWGER_EVENT_RESUMED, order); break;
  case STROWGER_SESSION_DO_JOINED: tell(h, STROWGER_EVENT_JOINED, order); break;
  case STROWGER_SESSION_DO_JOIN_FAILED: tell(h, STROWGER_EVENT_JOIN_FAILED, order); break;
  case STROWGER_SESSION_DO_PLAYED: tell(h, STROWGER_EVENT_PLAYED, order); break;
  case STROWGER_SESSION_DO_PATH: path(h, order); break;
  case STROWGER_SESSION_DO_OPEN: mixer_open(h, order->channel); break;
  case STROWGER_SESSION_DO_AIM: mixer_aim(order); break;
  case STROWGER_SESSION_DO_FEED: mixer_feed(order); break;
  case STROWGER_SESSION_DO_SHUT: mixer_shut(order->channel); break;
  case STROWGER_SESSION_DO_RELEASE:
    if (l) leg_leave(h, l, 480, NULL);
    host_tell(h, (strowger_event){.kind = STROWGER_EVENT_RELEASED, .leg = order->leg, .cause = STROWGER_CAUSE_LOST});
    break;
  default: break;
  }
}
