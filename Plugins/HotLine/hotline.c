/* HotLine: each telephone has one number that it reaches by a short code.
 *
 *   *91 NUMBER  set it     *90  clear it     *9  call it
 *
 * A feature module in plain C: this file and strowger_module.h are all there is (see Makefile). It is a state machine with two states,
 * idle and set; one machine belongs to each station. */
#include <string.h>

#include "strowger_module.h"

enum { SET, CLEAR, CALL }; /* the indices of the actions below */

/* What the exchange keeps for us: an empty number is the state idle. */
typedef struct hot_line {
  strowger_digits number;
} hot_line;
_Static_assert(sizeof(hot_line) <= sizeof(strowger_machine_state), "the state must fit");

static hot_line load(const strowger_machine_state *state) {
  hot_line line;
  memcpy(&line, state, sizeof line);
  return line;
}

static void store(strowger_machine_state *state, const hot_line *line) {
  memset(state, 0, sizeof *state);
  memcpy(state, line, sizeof *line);
}

static void initial(strowger_machine_state *state) { memset(state, 0, sizeof *state); }

static uint32_t machine(const strowger_host *host, const strowger_consult *consult, strowger_machine_key *key) {
  (void)host;
  if (consult->kind != STROWGER_CONSULT_CODE) return 0;
  key->kind = STROWGER_KEY_NUMBER;
  key->number = consult->number;
  return 1;
}

/* Orders that are an answer and nothing else. */
static void answer(const strowger_host *host, uint32_t kind, const char *text, const strowger_digits *number) {
  strowger_order order = {.size = sizeof order, .kind = kind, .text = text};
  if (kind == STROWGER_ORDER_TRANSLATE) order.number = *number;
  else if (number) order.by = *number;
  host->order(host->context, &order);
}

static uint32_t refuse(strowger_step *step, const char *text) {
  step->status = 480;
  step->text = text;
  return STROWGER_STEP_REFUSE;
}

static uint32_t step(
    const strowger_host *host, const strowger_consult *consult, const strowger_context *context, strowger_machine_state *state,
    strowger_step *step) {
  hot_line line = load(state);
  (void)context;
  if (consult->kind != STROWGER_CONSULT_CODE) return STROWGER_STEP_NOTHING;
  if (consult->flag) return refuse(step, "wrong or missing number for the hot line");
  switch (consult->value) {
    case SET:
      /* Nobody may reach by it what he may not dial. */
      if (!host->may(host->context, STROWGER_MAY_CALL, &consult->number, &consult->argument, NULL, NULL))
        return refuse(step, "the hot line may not lead there");
      line.number = consult->argument;
      store(state, &line);
      answer(host, STROWGER_ORDER_DONE, "hot line to % set", &consult->argument);
      return STROWGER_STEP_GO;
    case CLEAR:
      initial(state);
      answer(host, STROWGER_ORDER_DONE, "hot line cleared", NULL);
      return STROWGER_STEP_GO;
    case CALL:
      if (!line.number.text[0]) return refuse(step, "no hot line is set");
      answer(host, STROWGER_ORDER_TRANSLATE, NULL, &line.number);
      return STROWGER_STEP_STAY;
    default: return STROWGER_STEP_NOTHING;
  }
}

/* One octet for the layout, then the digits. */
static size_t encode(const strowger_machine_state *state, uint8_t *row, size_t room) {
  hot_line line = load(state);
  size_t length = strlen(line.number.text);
  if (room < 1 + length) return 0;
  row[0] = 1;
  memcpy(row + 1, line.number.text, length);
  return 1 + length;
}

static uint32_t decode(const uint8_t *row, size_t length, strowger_machine_state *state) {
  hot_line line = {0};
  if (length < 2 || row[0] != 1 || length > 1 + STROWGER_DIGITS_LONGEST) return 0;
  memcpy(line.number.text, row + 1, length - 1);
  store(state, &line);
  return 1;
}

static void describe(const strowger_machine_state *state, strowger_state_name *name) {
  hot_line line = load(state);
  name->name = line.number.text[0] ? "set" : "idle";
  name->summary = line.number.text[0] ? "to %" : "idle";
  name->by = line.number;
}

static uint32_t transition(size_t index, strowger_transition *row) {
  static const strowger_transition rows[] = {
      {sizeof(strowger_transition), STROWGER_STEP_GO, 0, 0, "idle", "set", "set", NULL},
      {sizeof(strowger_transition), STROWGER_STEP_GO, 0, 0, "set", "set", "set", NULL},
      {sizeof(strowger_transition), STROWGER_STEP_GO, 0, 0, "idle", "clear", "idle", NULL},
      {sizeof(strowger_transition), STROWGER_STEP_GO, 0, 0, "set", "clear", "idle", NULL},
      {sizeof(strowger_transition), STROWGER_STEP_REFUSE, 480, 0, "idle", "call", NULL, NULL},
      {sizeof(strowger_transition), STROWGER_STEP_STAY, 0, 0, "set", "call", NULL, NULL},
  };
  if (index >= sizeof rows / sizeof *rows) return 0;
  *row = rows[index];
  return 1;
}

static const strowger_action actions[] = {
    [SET] = {.size = sizeof(strowger_action),
             .argument = STROWGER_ARGUMENT_NUMBER,
             .name = "set",
             .meaning = "the number that the hot line leads to",
             .shortest = 1,
             .longest = 30},
    [CLEAR] = {.size = sizeof(strowger_action), .name = "clear", .meaning = "no hot line any more"},
    [CALL] = {.size = sizeof(strowger_action), .name = "call", .meaning = "call it"},
};

static const strowger_module_table table = {
    .interface_number = STROWGER_INTERFACE,
    .size = sizeof table,
    .name = "HotLine",
    .version = "1.0",
    .summary = "one number by a short code",
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .status_kind = STROWGER_STATUS_TEXT,
    .status_name = "hotLine",
    .initial = initial,
    .machine = machine,
    .step = step,
    .encode = encode,
    .decode = decode,
    .describe = describe,
    .transition = transition,
};

const strowger_module_table *strowger_module(uint32_t host_interface) {
  return host_interface < STROWGER_INTERFACE ? NULL : &table;
}
