/* A feature module in a library of its own, loaded by the exchange.
 *
 * The number plan names the library (<module name="HotLine" library="libHotLine.so">); the exchange loads it from its module directory
 * at the start, calls strowger_module once and asks what the table says. A library offers one module and is never unloaded.
 *
 *   const strowger_module_table *strowger_module(uint32_t host_interface) { return &table; }
 *
 * A MODULE is an explicit state machine. It keeps nothing itself: no variables, threads, files, clocks. The exchange owns the state of
 * each of its machines (96 octets), hands it over for each step, keeps it through restarts, and runs its timers. The same state, consult
 * and answers of the host must give the same step.
 *
 * A machine belongs to a call, a leg, a number or the exchange: strowger_module_table.machine says which one a consult concerns.
 *
 * DURING machine and step the module may ask the host about stations, calls and legs, by the functions of strowger_host; during step it
 * may give orders. The host pointer, and what it leads to, is valid until the function returns.
 *
 * RUBBISH (an unknown order, digits that cannot be dialled, a step that does not exist, text that is not UTF-8) ends the machine: its
 * legs are released, a fault is reported, the exchange goes on. A module that traps ends the exchange with it.
 *
 * TEXT that a module gives out, the table included, stays where it is as long as the process lives.
 *
 * Types and rules of strowger.h (size, kinds, digits, instants) hold here as well.
 */
#ifndef STROWGER_MODULE_H
#define STROWGER_MODULE_H

#include "strowger.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- What a module is asked and told ---------------------------------------------------------------------------------- */

#define STROWGER_CONSULT_CODE 1u                /* leg, number (who), value (index of the action), argument, flag: it is bad; other */
#define STROWGER_CONSULT_INFORMATION_ANALYSED 2u /* call */
#define STROWGER_CONSULT_ATTEMPT_AUTHORISED 3u  /* call, number: the station */
#define STROWGER_CONSULT_BUSY 4u                /* call, number */
#define STROWGER_CONSULT_NO_ANSWER 5u           /* call, number */
#define STROWGER_CONSULT_NOT_REACHABLE 6u       /* call, number */
#define STROWGER_CONSULT_ANSWER 7u              /* call, leg */
#define STROWGER_CONSULT_HELD 8u                /* leg */
#define STROWGER_CONSULT_RESUMED 9u             /* leg */
#define STROWGER_CONSULT_TRANSFER_REQUESTED 10u /* leg, number, other: what the call shall replace */
#define STROWGER_CONSULT_DISCONNECT 11u         /* leg, cause */
#define STROWGER_CONSULT_GROUP_CALLED 12u       /* call, value: index of the plan's group */
#define STROWGER_CONSULT_REPLACE_REQUESTED 13u  /* call, leg */
#define STROWGER_CONSULT_CALLED 14u             /* call, number: one that belongs to the module */
/* Told to the machine that owns or watches the leg, or has given the order. */
#define STROWGER_CONSULT_TIMER 15u              /* value: its number */
#define STROWGER_CONSULT_LEG_ALERTING 16u       /* leg */
#define STROWGER_CONSULT_LEG_ANSWERED 17u       /* leg */
#define STROWGER_CONSULT_LEG_FAILED 18u         /* leg, status */
#define STROWGER_CONSULT_LEG_RELEASED 19u       /* leg, cause */
#define STROWGER_CONSULT_JOINED 20u             /* leg */
#define STROWGER_CONSULT_JOIN_FAILED 21u        /* leg, cause */
#define STROWGER_CONSULT_PLAYED 22u             /* leg */
#define STROWGER_CONSULT_PRESSED 23u            /* leg, value: 0-9, 10 *, 11 #, 12-15 A-D */
#define STROWGER_CONSULT_DIAL_ALERTING 24u      /* leg */
#define STROWGER_CONSULT_DIAL_ANSWERED 25u      /* leg */
#define STROWGER_CONSULT_DIAL_FAILED 26u        /* leg, status */
#define STROWGER_CONSULT_VERIFIED 27u           /* leg, flag: it is somebody's code */
#define STROWGER_CONSULT_HANDED_OVER 28u        /* call, value */
#define STROWGER_CONSULT_REPLACED 29u           /* leg, other: what stands in its place */
#define STROWGER_CONSULT_TAKEN 30u              /* leg */
#define STROWGER_CONSULT_RESTARTED 31u
#define STROWGER_CONSULT_NOT_KEPT 32u

