// What Swift cannot import from libosip2: macros, and a trace switch that must come before the first parse.
#ifndef STROWGER_OSIP_H
#define STROWGER_OSIP_H

// Prepares libosip2's tables and silences its traces. Not thread-safe: call once, before any other thread parses.
void strowger_osip_prepare(void);

#endif
