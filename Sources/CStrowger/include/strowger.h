/* Strowger's call kernel with its features, inside another program.
 *
 * The library has no socket, thread, clock or file of its own (it reads a number plan's file when asked to). The host tells
 * it what happened, by events; the library answers with directives, which the host carries out with whatever it has for
 * telephones, and with facts, which the host keeps for a restart. The same events at the same times give the same directives,
 * in any process.
 *
 *   strowger_exchange *exchange;
 *   strowger_create(NULL, &exchange);
 *   strowger_load_plan(exchange, "NumberPlan.xml");
 *   tell it what happens:   strowger_reserve_leg, strowger_receive, strowger_fire
 *   after each, obey it:    strowger_next_fact, strowger_next_directive until STROWGER_DONE
 *   sleep until:            strowger_next_deadline, then strowger_fire
 *
 * THREADS. An exchange may be called from any thread, but from one at a time: it has no lock. A call that finds another one
 * under way does nothing and returns STROWGER_BUSY. Different exchanges are independent of each other.
 *
 * OWNERSHIP. Everything passed in is copied before the call returns. Nothing that comes out must be freed: pointers in what the
 * library fills in are valid until the next call with the same exchange, unless their comment says more.
 *
 * TIME. Instants are nanoseconds on one monotonic scale of the host's choice, from 0 to STROWGER_LATEST. One that lies before
 * an earlier one counts as the earlier one. After a restart the scale must go on where it stood (wall time does),
 * because facts hold instants. Lengths of time are nanoseconds as well. Hours of
 * classes of service are those of a clock that counts from 1970 in local time: a host that wants them gives such instants.
 *
 * TEXT is UTF-8 that ends with NUL, at most STROWGER_TEXT_LONGEST octets before it.
 *
 * STRUCTS that begin with `size` grow at their end in later interfaces. Whoever provides one sets its size with sizeof, also
 * where the library fills it in: a host built with an older header gets what it knows, one built with a newer header is
 * refused only if it uses what this library does not have (octets that are not 0). Set whole structs to 0 first, so that fields
 * that do not matter for a kind are 0. Structs without `size` never change.
 *
 * KINDS are uint32_t with the values named here. A value that this library does not know is refused (STROWGER_KIND); a
 * host ignores kinds it does not know: a later library may have more.
 *
 * ERRORS. Functions return STROWGER_OK, another result above it, or an error below 0; after an error nothing has changed.
 * strowger_result_text says it in English. Rubbish in arguments is refused, but a pointer must point to what its type says.
 */
#ifndef STROWGER_H
#define STROWGER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The number of this interface. It grows with every addition; a library with a higher number serves programs built for a lower. */
#define STROWGER_INTERFACE 2u

/* -- Results ---------------------------------------------------------------------------------------------------------- */

#define STROWGER_OK 0
/* There is nothing more to read, or nothing to wait for. */
#define STROWGER_DONE 1
/* The leg the event is about has ended: a race, the event was ignored. */
#define STROWGER_GONE 2

/* A pointer that must not be NULL is. */
#define STROWGER_NULL (-1)
/* A struct's size is smaller than any interface had, or it uses what this library does not have. */
#define STROWGER_SIZE (-2)
/* No such exchange: never created, or destroyed. */
#define STROWGER_UNKNOWN_EXCHANGE (-3)
/* Another thread is in this exchange. */
#define STROWGER_BUSY (-4)
/* An unknown kind of event, party, cause or setting. */
#define STROWGER_KIND (-5)
/* A number, count, status or instant outside its range. */
#define STROWGER_RANGE (-6)
/* Text that is not UTF-8 or too long. */
#define STROWGER_TEXT (-7)
/* Digits that cannot be dialled: see strowger_digits. */
#define STROWGER_DIGITS (-8)
/* The number plan has no such station, trunk or class of service. */
#define STROWGER_UNKNOWN (-9)
/* The leg has not been reserved, or has dialled already. */
#define STROWGER_LEG (-10)
/* The exchange has no number plan yet. */
#define STROWGER_NO_PLAN (-11)
/* The number plan has errors and was not put in force: strowger_next_finding tells them. */
#define STROWGER_PLAN (-12)
/* More than STROWGER_UNREAD directives or facts have not been read. */
#define STROWGER_UNREAD_FULL (-13)
/* The buffer is too small; how much is needed has been said. */
#define STROWGER_TOO_SMALL (-14)
/* There are STROWGER_EXCHANGES exchanges already. */
#define STROWGER_TOO_MANY (-15)
/* Facts are restored before the first event only. */
#define STROWGER_TOO_LATE (-16)
/* Interface 2: a session description that cannot be used. The first is no session description (the INVITE is answered 400); the
 * others (488) hold a number outside its range, more than anybody needs, an address that nothing may be sent to, encryption without
 * a key, and encryption where there may be none. */
