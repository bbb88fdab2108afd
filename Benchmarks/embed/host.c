/* What the exchange costs a program in C that is linked with libstrowger.so and knows strowger.h alone.
 *
 *   host events PLAN CALLS   CPU of basic calls, as swift-calls makes them
 *   host start PLAN          from strowger_create to the first event handled, in a process that has not called the library before
 *   host memory COUNT        of COUNT stations, and of COUNT calls between them
 *
 * Prints one `name value` a line. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strowger.h>
#include <time.h>

static int64_t nanoseconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void must(int is_so, const char *what) {
  if (is_so) return;
  fprintf(stderr, "host: not so: %s\n", what);
  exit(1);
}
#define MUST(condition) must(condition, #condition)

/* How long strowger_receive alone took for each event of a call, in nanoseconds: how often. */
#define MOST_EVENTS 16
#define LONGEST 20000
static int took[MOST_EVENTS][LONGEST + 1];
static int is_timing;

typedef struct {
  strowger_exchange *exchange;
  long events;
  /* The leg that was told to ring last. */
  strowger_leg ringing;
  /* Legs that have been given somebody to talk with. */
  strowger_leg joining[8];
  int joining_count;
  uint64_t turn;
} office;

/* Everything that waits is read, as a host must. */
static void read_all(office *o) {
  strowger_fact fact = {.size = sizeof fact};
  while (strowger_next_fact(o->exchange, &fact) == STROWGER_OK) o->turn = fact.turn;
  strowger_directive directive = {.size = sizeof directive};
  while (strowger_next_directive(o->exchange, &directive) == STROWGER_OK) {
    if (directive.kind == STROWGER_DIRECTIVE_ALERT) {
      o->ringing = directive.leg;
    } else if (directive.kind == STROWGER_DIRECTIVE_MEDIA && directive.goal.kind == STROWGER_GOAL_WITH) {
      MUST(o->joining_count < 8);
      o->joining[o->joining_count++] = directive.leg;
    }
  }
}

static int receive(office *o, const strowger_event *event) {
  long place = o->events++;
  if (!is_timing) return strowger_receive(o->exchange, event, 0);
  int64_t start = nanoseconds(CLOCK_MONOTONIC);
  int result = strowger_receive(o->exchange, event, 0);
  int64_t each = nanoseconds(CLOCK_MONOTONIC) - start;
  MUST(place < MOST_EVENTS);
  took[place][each < LONGEST ? each : LONGEST]++;
  return result;
}

/* The median of each event of a call, all in all. */
static long medians(long events, long calls) {
  long sum = 0;
  for (long place = 0; place < events; place++) {
    long seen = 0, each = 0;
    while (each < LONGEST && (seen += took[place][each]) <= calls / 2) each++;
    sum += each;
  }
  return sum;
}

/* In the smallest world everything is kept, and every media goal reached, at once. */
static void tell(office *o, strowger_event *event) {
  MUST(receive(o, event) == STROWGER_OK);
  for (;;) {
    read_all(o);
    strowger_event next = {.size = sizeof next};
    if (o->turn) {
      next.kind = STROWGER_EVENT_KEPT;
      next.turn = o->turn;
      o->turn = 0;
    } else if (o->joining_count) {
      next.kind = STROWGER_EVENT_JOINED;
      next.leg = o->joining[--o->joining_count];
    } else {
      return;
    }
    int result = receive(o, &next);
    MUST(result == STROWGER_OK || result == STROWGER_GONE);
  }
}

static void on(office *o, uint32_t kind, strowger_leg leg) {
  strowger_event event = {.size = sizeof event, .kind = kind, .leg = leg};
  tell(o, &event);
}

static strowger_party station(unsigned number, uint64_t device) {
  strowger_party party = {.kind = STROWGER_PARTY_STATION, .device = device};
  snprintf(party.number.text, sizeof party.number.text, "%u", number);
  return party;
}

static void appear(office *o, unsigned number, uint64_t device) {
  strowger_event event = {.size = sizeof event, .kind = STROWGER_EVENT_REGISTERED, .devices = &device, .device_count = 1};
  event.number = station(number, device).number;
  tell(o, &event);
}

/* Dials and answers: the caller's leg. */
static strowger_leg talk(office *o, const strowger_party *caller, const strowger_digits *called) {
  strowger_event event = {.size = sizeof event, .kind = STROWGER_EVENT_DIALLED};
  MUST(strowger_reserve_leg(o->exchange, &event.leg) == STROWGER_OK);
  event.party = *caller;
  event.number = *called;
  o->ringing = STROWGER_NO_LEG;
  tell(o, &event);
  MUST(o->ringing != STROWGER_NO_LEG);
  strowger_leg ringing = o->ringing;
  on(o, STROWGER_EVENT_ALERTING, ringing);
  on(o, STROWGER_EVENT_ANSWERED, ringing);
  return event.leg;
}

