/* What the kernel orders. */
#include "host.h"

#include <string.h>

static const char *const reasons[] = {"unconditional", "user-busy", "no-answer", "unavailable", "deflection"};

static void sentence(const char *text, const strowger_digits *number, char *out, size_t room) {
  out[0] = 0;
  if (text) strowger_sentence(text, number, out, room);
}

/* A telephone shall ring. What its INVITE says stands in the leg; the INVITE itself leaves when its offer is known. */
static void alert(host *h, const strowger_directive *d) {
  station *called = d->party.kind == STROWGER_PARTY_STATION ? registrar_station(h, d->party.number.text) : NULL;
  binding *device = called ? registrar_binding(called, d->party.device) : NULL;
  leg *l = device ? leg_add(h, d->leg, NULL, LEG_CALLING, called->number) : NULL;
  if (!l) {
    host_tell(h, (strowger_event){.kind = STROWGER_EVENT_FAILED, .leg = d->leg, .status = 480});
    return;
  }
  snprintf(l->contact, sizeof l->contact, "%s", device->contact);
  snprintf(l->calling, sizeof l->calling, "%s", d->number.text);
  size_t length = 0;
  for (size_t i = d->diversion_count; i-- > 0 && length < sizeof l->diversion;) {
    const strowger_diversion *hop = &d->diversions[i];
    length += (size_t)snprintf(l->diversion + length, sizeof l->diversion - length, "%s<sip:%s@%s>;reason=%s", length ? ", " : "",
                               hop->from.text, h->address, hop->reason < 5 ? reasons[hop->reason] : "unknown");
  }
  int result = host_negotiate(h, (strowger_session_event){
      .kind = STROWGER_SESSION_OUTGOING, .leg = d->leg, .other = d->other, .address = h->address});
  if (result == STROWGER_OK) return;
  leg_remove(h, l);
  host_tell(h, (strowger_event){.kind = STROWGER_EVENT_FAILED, .leg = d->leg, .status = 500});
}

static void progress(const leg *l, uint32_t kind) {
  if (l->state != LEG_DIALLING) return;
  int status = kind == STROWGER_PROGRESS_RINGING ? 180 : 181;
  const char *phrase = status == 180 ? sip_180_Ringing : sip_181_Call_is_being_forwarded;
  char line[80];
  snprintf(line, sizeof line, "%d %s", status, phrase);
  ladder(l->label, '<', line, NULL, 0);
  nua_respond(l->handle, status, phrase, TAG_END());
}

static void finish(host *h, leg *l, const strowger_directive *d) {
  char phrase[200];
  sentence(d->text, &d->number, phrase, sizeof phrase);
  leg_leave(h, l, (int)d->status, phrase[0] ? phrase : NULL);
}

/* For calls that were not answered: RFC 3261 21.4. */
static int status_of(uint32_t cause) {
  switch (cause) {
  case STROWGER_CAUSE_BUSY: return 486;
  case STROWGER_CAUSE_NO_ANSWER: return 408;
  case STROWGER_CAUSE_REFUSED: return 603;
  case STROWGER_CAUSE_CANCELLED: return 487;
  default: return 480;
  }
}

static void note(const strowger_directive *d) {
  char text[200], line[300];
  sentence(d->text, &d->number, text, sizeof text);
  snprintf(line, sizeof line, "%s: %s", d->name, text);
  ladder_note(line);
}

static void record(const strowger_record *r) {
  char line[200];
  snprintf(line, sizeof line, "call over: %s dialled %s, %s%s", r->caller.text, r->dialled.text,
           r->is_answered ? "answered by " : "not answered", r->is_answered ? r->answered_by.text : "");
  ladder_note(line);
}

void host_carry_out(host *h, const strowger_directive *d) {
  leg *l = leg_find(h, d->leg);
  switch (d->kind) {
  case STROWGER_DIRECTIVE_ALERT: alert(h, d); break;
  case STROWGER_DIRECTIVE_PROGRESS: if (l) progress(l, d->progress); break;
  case STROWGER_DIRECTIVE_ANSWER: host_negotiate(h, (strowger_session_event){.kind = STROWGER_SESSION_ANSWER, .leg = d->leg}); break;
  case STROWGER_DIRECTIVE_FINISH: if (l) finish(h, l, d); break;
  case STROWGER_DIRECTIVE_RELEASE: if (l) leg_leave(h, l, status_of(d->cause), NULL); break;
  case STROWGER_DIRECTIVE_MEDIA:
    /* Calls of before a restart are lost: Sofia keeps no dialogs on disk. */
    if (h->is_restoring)
      host_tell(h, (strowger_event){.kind = STROWGER_EVENT_RELEASED, .leg = d->leg, .cause = STROWGER_CAUSE_LOST});
    else host_negotiate(h, (strowger_session_event){.kind = STROWGER_SESSION_GOAL, .leg = d->leg, .goal = d->goal});
    break;
  case STROWGER_DIRECTIVE_PRESENT: if (l) snprintf(l->connected, sizeof l->connected, "%s", d->number.text); break;
  case STROWGER_DIRECTIVE_TRANSFER: if (l) transfers_report(h, l, d); break;
  case STROWGER_DIRECTIVE_VERIFY: host_tell(h, (strowger_event){.kind = STROWGER_EVENT_VERIFIED, .leg = d->leg}); break;
  case STROWGER_DIRECTIVE_NOTE: note(d); break;
  case STROWGER_DIRECTIVE_RECORD: if (d->record) record(d->record); break;
  case STROWGER_DIRECTIVE_FAULT: fprintf(stderr, "fault: %s: %s\n", d->name, d->text); break;
  default: break; /* This host has no recordings. */
  }
}