#define STROWGER_SDP_MALFORMED (-17)
#define STROWGER_SDP_NUMBER (-18)
#define STROWGER_SDP_TOO_LARGE (-19)
#define STROWGER_SDP_ADDRESS (-20)
#define STROWGER_SDP_KEY (-21)
#define STROWGER_SDP_PROTECTION (-22)

/* What a result means, as one English phrase; static. Any value may be asked for. */
const char *strowger_result_text(int32_t result);

/* The interface number of the library that is loaded, to be compared with STROWGER_INTERFACE. */
uint32_t strowger_interface(void);

/* The product's version, such as "1.2.0"; static. */
const char *strowger_version(void);

/* -- Limits ----------------------------------------------------------------------------------------------------------- */

#define STROWGER_TEXT_LONGEST 255u
#define STROWGER_DIGITS_LONGEST 32u
#define STROWGER_LATEST 4611686018427387904
/* In one process at a time. */
#define STROWGER_EXCHANGES 256u
/* Directives, or facts, that wait to be read. */
#define STROWGER_UNREAD 65536u
/* Devices of one station. */
#define STROWGER_DEVICES 64u
/* The largest number plan, in octets. */
#define STROWGER_PLAN_LARGEST (16u << 20)

/* -- Values that both sides use --------------------------------------------------------------------------------------- */

/* An exchange. A handle: it is never looked into, and one that was destroyed is known as such (STROWGER_UNKNOWN_EXCHANGE). */
typedef struct strowger_exchange strowger_exchange;

/* One relation between a device or trunk and the exchange: in SIP a dialog, or the INVITE that may become one. Never given
 * twice in one exchange. */
typedef uint64_t strowger_leg;
#define STROWGER_NO_LEG 0u

/* One call with all its legs. */
typedef uint64_t strowger_call;

/* What can be dialled: up to 32 of 0-9 * # + A B C, then NUL; empty where there is none. Lower case letters are taken as
 * capitals. What stands behind the NUL is not looked at. */
typedef struct strowger_digits {
  char text[40];
} strowger_digits;

/* Who is at the far end of a leg. */
#define STROWGER_PARTY_STATION 1u  /* `number` is a station of the plan, `device` one of its registered devices. */
#define STROWGER_PARTY_TRUNK 2u    /* `number` calls or is called over trunk `trunk`. */
#define STROWGER_PARTY_STRANGER 3u /* Neither: reaches stations and groups at most; `number` is shown. */

typedef struct strowger_party {
  uint32_t kind;
  /* STROWGER_PARTY_TRUNK: see strowger_trunk_index. */
  uint32_t trunk;
  /* STROWGER_PARTY_STATION: the host's own number for the device, stable while it is registered. */
  uint64_t device;
  strowger_digits number;
} strowger_party;

/* Why a leg or call ended. */
#define STROWGER_CAUSE_NORMAL 0u
#define STROWGER_CAUSE_BUSY 1u
#define STROWGER_CAUSE_NO_ANSWER 2u
#define STROWGER_CAUSE_NOT_REACHABLE 3u
#define STROWGER_CAUSE_REFUSED 4u
#define STROWGER_CAUSE_CANCELLED 5u
#define STROWGER_CAUSE_ANSWERED_ELSEWHERE 6u
#define STROWGER_CAUSE_NUMBER_UNKNOWN 7u
#define STROWGER_CAUSE_NUMBER_INCOMPLETE 8u
#define STROWGER_CAUSE_BARRED 9u
#define STROWGER_CAUSE_LOOP 10u
#define STROWGER_CAUSE_MEDIA_FAILED 11u
#define STROWGER_CAUSE_LOST 12u
#define STROWGER_CAUSE_OVERLOAD 13u
#define STROWGER_CAUSE_FAULT 14u
#define STROWGER_CAUSE_NO_CHANNEL 15u
/* The class of service allows it at other hours only. */
#define STROWGER_CAUSE_OUT_OF_HOURS 16u
/* The station has as many calls outside as its class of service allows. */
#define STROWGER_CAUSE_TRUNK_LIMIT 17u

/* Why a telephone is made to ring. */
#define STROWGER_PURPOSE_DIRECT 0u
#define STROWGER_PURPOSE_GROUP_MEMBER 1u
#define STROWGER_PURPOSE_RECALL 2u
#define STROWGER_PURPOSE_TRANSFER 3u
#define STROWGER_PURPOSE_OVERFLOW 4u

