/* The exchange and its clock: events in, facts kept, then directives and session orders carried out, until there is nothing more. */
#include "host.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

enum { CHANNELS = 64 };

/* Local wall time: it goes on over a restart, and classes of service have hours. */
int64_t host_now(void) {
  struct timespec t;
  struct tm local;
  clock_gettime(CLOCK_REALTIME, &t);
  localtime_r(&t.tv_sec, &local);
  return ((int64_t)t.tv_sec + local.tm_gmtoff) * 1000000000 + t.tv_nsec;
}

static void at_deadline(host *h, su_timer_t *timer, su_timer_arg_t *argument) {
  (void)timer, (void)argument;
  host_settle(h);
}

int host_open_exchange(host *h, const char *plan) {
  strowger_options options = {.size = sizeof options, .channels = CHANNELS};
  strowger_finding finding = {.size = sizeof finding};
  getrandom(&options.seed, sizeof options.seed, 0);
  int result = strowger_create(&options, &h->exchange);
  if (result == STROWGER_OK) {
    result = strowger_load_plan(h->exchange, plan);
    while (strowger_next_finding(h->exchange, &finding) == STROWGER_OK)
      fprintf(stderr, "%s:%u:%u: %s\n", plan, finding.line, finding.column, finding.message);
  }
  if (result != STROWGER_OK) fprintf(stderr, "sofia-host: %s: %s\n", plan, strowger_result_text(result));
  h->clock = su_timer_create(su_root_task(h->root), 1);
  return result == STROWGER_OK && h->clock;
}

int host_tell(host *h, strowger_event event) {
  event.size = sizeof event;
  int result = strowger_receive(h->exchange, &event, host_now());
  if (result < 0) fprintf(stderr, "event %u: %s\n", event.kind, strowger_result_text(result));
  return result;
}

int host_negotiate(host *h, strowger_session_event event) {
  event.size = sizeof event;
  return strowger_negotiate(h->exchange, &event, host_now());
}

/* Facts of a turn are kept before its directives are read, so nobody is told of what a crash could undo. */
static void keep_facts(host *h) {
  strowger_fact fact = {.size = sizeof fact};
  strowger_event kept = {.kind = STROWGER_EVENT_KEPT};
  int is_kept = 1;
  while (strowger_next_fact(h->exchange, &fact) == STROWGER_OK) {
    is_kept = facts_keep(h, &fact) && is_kept;
    kept.turn = fact.turn;
  }
  if (!kept.turn) return;
  if (!facts_commit(h) || !is_kept) kept.kind = STROWGER_EVENT_NOT_KEPT;
  host_tell(h, kept);
}

static int is_due(host *h) {
  int64_t deadline;
  return strowger_next_deadline(h->exchange, &deadline) == STROWGER_OK && deadline <= host_now();
}

static void set_clock(host *h) {
  int64_t deadline, wait = 0;
  su_timer_reset(h->clock);
  if (strowger_next_deadline(h->exchange, &deadline) != STROWGER_OK) return;
  wait = (deadline - host_now()) / 1000000 + 1;
  su_timer_set_interval(h->clock, at_deadline, NULL, wait < 1 ? 1 : wait > 3600000 ? 3600000 : (su_duration_t)wait);
}

void host_settle(host *h) {
  for (;;) {
    strowger_directive directive = {.size = sizeof directive};
    strowger_session_order order = {.size = sizeof order};
    keep_facts(h);
    if (strowger_next_directive(h->exchange, &directive) == STROWGER_OK) host_carry_out(h, &directive);
    else if (strowger_next_session_order(h->exchange, &order) == STROWGER_OK) host_carry_out_session(h, &order);
    else if (is_due(h)) strowger_fire(h->exchange, host_now());
    else break;
  }
  set_clock(h);
}