typedef struct strowger_consult {
  uint32_t size;
  uint32_t kind;
  strowger_call call;
  strowger_leg leg;
  strowger_leg other;
  int64_t value;
  uint32_t cause;
  uint32_t status;
  uint32_t flag;
  uint32_t reserved;
  strowger_digits number;
  strowger_digits argument;
} strowger_consult;

/* What a machine belongs to. */
#define STROWGER_KEY_CALL 1u     /* `handle`; ends with the call */
#define STROWGER_KEY_LEG 2u      /* `handle`; ends with the leg */
#define STROWGER_KEY_NUMBER 3u   /* `number` */
#define STROWGER_KEY_EXCHANGE 4u

typedef struct strowger_machine_key {
  uint32_t kind;
  uint32_t reserved;
  uint64_t handle;
  strowger_digits number;
} strowger_machine_key;

/* A machine's state, as the module likes it. */
typedef struct strowger_machine_state {
  uint64_t words[12];
} strowger_machine_state;

/* A value of an option as the plan sets it: nanoseconds, a number, 0 or 1, the index of a choice; or digits (empty: none). */
typedef struct strowger_option_value {
  int64_t value;
  strowger_digits digits;
} strowger_option_value;

typedef struct strowger_context {
  uint32_t size;
  uint32_t reserved;
  strowger_machine_key machine;
  int64_t now;
  /* In the order of the table. */
  const strowger_option_value *options;
  size_t option_count;
} strowger_context;

/* -- What it may ask -------------------------------------------------------------------------------------------------- */

#define STROWGER_PHASE_DIALLING 0u   /* It has dialled and waits for a final answer. */
#define STROWGER_PHASE_SEIZED 1u     /* Called, nothing heard yet. */
#define STROWGER_PHASE_PROCEEDING 2u
#define STROWGER_PHASE_ALERTING 3u
#define STROWGER_PHASE_ACTIVE 4u

typedef struct strowger_leg_state {
  uint32_t size;
  uint32_t phase;
  strowger_call call;
  strowger_party party;
  strowger_goal goal;
  uint32_t purpose;
  /* 1: called; 0: it called. */
  uint32_t is_terminating;
  uint32_t is_holding;
  /* 0: nobody; 1: a machine of this module, in `owner`; 2: another module's. */
  uint32_t owned;
  strowger_machine_key owner;
  /* Who pays for a call outside; empty: nobody. */
  strowger_digits payer;
} strowger_leg_state;

#define STROWGER_POINT_ANALYSING 0u
#define STROWGER_POINT_ALERTING 1u
#define STROWGER_POINT_ACTIVE 2u

typedef struct strowger_call_state {
  uint32_t size;
  uint32_t point;
  strowger_leg origin;
  strowger_party caller;
  strowger_digits dialled;
  /* What is being tried, or was reached. */
  strowger_digits target;
  strowger_digits payer;
  strowger_digits answered_by;
  uint32_t purpose;
  uint32_t reserved;
  int64_t started;
  /* STROWGER_LATEST: nobody has answered. */
  int64_t answered;
  /* The class of service of the authorisation code it was made with; NULL: the telephone's own. */
  const char *class_name;
  /* Newest last. */
  const strowger_diversion *diversions;
  size_t diversion_count;
} strowger_call_state;

typedef struct strowger_station_state {
  uint32_t size;
  /* 1: the plan has it. */
  uint32_t is_in_plan;
  uint32_t legs;
  uint32_t pickup_group;
  /* Those that are registered now. */
  const uint64_t *devices;
  size_t device_count;
  /* What the administrator has set for it; NULL: nothing. */
  const strowger_settings *settings;
} strowger_station_state;