/* What a leg shall hear and feed. */
#define STROWGER_GOAL_NOTHING 0u
#define STROWGER_GOAL_WITH 1u         /* The party of `leg`. */
#define STROWGER_GOAL_MUSIC 2u
#define STROWGER_GOAL_TONE 3u         /* `value` is a STROWGER_TONE_. */
#define STROWGER_GOAL_ROOM 4u         /* All legs with this `value` hear each other. */
#define STROWGER_GOAL_ANNOUNCEMENT 5u /* `value` is a STROWGER_SOUND_; once, then STROWGER_EVENT_PLAYED. */
#define STROWGER_GOAL_RECORDING 6u    /* What it says is kept as recording `value` until the goal changes. */
#define STROWGER_GOAL_PLAYBACK 7u     /* Recording `value`, once, then STROWGER_EVENT_PLAYED. */

typedef struct strowger_goal {
  uint32_t kind;
  uint32_t value;
  strowger_leg leg;
} strowger_goal;

#define STROWGER_TONE_RINGBACK 0u
#define STROWGER_TONE_BUSY 1u
#define STROWGER_TONE_CONFIRMATION 2u
#define STROWGER_TONE_ERROR 3u
#define STROWGER_TONE_HOLD 4u

#define STROWGER_SOUND_GREETING 0u     /* Asks for a message after the tone, and gives the tone. */
#define STROWGER_SOUND_NO_MESSAGES 1u
#define STROWGER_SOUND_NEW_MESSAGES 2u
#define STROWGER_SOUND_END_OF_MESSAGES 3u
#define STROWGER_SOUND_KEPT 4u
#define STROWGER_SOUND_DELETED 5u
#define STROWGER_SOUND_BEEP 6u

/* One hop of a forwarded call (RFC 5806). */
#define STROWGER_DIVERSION_UNCONDITIONAL 0u
#define STROWGER_DIVERSION_USER_BUSY 1u
#define STROWGER_DIVERSION_NO_ANSWER 2u
#define STROWGER_DIVERSION_UNAVAILABLE 3u
#define STROWGER_DIVERSION_DEFLECTION 4u

typedef struct strowger_diversion {
  uint32_t reason;
  uint32_t reserved;
  strowger_digits from;
} strowger_diversion;

/* What somebody said, kept by the host. */
typedef struct strowger_recording {
  /* One for the whole exchange, given by it, never twice while it is kept. */
  uint32_t number;
  /* 1: nobody has heard it yet. */
  uint32_t is_new;
} strowger_recording;

/* -- An exchange ------------------------------------------------------------------------------------------------------ */

typedef struct strowger_options {
  uint32_t size;
  /* 1: features that let a call pass say so too (STROWGER_DIRECTIVE_NOTE). */
  uint32_t is_tracing;
  /* The longest time a telephone rings; 0: three minutes. */
  int64_t ring_time;
  /* No sign of life from a called device within this time: not reachable; 0: five seconds. */
  int64_t provisional_time;
  /* Interface 2, for strowger_negotiate. Of session ids and back-off times: take it from the system's random numbers. */
  uint64_t seed;
  /* Legs to whom the host's own media server can talk at once; 0: the host has none. */
  uint32_t channels;
  uint32_t reserved;
} strowger_options;

/* Makes an exchange with all features that are compiled in, and no plan yet. `options` may be NULL. The host ends it with
 * strowger_destroy. Errors: NULL, SIZE, RANGE, TOO_MANY. */
int32_t strowger_create(const strowger_options *options, strowger_exchange **exchange);

/* Ends it with everything in it; no directives are given. Errors: UNKNOWN_EXCHANGE, BUSY. */
int32_t strowger_destroy(strowger_exchange *exchange);

/* Puts a number plan in force, from `length` octets of XML or from a file. `name` is what findings call it. Calls go on when there
 * was a plan before; a plan with errors changes nothing. Errors: NULL, TEXT, RANGE (above STROWGER_PLAN_LARGEST), PLAN. */
int32_t strowger_use_plan(strowger_exchange *exchange, const char *xml, size_t length, const char *name);
int32_t strowger_load_plan(strowger_exchange *exchange, const char *path);

/* Something wrong, or odd, in a number plan. */
#define STROWGER_SEVERITY_ERROR 1u   /* The plan was not put in force. */
#define STROWGER_SEVERITY_WARNING 2u /* It works, but hardly as its writer meant. */