static void events(const char *plan, long calls) {
  office o = {0};
  MUST(strowger_create(NULL, &o.exchange) == STROWGER_OK);
  MUST(strowger_load_plan(o.exchange, plan) == STROWGER_OK);
  appear(&o, 2001, 1);
  appear(&o, 2002, 2);
  const strowger_party caller = station(2001, 1);
  const strowger_digits called = station(2002, 2).number;
  int64_t best = INT64_MAX;
  for (int round = 0; round < 8; round++) {
    o.events = 0;
    int64_t start = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i < calls; i++) on(&o, STROWGER_EVENT_RELEASED, talk(&o, &caller, &called));
    int64_t took = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    if (took < best) best = took;
  }
  long each = o.events / calls;
  printf("events %ld\nnanoseconds %ld\n", each, (long)(best / o.events));

  is_timing = 1;
  for (long i = 0; i < calls; i++) {
    o.events = 0;
    on(&o, STROWGER_EVENT_RELEASED, talk(&o, &caller, &called));
  }
  is_timing = 0;
  printf("receive %ld\n", medians(each, calls) / each);

  /* An event that changes nothing: what is left is the interface. */
  strowger_event kept = {.size = sizeof kept, .kind = STROWGER_EVENT_KEPT, .turn = 1};
  best = INT64_MAX;
  for (int round = 0; round < 8; round++) {
    int64_t start = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i < calls; i++) {
      strowger_receive(o.exchange, &kept, 0);
      read_all(&o);
    }
    int64_t took = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    if (took < best) best = took;
  }
  printf("empty %ld\n", (long)(best / calls));
  strowger_destroy(o.exchange);
}

static void start(const char *plan) {
  office o = {0};
  int64_t before = nanoseconds(CLOCK_MONOTONIC);
  MUST(strowger_create(NULL, &o.exchange) == STROWGER_OK);
  MUST(strowger_load_plan(o.exchange, plan) == STROWGER_OK);
  appear(&o, 2001, 1);
  printf("microseconds %ld\n", (long)((nanoseconds(CLOCK_MONOTONIC) - before) / 1000));
  strowger_destroy(o.exchange);
}

static long octets_in_use(void) {
  struct mallinfo2 m = mallinfo2();
  return (long)(m.uordblks + m.hblkhd);
}

static long resident(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
  if (file) fclose(file);
  return pages * 4096;
}

static void memory(unsigned count) {
  char plan[400];
  office o = {0};
  MUST(count > 0 && count <= 40000);
  int length = snprintf(plan, sizeof plan,
                        "<numberPlan xmlns=\"urn:strowger:number-plan:1\" name=\"Large\"><stations>"
                        "<range from=\"100000\" to=\"199999\"/></stations><features><module name=\"Hold\"/></features></numberPlan>");
  MUST(strowger_create(NULL, &o.exchange) == STROWGER_OK);
  MUST(strowger_use_plan(o.exchange, plan, (size_t)length, "large") == STROWGER_OK);
  appear(&o, 100000, 1);
  /* All there before anything is measured: a call takes two. */
  long used = octets_in_use(), pages = resident();
  for (unsigned i = 1; i < 2 * count; i++) appear(&o, 100000 + i, i + 1);
  printf("station %ld\nstationResident %ld\n", (octets_in_use() - used) / (2 * count), (resident() - pages) / (2 * count));
  used = octets_in_use();
  pages = resident();
  for (unsigned i = 0; i < count; i++) {
    strowger_party caller = station(100000 + 2 * i, 2 * i + 1), called = station(100001 + 2 * i, 2 * i + 2);
    talk(&o, &caller, &called.number);
  }
  printf("call %ld\ncallResident %ld\n", (octets_in_use() - used) / count, (resident() - pages) / count);
  strowger_destroy(o.exchange);
}

int main(int count, char **arguments) {
  MUST(strowger_interface() >= STROWGER_INTERFACE);
  if (count == 4 && !strcmp(arguments[1], "events")) events(arguments[2], atol(arguments[3]));
  else if (count == 3 && !strcmp(arguments[1], "start")) start(arguments[2]);
  else if (count == 3 && !strcmp(arguments[1], "memory")) memory((unsigned)atol(arguments[2]));
  else return fprintf(stderr, "usage: host events PLAN CALLS | start PLAN | memory COUNT\n"), 64;
  return 0;
}