/* strowger_host.may */
#define STROWGER_MAY_CALL 1u        /* `number` */
#define STROWGER_MAY_FORWARD 2u     /* `number` */
#define STROWGER_MAY_JOIN_TRUNKS 3u
#define STROWGER_MAY_USE_MODULE 4u  /* `name` */

/* strowger_host.legs */
#define STROWGER_LEGS_ALL 1u
#define STROWGER_LEGS_OF_CALL 2u    /* newest first */
#define STROWGER_LEGS_OF_STATION 3u /* newest first */

typedef struct strowger_order strowger_order;

/* Every function has `context` as its first argument. */
typedef struct strowger_host {
  uint32_t size;
  uint32_t interface_number;
  void *context;
  /* OK, or GONE: it has ended. */
  int32_t (*leg)(void *context, strowger_leg leg, strowger_leg_state *state);
  int32_t (*call)(void *context, strowger_call call, strowger_call_state *state);
  /* OK, or UNKNOWN: neither in the plan nor ever registered. */
  int32_t (*station)(void *context, const strowger_digits *number, strowger_station_state *state);
  /* Writes at most `room` legs and returns how many there are. */
  size_t (*legs)(void *context, uint32_t which, strowger_call call, const strowger_digits *station, strowger_leg *legs, size_t room);
  size_t (*calls)(void *context, strowger_call *calls, size_t room);
  /* Those that have been registered since the start, or have settings. */
  size_t (*stations)(void *context, strowger_digits *stations, size_t room);
  size_t (*recordings)(void *context, const strowger_digits *owner, strowger_recording *recordings, size_t room);
  /* 1 or 0; what the class of service allows `station`, or the class named `class_name` where that is not NULL. */
  uint32_t (*may)(
      void *context, uint32_t what, const strowger_digits *station, const strowger_digits *number, const char *name,
      const char *class_name);
  /* The clock on the wall: nanoseconds since 1970, local time; 0: nobody knows. */
  int64_t (*local_time)(void *context);
  /* Only during a step. OK, or an error: the step has come to nothing then. */
  int32_t (*order)(void *context, const strowger_order *order);
} strowger_host;

/* -- Orders ----------------------------------------------------------------------------------------------------------- */

/* The answer to a detection point or code: the last one counts; none lets the call go on. */
#define STROWGER_ORDER_REROUTE 1u     /* number, reason, value: at most so many hops */
#define STROWGER_ORDER_TRANSLATE 2u   /* number: go on as if it had been dialled */
#define STROWGER_ORDER_REFUSE 3u      /* status, text, by */
#define STROWGER_ORDER_FAIL 4u        /* value: 0 busy, 1 no answer, 2 not reachable */
#define STROWGER_ORDER_DONE 5u        /* text, by: the code was carried out */
#define STROWGER_ORDER_OWN_CALL 6u    /* the machine takes the call */
#define STROWGER_ORDER_HAND_OVER 7u   /* key, value: another machine of this module answers */
/* More about the answer. */
#define STROWGER_ORDER_EXPLAIN 8u     /* text, by */
#define STROWGER_ORDER_RING 9u        /* time: at most */
#define STROWGER_ORDER_SHOW 10u       /* number */
/* What is to happen besides. `text` is a sentence in which % stands for `by`. */
#define STROWGER_ORDER_FINISH 11u     /* leg, status, text, by, cause */
#define STROWGER_ORDER_RELEASE 12u    /* leg, cause */
#define STROWGER_ORDER_HEAR 13u       /* leg, goal */
#define STROWGER_ORDER_RECORD 14u     /* leg, number */
#define STROWGER_ORDER_HEARD 15u      /* value, number */
#define STROWGER_ORDER_DISCARD 16u    /* value, number */
#define STROWGER_ORDER_ARM 17u        /* value: 0-255, time, leg: only while its device is idle (0: always) */
#define STROWGER_ORDER_DISARM 18u     /* value */
#define STROWGER_ORDER_ALERT 19u      /* number: a station, leg: whom it will talk to, by: shown as calling, purpose */
#define STROWGER_ORDER_SUBSTITUTE 20u /* leg, other: for it */
#define STROWGER_ORDER_CONNECT 21u    /* leg, other */
#define STROWGER_ORDER_OWN 22u        /* leg */
#define STROWGER_ORDER_GIVE_BACK 23u  /* leg */
#define STROWGER_ORDER_WATCH 24u      /* leg */
#define STROWGER_ORDER_UNWATCH 25u    /* leg */
#define STROWGER_ORDER_PRESENT 26u    /* leg, number */
#define STROWGER_ORDER_REPORT 27u     /* leg, transfer, status, text, by */
#define STROWGER_ORDER_DIAL 28u       /* number, leg: for it, by: who pays */
#define STROWGER_ORDER_STOP_DIALLING 29u /* leg */
#define STROWGER_ORDER_VERIFY 30u     /* number, leg */
#define STROWGER_ORDER_PROCEED 31u    /* leg, number, by: what its record says was dialled */
#define STROWGER_ORDER_FORWARD 32u    /* leg, number, reason, purpose */
#define STROWGER_ORDER_SUMMON 33u     /* number: a station, by: shown as calling, goal: what it hears when it answers (no leg, no recording) */