typedef struct strowger_finding {
  uint32_t size;
  uint32_t severity;
  /* Both from 1. */
  uint32_t line;
  uint32_t column;
  /* A stable word for programs, such as "shadowed-code". */
  const char *rule;
  /* What is wrong, in one line. */
  const char *message;
  /* How to mend it, in one line; NULL: nothing to say. */
  const char *mend;
} strowger_finding;

/* Reads the next finding of the plan that was given last, in the order of the file. DONE: no more. Errors: NULL, SIZE. */
int32_t strowger_next_finding(strowger_exchange *exchange, strowger_finding *finding);

/* The index of a trunk that a plan has named, as STROWGER_PARTY_TRUNK has it, and back. Indices stay as long as the exchange,
 * not longer; so does the name. Errors: NULL, TEXT, UNKNOWN (no such name), RANGE (no such index). */
int32_t strowger_trunk_index(strowger_exchange *exchange, const char *name, uint32_t *index);
int32_t strowger_trunk_name(strowger_exchange *exchange, uint32_t index, const char **name);

/* -- Events ----------------------------------------------------------------------------------------------------------- */

#define STROWGER_EVENT_DIALLED 1u             /* leg (reserved), party, number; other: takes its place (Replaces, RFC 3891) */
#define STROWGER_EVENT_PROCEEDING 2u          /* leg: the called device has been reached but does not ring (100) */
#define STROWGER_EVENT_ALERTING 3u            /* leg: it rings (180, 183) */
#define STROWGER_EVENT_ANSWERED 4u            /* leg: it has answered */
#define STROWGER_EVENT_FAILED 5u              /* leg, status: it refused (300-699), or said nothing (408) */
#define STROWGER_EVENT_REDIRECTED 6u          /* leg, number: the device answers with another number (302) */
#define STROWGER_EVENT_RELEASED 7u            /* leg, cause: it hung up, cancelled or was lost; also a leg never dialled with */
#define STROWGER_EVENT_HELD 8u                /* leg: its telephone put the call on hold */
#define STROWGER_EVENT_RESUMED 9u             /* leg: and took it back */
#define STROWGER_EVENT_TRANSFER_REQUESTED 10u /* leg, number; other: a leg of ours that the call shall replace (REFER) */
#define STROWGER_EVENT_VERIFIED 11u           /* leg; name: whose code it is, NULL: nobody's; class_name: NULL, the telephone's */
#define STROWGER_EVENT_TRUNK 12u              /* name, is_up: the trunk can be used, or not; those not mentioned can */
#define STROWGER_EVENT_JOINED 13u             /* leg: the goal ordered last was reached */
#define STROWGER_EVENT_JOIN_FAILED 14u        /* leg, cause: it cannot be reached */
#define STROWGER_EVENT_PLAYED 15u             /* leg: the announcement or playback is over */
#define STROWGER_EVENT_PRESSED 16u            /* leg, key: 0-9, 10 *, 11 #, 12-15 A-D (RFC 4733) */
#define STROWGER_EVENT_RECORDINGS 17u         /* number, recordings: all that are kept for it, oldest first */
#define STROWGER_EVENT_REGISTERED 18u         /* number, devices: all that the station has now */
#define STROWGER_EVENT_SETTINGS 19u           /* number, settings: what the administrator has set for the station */
#define STROWGER_EVENT_KEPT 20u               /* turn: its facts, and those of all earlier ones, were committed */
#define STROWGER_EVENT_NOT_KEPT 21u           /* turn: its facts could not be */

/* Which numbers get `inserted_code` put in front: none, those of callers from outside, those the telephone dials. */
#define STROWGER_INSERTION_NONE 0u
#define STROWGER_INSERTION_INCOMING 1u
#define STROWGER_INSERTION_OUTGOING 2u

/* Who makes what a held station hears: the exchange, or the telephone that holds it. */
#define STROWGER_TONE_SOURCE_SYSTEM 0u
#define STROWGER_TONE_SOURCE_PHONE 1u

typedef struct strowger_settings {
  uint32_t size;
  /* 1: it has a mailbox. */
  uint32_t mailbox;
  /* 1: hanging up with one party held and another called joins the two. */
  uint32_t on_hook_transfer;
  uint32_t tone_source;
  uint32_t insertion;
  /* Calls that the station may pick up by its group's code: 1-9999; 0: the plan's. */
  uint32_t pickup_group;
  strowger_digits inserted_code;
  /* Where calls go while no device is registered; empty: nowhere. */
  strowger_digits forward_unreachable;
  /* A class of service of the plan; NULL: the plan's for this station. */
  const char *class_name;
} strowger_settings;

