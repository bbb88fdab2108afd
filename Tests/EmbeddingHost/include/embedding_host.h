/* Scenarios that a host written in C plays with the header alone. Each returns NULL, or what did not come as expected. */
#ifndef EMBEDDING_HOST_H
#define EMBEDDING_HOST_H

const char *host_call(void);
const char *host_do_not_disturb(void);
const char *host_forward(void);
const char *host_park(void);
const char *host_restart(void);
const char *host_misuse(void);

/* Nanoseconds of CPU for one turn of a call (six events, all directives and facts read), and from the first call of the library to the
 * answer to its first event. */
double host_nanoseconds_per_event(long calls);
double host_nanoseconds_to_first_event(void);

#endif