/* Fields that do not count must be 0. */
struct strowger_order {
  uint32_t size;
  uint32_t kind;
  strowger_leg leg;
  strowger_leg other;
  int64_t time;
  int64_t value;
  strowger_goal goal;
  uint32_t status;
  uint32_t cause;
  uint32_t purpose;
  /* STROWGER_DIVERSION_ */
  uint32_t reason;
  /* STROWGER_TRANSFER_ */
  uint32_t transfer;
  uint32_t reserved;
  strowger_machine_key key;
  strowger_digits number;
  strowger_digits by;
  const char *text;
};

/* -- What a module is ------------------------------------------------------------------------------------------------- */

/* What may stand behind a code. */
#define STROWGER_ARGUMENT_NONE 0u
#define STROWGER_ARGUMENT_ONE_OF 1u          /* `choices`: words separated by blanks */
#define STROWGER_ARGUMENT_NUMBER 2u          /* `shortest` to `longest` symbols */
#define STROWGER_ARGUMENT_OPTIONAL_NUMBER 3u /* nothing, or these */

typedef struct strowger_action {
  uint32_t size;
  uint32_t argument;
  const char *name;
  const char *meaning;
  /* NULL, or as above. */
  const char *choices;
  uint32_t shortest;
  uint32_t longest;
  /* 1: acts on a held party, so a transfer to the code may act on the transferred one. */
  uint32_t acts_on_held;
  /* 0: none; otherwise 1 + the index of the integer option that says how many leading digits of the argument are a secret. */
  uint32_t secret_length;
} strowger_action;

#define STROWGER_OPTION_TIME 1u    /* nanoseconds */
#define STROWGER_OPTION_INTEGER 2u
#define STROWGER_OPTION_BOOLEAN 3u
#define STROWGER_OPTION_CHOICE 4u  /* `choices`: words separated by blanks; the default is an index */
#define STROWGER_OPTION_NUMBER 5u  /* a number that belongs to the module; no default */

/* An attribute of the module's element in the plan. */
typedef struct strowger_option {
  uint32_t size;
  uint32_t kind;
  const char *name;
  const char *meaning;
  const char *choices;
  int64_t initial;
  int64_t lowest;
  int64_t highest;
} strowger_option;

/* Where in a call the module wants to be asked. */
#define STROWGER_AT_INFORMATION_ANALYSED 0x001u
#define STROWGER_AT_ATTEMPT_AUTHORISED 0x002u
#define STROWGER_AT_BUSY 0x004u
#define STROWGER_AT_NO_ANSWER 0x008u
#define STROWGER_AT_NOT_REACHABLE 0x010u
#define STROWGER_AT_ANSWER 0x020u
#define STROWGER_AT_MID_CALL 0x040u
#define STROWGER_AT_DISCONNECT 0x080u
#define STROWGER_AT_GROUP_CALLED 0x100u
#define STROWGER_AT_REPLACE_REQUESTED 0x200u