/* What happened outside. Which fields count stands behind each kind above; the others must be 0. */
typedef struct strowger_event {
  uint32_t size;
  uint32_t kind;
  strowger_leg leg;
  strowger_leg other;
  uint64_t turn;
  uint32_t cause;
  /* A SIP status code. */
  uint32_t status;
  uint32_t key;
  uint32_t is_up;
  strowger_party party;
  strowger_digits number;
  const char *name;
  const char *class_name;
  /* At most STROWGER_DEVICES; may be NULL when there are none. */
  const uint64_t *devices;
  size_t device_count;
  /* Beyond 1000 they are not looked at. */
  const strowger_recording *recordings;
  size_t recording_count;
  const strowger_settings *settings;
} strowger_event;

/* A leg for somebody who is about to dial. It ends with its call; one that is never dialled with is given back by
 * STROWGER_EVENT_RELEASED. Errors: NULL, NO_PLAN. */
int32_t strowger_reserve_leg(strowger_exchange *exchange, strowger_leg *leg);

/* One event with all its consequences: a turn. Returns OK, GONE or an error: NULL, SIZE, KIND, RANGE, TEXT, DIGITS, UNKNOWN, LEG,
 * NO_PLAN, UNREAD_FULL. `now` is an instant. */
int32_t strowger_receive(strowger_exchange *exchange, const strowger_event *event, int64_t now);

/* When strowger_fire is wanted next; changes with every turn. DONE: nothing waits, `deadline` is STROWGER_LATEST. Errors: NULL. */
int32_t strowger_next_deadline(strowger_exchange *exchange, int64_t *deadline);

/* Lets everything happen whose time has come: a turn. Too early or too often does no harm. Errors: RANGE, NO_PLAN, UNREAD_FULL. */
int32_t strowger_fire(strowger_exchange *exchange, int64_t now);

/* -- Directives ------------------------------------------------------------------------------------------------------- */

#define STROWGER_DIRECTIVE_PROGRESS 1u  /* leg, progress: tell the caller that it rings (180), or was forwarded (181) */
#define STROWGER_DIRECTIVE_ALERT 2u     /* leg (new), other (0: nobody waits), party, number, purpose, diversions, by: call party; show number */
#define STROWGER_DIRECTIVE_ANSWER 3u    /* leg: accept the caller's call (200), once there is media for its goal */
#define STROWGER_DIRECTIVE_FINISH 4u    /* leg, status, text, number: answer a call that does not come about; the leg is gone */
#define STROWGER_DIRECTIVE_RELEASE 5u   /* leg, cause: end it in whatever phase (CANCEL, BYE); the leg is gone */
#define STROWGER_DIRECTIVE_MEDIA 6u     /* leg, goal: from now on; ends in JOINED or JOIN_FAILED */
#define STROWGER_DIRECTIVE_PRESENT 7u   /* leg, number: show it as the connected party */
#define STROWGER_DIRECTIVE_TRANSFER 8u  /* leg, transfer; status, text, number: what becomes of the transfer it asked for */
#define STROWGER_DIRECTIVE_VERIFY 9u    /* leg, number: say whose code this is (VERIFIED); the digits are a secret */
#define STROWGER_DIRECTIVE_RECORDING 10u /* recording, value; leg, number, by: what becomes of recording `value` */
#define STROWGER_DIRECTIVE_RECORD 11u   /* record: a call is over */
#define STROWGER_DIRECTIVE_NOTE 12u     /* call, name, text, number: what a feature did, for people */
#define STROWGER_DIRECTIVE_FAULT 13u    /* name, text: something that must not happen did; log it, the exchange stays up */

#define STROWGER_PROGRESS_RINGING 1u
#define STROWGER_PROGRESS_FORWARDED 2u

/* What a transferor is told (RFC 3515). The first is ACCEPTED or REFUSED. */
#define STROWGER_TRANSFER_ACCEPTED 1u /* 202 */
#define STROWGER_TRANSFER_REFUSED 2u  /* `status`, `text` */
#define STROWGER_TRANSFER_RINGING 3u  /* The target rings. */
#define STROWGER_TRANSFER_DONE 4u     /* The parties talk; the transferor is free. */
#define STROWGER_TRANSFER_FAILED 5u   /* `status`; the transferor has its party back. */

/* BEGIN: keep what `leg` says for `number`, called by `by`, until its goal changes or it is gone; then tell what is kept
 * (STROWGER_EVENT_RECORDINGS). HEARD: it is new no longer. DISCARD: it may be deleted. */
