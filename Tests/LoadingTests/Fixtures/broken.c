/* Modules that are wrong, one for each value of WRONG: what an exchange must live with. */
#include <string.h>
#include "strowger_module.h"

enum {
  NEWER = 1, UNWILLING, SMALL, NO_FUNCTION, NAMELESS, NOT_UTF8, MANY, BAD_LENGTHS, /* loading fails */
  STEP, ORDER, KEY, REFUSAL, DIGITS, LEAKS, UNREACHABLE, TEXT, LOOP,                    /* one machine fails */
  TRAPS                                                                                 /* everything ends */
};

static void initial(strowger_machine_state *state) { memset(state, 0, sizeof *state); }

static uint32_t machine(const strowger_host *host, const strowger_consult *consult, strowger_machine_key *key) {
  (void)host;
  if (consult->kind != STROWGER_CONSULT_CODE) return 0;
  key->kind = WRONG == KEY ? 99 : STROWGER_KEY_NUMBER;
  key->number = consult->number;
  return 1;
}

static uint32_t step(
    const strowger_host *host, const strowger_consult *consult, const strowger_context *context, strowger_machine_state *state,
    strowger_step *step) {
  strowger_order order = {.size = sizeof order, .kind = STROWGER_ORDER_DONE, .text = "done"};
  (void)context;
  state->words[0] += 1;
  if (consult->kind != STROWGER_CONSULT_CODE) return STROWGER_STEP_NOTHING;
  switch ((int)WRONG) {
    case STEP: return 77;
    case ORDER: order.kind = 4711; break;
    case REFUSAL: step->status = 7; return STROWGER_STEP_REFUSE;
    case DIGITS: order.kind = STROWGER_ORDER_TRANSLATE; memset(order.number.text, 'x', sizeof order.number.text); break;
    case LEAKS: order.kind = STROWGER_ORDER_OWN_CALL; break; /* takes the call and never does anything */
    case UNREACHABLE: step->text = "never here"; return STROWGER_STEP_UNREACHABLE;
    case LOOP: order.kind = STROWGER_ORDER_TRANSLATE; strcpy(order.number.text, "*7"); break; /* its own code */
    case TRAPS: __builtin_trap();
    case TEXT: order.text = "\xff\xfe"; break;
  }
  host->order(host->context, &order);
  return STROWGER_STEP_GO;
}

static size_t encode(const strowger_machine_state *state, uint8_t *row, size_t room) {
  (void)state; (void)room;
  row[0] = 1;
  return WRONG == STEP ? 5000 : 1;
}
static uint32_t decode(const uint8_t *row, size_t length, strowger_machine_state *state) {
  (void)row; (void)length; initial(state);
  return 1;
}
static void describe(const strowger_machine_state *state, strowger_state_name *name) { (void)state; (void)name; }

static const strowger_action actions[] = {{.size = sizeof(strowger_action), .argument = WRONG == BAD_LENGTHS ? STROWGER_ARGUMENT_NUMBER : 0,
  .name = "", .meaning = "goes wrong", .shortest = 9, .longest = 3}};

static const strowger_module_table table = {
    .interface_number = WRONG == NEWER ? STROWGER_INTERFACE + 1 : STROWGER_INTERFACE,
    .size = WRONG == SMALL ? 40 : sizeof table,
    .name = WRONG == NAMELESS ? NULL : WRONG == NOT_UTF8 ? "\xc3\x28" : "Broken",
    .version = "1", .summary = "goes wrong", .actions = actions, .action_count = WRONG == MANY ? 1000000 : 1,
    .initial = initial, .machine = machine, .step = WRONG == NO_FUNCTION ? NULL : step, .encode = encode, .decode = decode,
    .describe = describe,
};

const strowger_module_table *strowger_module(uint32_t host_interface) {
  (void)host_interface;
  return WRONG == UNWILLING ? NULL : &table;
}
