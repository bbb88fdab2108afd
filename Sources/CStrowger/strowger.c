/* The library is written in Swift (Sources/Embedding). This file holds the header to its word: sizes and places as they were
 * when each interface was published. A struct may grow at its end; then its line here stays and another one follows. */
#include "strowger.h"

#define AT(type, field, place) _Static_assert(offsetof(type, field) == (place), #type "." #field " has moved")
#define SIZE(type, octets) _Static_assert(sizeof(type) == (octets), #type " has another size")

_Static_assert(sizeof(void *) == 8, "64-bit machines only");

/* Interface 1. These never change. */
SIZE(strowger_digits, 40);
SIZE(strowger_party, 56);
SIZE(strowger_goal, 16);
SIZE(strowger_diversion, 48);
SIZE(strowger_recording, 8);
SIZE(strowger_act, 56);
AT(strowger_party, device, 8);
AT(strowger_party, number, 16);

/* Interface 1. These may grow. */
AT(strowger_options, provisional_time, 16);
AT(strowger_options, seed, 24);
SIZE(strowger_options, 40);
AT(strowger_finding, mend, 32);
SIZE(strowger_finding, 40);
AT(strowger_settings, class_name, 104);
SIZE(strowger_settings, 112);
AT(strowger_event, party, 48);
AT(strowger_event, number, 104);
AT(strowger_event, settings, 192);
SIZE(strowger_event, 200);
AT(strowger_record, start, 32);
AT(strowger_record, acts, 184);
SIZE(strowger_record, 200);
AT(strowger_directive, goal, 40);
AT(strowger_directive, party, 88);
AT(strowger_directive, record, 256);
SIZE(strowger_directive, 264);
AT(strowger_fact, row, 32);
SIZE(strowger_fact, 48);

/* Interface 2. The first never changes, the others may grow. */
SIZE(strowger_format, 8);
AT(strowger_session_event, goal, 40);
AT(strowger_session_event, address, 72);
AT(strowger_session_event, early_media, 92);
SIZE(strowger_session_event, 96);
AT(strowger_session_order, sdp, 48);
AT(strowger_session_order, feed, 80);
AT(strowger_session_order, formats, 120);
SIZE(strowger_session_order, 136);