#define STROWGER_RECORDING_BEGIN 1u
#define STROWGER_RECORDING_HEARD 2u
#define STROWGER_RECORDING_DISCARD 3u

/* A feature acted on a call. */
typedef struct strowger_act {
  /* The feature's name; valid as long as the exchange. */
  const char *name;
  /* As in strowger_directive. */
  const char *text;
  strowger_digits number;
} strowger_act;

#define STROWGER_NO_TRUNK UINT32_MAX

/* A call that is over. */
typedef struct strowger_record {
  uint32_t size;
  uint32_t cause;
  strowger_call call;
  /* The final answer, as a SIP status code. */
  uint32_t status;
  /* STROWGER_NO_TRUNK: a station's call; not answered by a trunk. */
  uint32_t caller_trunk;
  uint32_t answered_trunk;
  /* 0: nobody answered; `answer` is 0 then. */
  uint32_t is_answered;
  /* Instants. */
  int64_t start;
  int64_t answer;
  int64_t end;
  strowger_digits caller;
  strowger_digits dialled;
  strowger_digits answered_by;
  /* Whose authorisation code it was made with; NULL: none. */
  const char *authorization;
  const strowger_act *acts;
  size_t act_count;
} strowger_record;

/* What the exchange orders. Which fields count stands behind each kind above; the others are 0. */
typedef struct strowger_directive {
  uint32_t size;
  uint32_t kind;
  /* The turn that gave it. In a turn with facts ANSWER, FINISH and RELEASE wait until these are kept. */
  uint64_t turn;
  strowger_leg leg;
  /* The leg that `leg` will talk to. */
  strowger_leg other;
  strowger_call call;
  strowger_goal goal;
  uint32_t progress;
  /* A SIP status code. */
  uint32_t status;
  uint32_t cause;
  uint32_t purpose;
  uint32_t transfer;
  uint32_t recording;
  uint32_t value;
  uint32_t reserved;
  strowger_party party;
  strowger_digits number;
  /* Who has transferred the call here, or whose message is recorded; empty: nobody. */
  strowger_digits by;
  /* The feature; empty for the exchange itself. Valid as long as the exchange. */
  const char *name;
  /* A sentence in which % stands for `number`: see strowger_sentence. Valid as long as the library is loaded. */
  const char *text;
  /* Newest last. */
  const strowger_diversion *diversions;
  size_t diversion_count;
  const strowger_record *record;
} strowger_directive;

/* Reads the next directive, in the order in which they are to be carried out; facts of the same turn should be read before.
 * DONE: no more. Errors: NULL, SIZE. */
int32_t strowger_next_directive(strowger_exchange *exchange, strowger_directive *directive);

/* Writes `text` with `number` in the place of % into `room` octets, NUL included, cut at a character if need be. Needs no exchange.
 * `number` may be NULL. Errors: NULL, TOO_SMALL (cut, or no room even for NUL). */
int32_t strowger_sentence(const char *text, const strowger_digits *number, char *sentence, size_t room);

/* -- Facts ------------------------------------------------------------------------------------------------------------ */

/* Something that must survive a restart, as a row under a key: all rows of one turn are one transaction. The host need not
 * understand either; keys are at most 128 octets, rows under 64 KiB. */
typedef struct strowger_fact {
  uint32_t size;
  uint32_t reserved;
  /* The turn that gave it: what STROWGER_EVENT_KEPT and NOT_KEPT name. Not looked at when restored. */
  uint64_t turn;
  const uint8_t *key;
  size_t key_length;
  /* NULL: the row under this key is to be deleted. */
  const uint8_t *row;
  size_t row_length;
} strowger_fact;

/* Reads the next fact, in the order in which they are to be kept. DONE: no more. Errors: NULL, SIZE. */
int32_t strowger_next_fact(strowger_exchange *exchange, strowger_fact *fact);

/* Puts the rows of an earlier process back, in any order: after the plan, once, and before the first leg, turn of the clock and
 * event but REGISTERED, SETTINGS, TRUNK and RECORDINGS. Directives say what each leg that is there again shall hear; strowger_fire
 * then lets calls go on. `rejected` (may be NULL) counts rows that do not fit and were left out: damaged ones, or of features that
 * are not there. Errors: NULL, SIZE, NO_PLAN, TOO_LATE. */
int32_t strowger_restore(strowger_exchange *exchange, const strowger_fact *facts, size_t count, size_t *rejected);

/* -- Session descriptions (interface 2) --------------------------------------------------------------------------------- */