/* How a station's machine is shown in its status. */
#define STROWGER_STATUS_NONE 0u
#define STROWGER_STATUS_FLAG 1u /* whether it is not in its initial state */
#define STROWGER_STATUS_TEXT 2u /* its summary */

#define STROWGER_STEP_NOTHING 0u     /* The consult means nothing to the machine. */
#define STROWGER_STEP_GO 1u          /* Leave the state: its timers and the telephones it rings are dropped. */
#define STROWGER_STEP_STAY 2u        /* Keep the state and its timers; what it carries may change. */
#define STROWGER_STEP_REFUSE 3u      /* `status`, `text`, `by`: answer with this, change nothing. */
#define STROWGER_STEP_IGNORE 4u      /* `text`: a race, and why. */
#define STROWGER_STEP_UNREACHABLE 5u /* `text`: we are wrong: the machine ends, the exchange stays up. */

typedef struct strowger_step {
  uint32_t size;
  uint32_t status;
  const char *text;
  strowger_digits by;
} strowger_step;

/* What a state is called. */
typedef struct strowger_state_name {
  uint32_t size;
  uint32_t reserved;
  const char *name;
  /* What the status shows, % standing for `by`; NULL: the name. */
  const char *summary;
  strowger_digits by;
} strowger_state_name;

/* A row of the table of transitions. */
typedef struct strowger_transition {
  uint32_t size;
  /* STROWGER_STEP_ */
  uint32_t result;
  uint32_t status;
  uint32_t reserved;
  const char *from;
  const char *event;
  /* GO. */
  const char *to;
  /* IGNORE, UNREACHABLE. */
  const char *text;
} strowger_transition;

typedef struct strowger_module_table {
  /* STROWGER_INTERFACE of the header it was built with. Compared first: a higher number than the host's is refused. */
  uint32_t interface_number;
  uint32_t size;
  const char *name;
  const char *version;
  /* One line for `strowger module list`. */
  const char *summary;
  const strowger_action *actions;
  size_t action_count;
  const strowger_option *options;
  size_t option_count;
  /* STROWGER_AT_, added up. */
  uint32_t points;
  uint32_t status_kind;
  const char *status_name;
  /* The state of a machine nobody has touched; such a machine is not stored. */
  void (*initial)(strowger_machine_state *state);
  /* 1: as initial. NULL: the exchange compares the octets. */
  uint32_t (*is_initial)(const strowger_machine_state *state);
  /* Which machine the consult concerns: 1 and `key`, or 0: none, the call goes on. */
  uint32_t (*machine)(const strowger_host *host, const strowger_consult *consult, strowger_machine_key *key);
  /* STROWGER_STEP_. `state` changes by GO and STAY only; after UNREACHABLE it is the initial one. */
  uint32_t (*step)(
      const strowger_host *host, const strowger_consult *consult, const strowger_context *context, strowger_machine_state *state,
      strowger_step *step);
  /* The state as octets that outlive the process and this version: at most `room` (1024), of which it returns how many.
   * The first octet is the layout's version. */
  size_t (*encode)(const strowger_machine_state *state, uint8_t *row, size_t room);
  /* 1, or 0: not a row of this module. */
  uint32_t (*decode)(const uint8_t *row, size_t length, strowger_machine_state *state);
  void (*describe)(const strowger_machine_state *state, strowger_state_name *name);
  /* Row `index` of the table of transitions: 1, or 0: there are no more. NULL: none to show. */
  uint32_t (*transition)(size_t index, strowger_transition *transition);
} strowger_module_table;

/* What the library exports. `host_interface` is the host's STROWGER_INTERFACE. NULL: it will not work with this host. */
const strowger_module_table *strowger_module(uint32_t host_interface);
typedef const strowger_module_table *(*strowger_module_function)(uint32_t host_interface);

#ifdef __cplusplus
}
#endif

#endif
