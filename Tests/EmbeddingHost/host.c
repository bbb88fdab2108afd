/* A host in C that knows strowger.h and nothing else. */
#include "embedding_host.h"

#include <stdio.h>
#include <string.h>
#include <strowger.h>
#include <time.h>

static const char plan[] =
    "<?xml version=\"1.0\"?>\n<numberPlan xmlns=\"urn:strowger:number-plan:1\" name=\"Host\">\n"
    "<stations><range from=\"2000\" to=\"2099\"/></stations>\n"
    "<features>\n"
    "<module name=\"DoNotDisturb\"><code digits=\"40\"/></module>\n"
    "<module name=\"CallForward\" noAnswerTime=\"15\">\n"
    "<code digits=\"600\" action=\"clear\"/><code digits=\"601\" action=\"all\"/></module>\n"
    "<module name=\"CallPark\" recallTime=\"60\">\n"
    "<code digits=\"11\" action=\"park\"/><code digits=\"12\" action=\"retrieve\"/></module>\n"
    "<module name=\"Hold\"/>\n"
    "</features>\n</numberPlan>\n";

static char complaint[400];

#define EXPECT(condition)                                                                  \
  do {                                                                                     \
    if (!(condition)) {                                                                    \
      snprintf(complaint, sizeof complaint, "host.c:%d: not so: %s", __LINE__, #condition); \
      return complaint;                                                                    \
    }                                                                                      \
  } while (0)

/* What one turn of the exchange ordered. */
typedef struct {
  strowger_directive list[32];
  int count;
  strowger_exchange *exchange;
  int64_t now;
} office;

static void read_all(office *o) {
  strowger_fact fact = {.size = sizeof fact};
  strowger_event kept = {.size = sizeof kept, .kind = STROWGER_EVENT_KEPT};
  while (strowger_next_fact(o->exchange, &fact) == STROWGER_OK) kept.turn = fact.turn;
  o->count = 0;
  do {
    if (o->count == 32) o->count = 31;
    o->list[o->count] = (strowger_directive){.size = sizeof o->list[0]};
  } while (strowger_next_directive(o->exchange, &o->list[o->count]) == STROWGER_OK && ++o->count);
  if (kept.turn) strowger_receive(o->exchange, &kept, o->now);
}

static int tell(office *o, strowger_event event) {
  event.size = sizeof event;
  int result = strowger_receive(o->exchange, &event, o->now += 1000000);
  read_all(o);
  return result;
}

static strowger_digits digits(const char *text) {
  strowger_digits d = {{0}};
  strncpy(d.text, text, sizeof d.text - 1);
  return d;
}

static int register_station(office *o, const char *number) {
  uint64_t device = (uint64_t)(number[3] - '0') + 1;
  return tell(o, (strowger_event){
                     .kind = STROWGER_EVENT_REGISTERED, .number = digits(number), .devices = &device, .device_count = 1});
}

static strowger_leg dial(office *o, const char *caller, const char *number) {
  strowger_leg leg = STROWGER_NO_LEG;
  strowger_reserve_leg(o->exchange, &leg);
  tell(o, (strowger_event){
              .kind = STROWGER_EVENT_DIALLED,
              .leg = leg,
              .party = {.kind = STROWGER_PARTY_STATION, .device = (uint64_t)(caller[3] - '0') + 1, .number = digits(caller)},
              .number = digits(number)});
  return leg;
}

static int on(office *o, uint32_t kind, strowger_leg leg) { return tell(o, (strowger_event){.kind = kind, .leg = leg}); }

static const strowger_directive *found(const office *o, uint32_t kind, strowger_leg leg) {
  for (int i = 0; i < o->count; i++)
    if (o->list[i].kind == kind && (leg == STROWGER_NO_LEG || o->list[i].leg == leg)) return &o->list[i];
  return NULL;
}

static int open_office(office *o) {
  memset(o, 0, sizeof *o);
  if (strowger_create(NULL, &o->exchange) != STROWGER_OK) return 0;
  if (strowger_use_plan(o->exchange, plan, sizeof plan - 1, "host.xml") != STROWGER_OK) return 0;
  return register_station(o, "2001") == STROWGER_OK && register_station(o, "2002") == STROWGER_OK &&
         register_station(o, "2003") == STROWGER_OK;
}

/* 2001 calls `number`, which rings at 2002 and is answered: both legs, or 0. */
static int talk(office *o, const char *number, strowger_leg legs[2]) {
  legs[0] = dial(o, "2001", number);
  const strowger_directive *alert = found(o, STROWGER_DIRECTIVE_ALERT, STROWGER_NO_LEG);
  if (!alert || alert->party.kind != STROWGER_PARTY_STATION) return 0;
  legs[1] = alert->leg;
  on(o, STROWGER_EVENT_ALERTING, legs[1]);
  if (!found(o, STROWGER_DIRECTIVE_PROGRESS, legs[0])) return 0;
  on(o, STROWGER_EVENT_ANSWERED, legs[1]);
  if (!found(o, STROWGER_DIRECTIVE_ANSWER, legs[0])) return 0;
  on(o, STROWGER_EVENT_JOINED, legs[0]);
  on(o, STROWGER_EVENT_JOINED, legs[1]);
  return 1;
}

const char *host_call(void) {
  office o;
  strowger_leg legs[2];
  EXPECT(open_office(&o));
  legs[0] = dial(&o, "2001", "2002");
  const strowger_directive *alert = found(&o, STROWGER_DIRECTIVE_ALERT, STROWGER_NO_LEG);
  EXPECT(alert && !strcmp(alert->party.number.text, "2002") && alert->party.device == 3);
  EXPECT(!strcmp(alert->number.text, "2001") && alert->other == legs[0] && alert->purpose == STROWGER_PURPOSE_DIRECT);
  legs[1] = alert->leg;
  on(&o, STROWGER_EVENT_ALERTING, legs[1]);
  const strowger_directive *progress = found(&o, STROWGER_DIRECTIVE_PROGRESS, legs[0]);
  EXPECT(progress && progress->progress == STROWGER_PROGRESS_RINGING);
  on(&o, STROWGER_EVENT_ANSWERED, legs[1]);
  EXPECT(found(&o, STROWGER_DIRECTIVE_ANSWER, legs[0]));
  const strowger_directive *media = found(&o, STROWGER_DIRECTIVE_MEDIA, legs[0]);
  EXPECT(media && media->goal.kind == STROWGER_GOAL_WITH && media->goal.leg == legs[1]);
  EXPECT(tell(&o, (strowger_event){.kind = STROWGER_EVENT_RELEASED, .leg = legs[0], .cause = STROWGER_CAUSE_NORMAL}) == 0);
  EXPECT(found(&o, STROWGER_DIRECTIVE_RELEASE, legs[1]));
  const strowger_directive *record = found(&o, STROWGER_DIRECTIVE_RECORD, STROWGER_NO_LEG);
  EXPECT(record && record->record && record->record->is_answered && !strcmp(record->record->dialled.text, "2002"));
  EXPECT(on(&o, STROWGER_EVENT_HELD, legs[0]) == STROWGER_GONE);
  EXPECT(strowger_destroy(o.exchange) == STROWGER_OK);
  return NULL;
}

const char *host_do_not_disturb(void) {
  office o;
  char sentence[80];
  EXPECT(open_office(&o));
  strowger_leg leg = dial(&o, "2002", "401");
  const strowger_directive *finish = found(&o, STROWGER_DIRECTIVE_FINISH, leg);
  EXPECT(finish && finish->status == 480 && finish->text);
  EXPECT(strowger_sentence(finish->text, &finish->number, sentence, sizeof sentence) == STROWGER_OK && strlen(sentence) > 5);
  leg = dial(&o, "2001", "2002");
  finish = found(&o, STROWGER_DIRECTIVE_FINISH, leg);
  EXPECT(finish && finish->status == 486 && !found(&o, STROWGER_DIRECTIVE_ALERT, STROWGER_NO_LEG));
  dial(&o, "2002", "400");
  dial(&o, "2001", "2002");
  EXPECT(found(&o, STROWGER_DIRECTIVE_ALERT, STROWGER_NO_LEG));
  EXPECT(strowger_destroy(o.exchange) == STROWGER_OK);
  return NULL;
}

const char *host_forward(void) {
  office o;
  EXPECT(open_office(&o));
  dial(&o, "2003", "6012002");
  dial(&o, "2001", "2003");
  const strowger_directive *alert = found(&o, STROWGER_DIRECTIVE_ALERT, STROWGER_NO_LEG);
  EXPECT(alert && !strcmp(alert->party.number.text, "2002") && alert->diversion_count == 1);
  EXPECT(found(&o, STROWGER_DIRECTIVE_PROGRESS, STROWGER_NO_LEG));
  EXPECT(strowger_destroy(o.exchange) == STROWGER_OK);
  return NULL;
}

const char *host_park(void) {
  office o;
  strowger_leg legs[2], code;
  int64_t deadline;
  EXPECT(open_office(&o));
  EXPECT(talk(&o, "2002", legs));
  on(&o, STROWGER_EVENT_HELD, legs[0]);
  const strowger_directive *media = found(&o, STROWGER_DIRECTIVE_MEDIA, legs[1]);
  EXPECT(media && media->goal.kind == STROWGER_GOAL_MUSIC);
  code = dial(&o, "2001", "11");
  EXPECT(found(&o, STROWGER_DIRECTIVE_FINISH, code) && found(&o, STROWGER_DIRECTIVE_RELEASE, legs[0]));
  EXPECT(strowger_next_deadline(o.exchange, &deadline) == STROWGER_OK && deadline > o.now);
  /* 2003 fetches it. */
  code = dial(&o, "2003", "122001");
  media = found(&o, STROWGER_DIRECTIVE_MEDIA, legs[1]);
  EXPECT(media && media->goal.kind == STROWGER_GOAL_WITH && media->goal.leg == code);
  on(&o, STROWGER_EVENT_JOINED, legs[1]);
  on(&o, STROWGER_EVENT_JOINED, code);
  EXPECT(tell(&o, (strowger_event){.kind = STROWGER_EVENT_RELEASED, .leg = code}) == STROWGER_OK);
  EXPECT(found(&o, STROWGER_DIRECTIVE_RELEASE, legs[1]));
  EXPECT(strowger_next_deadline(o.exchange, &deadline) == STROWGER_DONE && deadline == STROWGER_LATEST);
  /* Parked once more, and nobody fetches it: the clock brings it back to whoever parked it. */
  EXPECT(talk(&o, "2002", legs));
  on(&o, STROWGER_EVENT_HELD, legs[0]);
  dial(&o, "2001", "11");
  EXPECT(strowger_next_deadline(o.exchange, &deadline) == STROWGER_OK);
  EXPECT(strowger_fire(o.exchange, o.now = deadline) == STROWGER_OK);
  read_all(&o);
  const strowger_directive *recall = found(&o, STROWGER_DIRECTIVE_ALERT, STROWGER_NO_LEG);
  EXPECT(recall && !strcmp(recall->party.number.text, "2001") && recall->purpose == STROWGER_PURPOSE_RECALL);
  EXPECT(strowger_destroy(o.exchange) == STROWGER_OK);
  return NULL;
}

/* A table of rows, as a host's database would have it. */
typedef struct {
  uint8_t key[128], row[2048];
  size_t key_length, row_length;
} kept_row;
static kept_row table[64];
static size_t table_count;

static void keep(const strowger_fact *fact) {
  size_t i = 0;
  while (i < table_count && (table[i].key_length != fact->key_length || memcmp(table[i].key, fact->key, fact->key_length))) i++;
  if (i == table_count) table_count++;
  table[i].key_length = fact->key_length;
  memcpy(table[i].key, fact->key, fact->key_length);
  table[i].row_length = fact->row_length;
  if (fact->row) memcpy(table[i].row, fact->row, fact->row_length);
  else table[i] = table[--table_count];
}

const char *host_restart(void) {
  office o, again;
  strowger_leg legs[2];
  strowger_fact rows[65], fact = {.size = sizeof fact};
  size_t rejected = 99;
  EXPECT(open_office(&o));
  table_count = 0;
  strowger_event event = {.size = sizeof event, .kind = STROWGER_EVENT_DIALLED};
  EXPECT(strowger_reserve_leg(o.exchange, &event.leg) == STROWGER_OK);
  event.party = (strowger_party){.kind = STROWGER_PARTY_STATION, .device = 4, .number = digits("2003")};
  event.number = digits("6012002");
  EXPECT(strowger_receive(o.exchange, &event, 5) == STROWGER_OK);
  while (strowger_next_fact(o.exchange, &fact) == STROWGER_OK) keep(&fact);
  EXPECT(table_count == 1);
  legs[0] = dial(&o, "2001", "2002");
  const strowger_directive *alert = found(&o, STROWGER_DIRECTIVE_ALERT, STROWGER_NO_LEG);
  EXPECT(alert);
  legs[1] = alert->leg;
  event = (strowger_event){.size = sizeof event, .kind = STROWGER_EVENT_ANSWERED, .leg = legs[1]};
  EXPECT(strowger_receive(o.exchange, &event, o.now) == STROWGER_OK);
  while (strowger_next_fact(o.exchange, &fact) == STROWGER_OK) keep(&fact);
  EXPECT(table_count == 2);
  EXPECT(strowger_destroy(o.exchange) == STROWGER_OK);

  /* Another process, as it were, and one row that is rubbish. */
  EXPECT(open_office(&again));
  for (size_t i = 0; i < table_count; i++)
    rows[i] = (strowger_fact){.size = sizeof rows[i],
                              .key = table[i].key,
                              .key_length = table[i].key_length,
                              .row = table[i].row,
                              .row_length = table[i].row_length};
  rows[table_count] = (strowger_fact){
      .size = sizeof rows[0], .key = (const uint8_t *)"?!", .key_length = 2, .row = (const uint8_t *)"?", .row_length = 1};
  EXPECT(strowger_restore(again.exchange, rows, table_count + 1, &rejected) == STROWGER_OK && rejected == 1);
  read_all(&again);
  const strowger_directive *media = found(&again, STROWGER_DIRECTIVE_MEDIA, legs[0]);
  EXPECT(media && media->goal.kind == STROWGER_GOAL_WITH && media->goal.leg == legs[1]);
  EXPECT(strowger_fire(again.exchange, again.now = 1000000000) == STROWGER_OK);
  EXPECT(strowger_restore(again.exchange, rows, table_count, NULL) == STROWGER_TOO_LATE);
  EXPECT(tell(&again, (strowger_event){.kind = STROWGER_EVENT_RELEASED, .leg = legs[1]}) == STROWGER_OK);
  EXPECT(found(&again, STROWGER_DIRECTIVE_RELEASE, legs[0]));
  dial(&again, "2001", "2003");
  alert = found(&again, STROWGER_DIRECTIVE_ALERT, STROWGER_NO_LEG);
  EXPECT(alert && !strcmp(alert->party.number.text, "2002"));
  EXPECT(strowger_destroy(again.exchange) == STROWGER_OK);
  return NULL;
}

const char *host_misuse(void) {
  office o;
  strowger_leg leg;
  EXPECT(strowger_create(NULL, NULL) == STROWGER_NULL);
  EXPECT(strowger_destroy(NULL) == STROWGER_NULL);
  EXPECT(strowger_fire((strowger_exchange *)(uintptr_t)0xdeadbeef, 0) == STROWGER_UNKNOWN_EXCHANGE);
  EXPECT(open_office(&o));
  EXPECT(strowger_receive(o.exchange, NULL, 0) == STROWGER_NULL);
  EXPECT(strowger_reserve_leg(o.exchange, NULL) == STROWGER_NULL);
  EXPECT(strowger_next_directive(o.exchange, NULL) == STROWGER_NULL);
  EXPECT(tell(&o, (strowger_event){.kind = 4711}) == STROWGER_KIND);
  EXPECT(tell(&o, (strowger_event){.kind = STROWGER_EVENT_ANSWERED}) == STROWGER_LEG);
  EXPECT(tell(&o, (strowger_event){.kind = STROWGER_EVENT_ANSWERED, .leg = 0x7000000012345678}) == STROWGER_GONE);
  EXPECT(strowger_reserve_leg(o.exchange, &leg) == STROWGER_OK);
  EXPECT(on(&o, STROWGER_EVENT_ANSWERED, leg) == STROWGER_LEG);
  EXPECT(on(&o, STROWGER_EVENT_RELEASED, leg) == STROWGER_OK);
  EXPECT(tell(&o, (strowger_event){.kind = STROWGER_EVENT_FAILED, .leg = leg, .status = 200}) == STROWGER_RANGE);
  EXPECT(tell(&o, (strowger_event){.kind = STROWGER_EVENT_RELEASED, .leg = leg, .cause = 77}) == STROWGER_KIND);
  EXPECT(tell(&o, (strowger_event){.kind = STROWGER_EVENT_REGISTERED, .number = digits("2001"), .device_count = 1}) ==
         STROWGER_NULL);
  EXPECT(tell(&o, (strowger_event){.kind = STROWGER_EVENT_REGISTERED, .number = digits("7777")}) == STROWGER_UNKNOWN);
  EXPECT(tell(&o, (strowger_event){.kind = STROWGER_EVENT_REGISTERED, .number = digits("20x1")}) == STROWGER_DIGITS);
  EXPECT(tell(&o, (strowger_event){.kind = STROWGER_EVENT_TRUNK, .name = "\xff\xfe"}) == STROWGER_TEXT);
  EXPECT(tell(&o, (strowger_event){.kind = STROWGER_EVENT_TRUNK}) == STROWGER_NULL);
  EXPECT(strowger_destroy(o.exchange) == STROWGER_OK);
  EXPECT(strowger_fire(o.exchange, 0) == STROWGER_UNKNOWN_EXCHANGE);
  EXPECT(strowger_destroy(o.exchange) == STROWGER_UNKNOWN_EXCHANGE);
  return NULL;
}

static double nanoseconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double host_nanoseconds_per_event(long calls) {
  office o;
  strowger_leg legs[2];
  if (!open_office(&o)) return -1;
  double start = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
  for (long i = 0; i < calls; i++) {
    if (!talk(&o, "2002", legs)) return -1;
    on(&o, STROWGER_EVENT_RELEASED, legs[0]);
  }
  double each = (nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - start) / (double)calls / 6;
  strowger_destroy(o.exchange);
  return each;
}

double host_nanoseconds_to_first_event(void) {
  office o;
  double start = nanoseconds(CLOCK_MONOTONIC);
  if (!open_office(&o)) return -1;
  double time = nanoseconds(CLOCK_MONOTONIC) - start;
  strowger_destroy(o.exchange);
  return time;
}