/* For hosts with a SIP stack of their own: offers and answers (RFC 3264, RFC 6337) are made here. The exchange remembers what the
 * phone of each leg has said and been told, compares it with the leg's goal, and says what to send. Voice runs from phone to phone;
 * who is held is told so, and whoever gets another party (park, pickup, transfer) gets a re-INVITE. A host need not use this.
 *
 *   an INVITE comes:                      INCOMING with its body, before STROWGER_EVENT_DIALLED
 *   STROWGER_DIRECTIVE_ALERT:             OUTGOING: DO_INVITE follows
 *   STROWGER_DIRECTIVE_MEDIA, ANSWER:     GOAL, ANSWER
 *   STROWGER_DIRECTIVE_FINISH, RELEASE, and when a phone hangs up:  CLOSE
 *   what phones send:                     PROVISIONAL, ACCEPTED, REFUSED, REINVITE, UPDATE, ACK, REINVITE_CANCELLED
 *   DO_HELD, RESUMED, JOINED, JOIN_FAILED, PLAYED:  tell the exchange, by the event of that name
 *   the clock:                            strowger_next_deadline and strowger_fire serve this too
 *
 * Each leg has one dialog. The host sees to tags, retransmissions and timeouts, and that of several 2xx to one INVITE only the first is
 * told. Bodies are those of type application/sdp. */

#define STROWGER_SESSION_INCOMING 1u   /* leg (reserved), address; sdp: its offer, NULL when it wants ours; early_media */
#define STROWGER_SESSION_OUTGOING 2u   /* leg, other: whom it will talk to; address; its goal is known to the exchange */
#define STROWGER_SESSION_CLOSE 3u      /* leg */
#define STROWGER_SESSION_GOAL 4u       /* leg, goal */
#define STROWGER_SESSION_ANSWER 5u     /* leg */
#define STROWGER_SESSION_PROVISIONAL 6u /* leg, status (101-199), branch, sdp: to our INVITE */
#define STROWGER_SESSION_ACCEPTED 7u   /* leg, branch, sdp: 2xx to our INVITE or re-INVITE */
#define STROWGER_SESSION_REFUSED 8u    /* leg, status (300-699, 408 for none), retry_after: to our INVITE or re-INVITE */
#define STROWGER_SESSION_REINVITE 9u   /* leg, sdp: ends in DO_ACCEPT or DO_REFUSE */
#define STROWGER_SESSION_UPDATE 10u    /* leg, sdp: the same */
#define STROWGER_SESSION_ACK 11u       /* leg, sdp: the ACK to a 2xx of ours */
#define STROWGER_SESSION_REINVITE_CANCELLED 12u /* leg: a CANCEL for its re-INVITE */
/* The host's media server: what became of DO_OPEN, and the end of something that is heard once. */
#define STROWGER_SESSION_OPENED 13u    /* channel, port; address: where it is, NULL for that of its leg */
#define STROWGER_SESSION_NOT_OPENED 14u /* channel */
#define STROWGER_SESSION_FINISHED 15u  /* channel, goal: the announcement or playback that is over */

/* Something has happened to a leg's session. Which fields count stands behind each kind; the others must be 0. */
typedef struct strowger_session_event {
  uint32_t size;
  uint32_t kind;
  strowger_leg leg;
  strowger_leg other;
  /* A SIP status code. */
  uint32_t status;
  /* Any number, equal for answers with equal To-tags. */
  uint32_t branch;
  /* Retry-After, a length of time; 0: not said. */
  int64_t retry_after;
  strowger_goal goal;
  /* NULL: no body. Not a C string: any octets. */
  const char *sdp;
  size_t sdp_length;
  /* The host's own IP address as this leg sees it. */
  const char *address;
  uint64_t channel;
  /* Of UDP, even: RTCP is the next. */
  uint32_t port;
  /* 1: this caller takes 183 with a description from anybody. */
  uint32_t early_media;
} strowger_session_event;

#define STROWGER_SESSION_LARGEST 65535u /* octets of a description */

/* Tells what happened; strowger_next_session_order says what follows. `now` as for strowger_receive, on the same scale. GONE: the leg
 * has no session (any more), or the channel is closed: a race. Errors: NULL, SIZE, KIND, RANGE, TEXT (address), LEG (not reserved, or
 * has a session already), NO_PLAN, UNREAD_FULL; of INCOMING also SDP_: the leg has no session then. */
int32_t strowger_negotiate(strowger_exchange *exchange, const strowger_session_event *event, int64_t now);

