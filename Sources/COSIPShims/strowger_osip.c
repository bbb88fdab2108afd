#include "strowger_osip.h"

#include <stdlib.h>
#include <time.h>
#include <osipparser2/osip_port.h>
#include <osipparser2/osip_parser.h>

// Debian's libosip2 prints one line for each bad message on stdout. A trace function must be installed before the
// levels are switched off: switching them off alone does not last.
static void swallow(const char *file, int line, osip_trace_level_t level, const char *format, va_list arguments) {
  (void)file;
  (void)line;
  (void)level;
  (void)format;
  (void)arguments;
}

void strowger_osip_prepare(void) {
  osip_trace_initialize_func(TRACE_LEVEL0, swallow);
  for (int level = 0; level < END_TRACE_LEVEL; level++) osip_trace_disable_level((osip_trace_level_t)level);
  parser_init();
}
