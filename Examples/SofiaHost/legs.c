/* Legs: the exchange's numbers on one side, Sofia's handles on the other. */
#include "host.h"

#include <stdlib.h>
#include <string.h>

leg *leg_add(host *h, strowger_leg number, nua_handle_t *handle, leg_state state, const char *label) {
  leg *l = calloc(1, sizeof *l);
  if (!l) return NULL;
  *l = (leg){.next = h->legs, .number = number, .handle = handle, .state = state};
  snprintf(l->label, sizeof l->label, "%s", label);
  if (handle) nua_handle_bind(handle, l);
  return h->legs = l;
}

leg *leg_find(host *h, strowger_leg number) {
  leg *l = number == STROWGER_NO_LEG ? NULL : h->legs;
  while (l && l->number != number) l = l->next;
  return l;
}

void leg_remove(host *h, leg *l) {
  leg **place = &h->legs;
  while (*place && *place != l) place = &(*place)->next;
  if (*place) *place = l->next;
  if (l->handle) nua_handle_bind(l->handle, NULL);
  free(l);
}

static void answer_finally(leg *l, int status, const char *phrase) {
  char line[240], warning[240];
  if (!phrase) phrase = sip_status_phrase(status);
  snprintf(line, sizeof line, "%d %s", status, phrase);
  snprintf(warning, sizeof warning, "399 sofia-host \"%s\"", phrase);
  ladder(l->label, '<', line, NULL, 0);
  nua_respond(l->handle, status, phrase, SIPTAG_WARNING_STR(warning), TAG_END());
}

void leg_leave(host *h, leg *l, int status, const char *phrase) {
  host_negotiate(h, (strowger_session_event){.kind = STROWGER_SESSION_CLOSE, .leg = l->number});
  leg_state state = l->state;
  l->state = LEG_LEAVING;
  l->number = STROWGER_NO_LEG;
  if (!l->handle) {
    leg_remove(h, l);
    return;
  }
  switch (state) {
  case LEG_DIALLING: answer_finally(l, status, phrase); break;
  case LEG_CALLING:
    ladder(l->label, '<', "CANCEL", NULL, 0);
    nua_cancel(l->handle, TAG_END());
    break;
  case LEG_TALKING:
    ladder(l->label, '<', "BYE", NULL, 0);
    nua_bye(l->handle, TAG_END());
    break;
  case LEG_LEAVING: break;
  }
}