#define STROWGER_SESSION_DO_INVITE 1u  /* leg, sdp: its first INVITE; NULL: without an offer */
#define STROWGER_SESSION_DO_REINVITE 2u /* leg, sdp */
#define STROWGER_SESSION_DO_ACCEPT 3u  /* leg, sdp: 200 to its INVITE, re-INVITE or UPDATE */
#define STROWGER_SESSION_DO_PROGRESS 4u /* leg, status, sdp: to its INVITE; without sdp no more than DIRECTIVE_PROGRESS said */
#define STROWGER_SESSION_DO_REFUSE 5u  /* leg, status, retry_after: answer to its re-INVITE or UPDATE */
#define STROWGER_SESSION_DO_ACK 6u     /* leg, sdp: for its 2xx */
#define STROWGER_SESSION_DO_HELD 7u    /* leg: tell the exchange */
#define STROWGER_SESSION_DO_RESUMED 8u /* leg */
#define STROWGER_SESSION_DO_JOINED 9u  /* leg */
#define STROWGER_SESSION_DO_JOIN_FAILED 10u /* leg, cause */
#define STROWGER_SESSION_DO_PLAYED 11u /* leg */
#define STROWGER_SESSION_DO_RELEASE 12u /* leg: its phone says nothing any more; BYE, close it, STROWGER_EVENT_RELEASED, cause LOST */
#define STROWGER_SESSION_DO_PATH 13u   /* leg, other, path: which way their voice runs now; for people */
/* For the host's media server, when `channels` is above 0. Its ports are plain RTP (G.711, G.722); encrypted offers are refused then. */
#define STROWGER_SESSION_DO_OPEN 14u   /* channel (never used before): a port for it; ends in OPENED or NOT_OPENED */
#define STROWGER_SESSION_DO_AIM 15u    /* channel, address, port, sends, receives, packet_time, formats: what its phone has agreed to */
#define STROWGER_SESSION_DO_FEED 16u   /* channel, feed: what its phone hears from now on; WITH: other_channel's phone */
#define STROWGER_SESSION_DO_SHUT 17u   /* channel: give everything back */

#define STROWGER_PATH_DIRECT 0u /* From phone to phone. */
#define STROWGER_PATH_MIXED 2u  /* By the host's media server. */

#define STROWGER_CODEC_PCMU 0u
#define STROWGER_CODEC_PCMA 1u
#define STROWGER_CODEC_G722 2u
#define STROWGER_CODEC_EVENTS 3u /* RFC 4733 */
#define STROWGER_CODEC_COMFORT_NOISE 4u
#define STROWGER_CODEC_OTHER 5u

typedef struct strowger_format {
  uint32_t payload; /* 0-127 */
  uint32_t codec;
} strowger_format;

/* What is to be done for a leg's session. Which fields count stands behind each kind; the others are 0. */
typedef struct strowger_session_order {
  uint32_t size;
  uint32_t kind;
  strowger_leg leg;
  strowger_leg other;
  uint32_t status;
  uint32_t cause;
  uint32_t path;
  uint32_t reserved;
  /* Retry-After, a length of time; -1: none. */
  int64_t retry_after;
  /* Followed by NUL, which is not counted. */
  const char *sdp;
  size_t sdp_length;
  uint64_t channel;
  uint64_t other_channel;
  strowger_goal feed;
  /* NULL: nowhere, nothing is sent. */
  const char *address;
  uint32_t port;
  /* 1: the phone wants to hear; 1: it sends. */
  uint32_t sends;
  uint32_t receives;
  /* Milliseconds of voice in a packet. */
  uint32_t packet_time;
  /* The phone's payload types, the one it likes best first. */
  const strowger_format *formats;
  size_t format_count;
} strowger_session_order;

/* Reads the next order, in the order in which they are to be carried out. DONE: no more. Errors: NULL, SIZE. */
int32_t strowger_next_session_order(strowger_exchange *exchange, strowger_session_order *order);

/* -- Looking in ------------------------------------------------------------------------------------------------------- */

/* Everything there is as a JSON object, for people and tests: stations with their features, trunks, calls with their legs, timers,
 * and what the exchange finds wrong with itself. Writes it with NUL into `room` octets; `needed` (may be NULL) is how many it takes.
 * TOO_SMALL: nothing was written; `json` may be NULL when `room` is 0. Takes time in proportion to what there is.
 * Errors: NULL, TOO_SMALL. */
int32_t strowger_state(strowger_exchange *exchange, char *json, size_t room, size_t *needed);

#ifdef __cplusplus
}
#endif

#endif
