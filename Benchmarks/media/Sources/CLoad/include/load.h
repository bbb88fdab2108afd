// Phones that send 50 packets a second each, evenly spread over 20 ms, and count what comes back.
#ifndef LOAD_H
#define LOAD_H
#include <stdint.h>

typedef struct {
  int descriptor;
  // Its own port on 127.0.0.1, and the server's port that it sends to.
  uint16_t port, target;
  uint16_t sequence;
  uint64_t last;
} load_phone;

typedef struct {
  uint64_t sent, received;
  // More than 20 ms on the way (stamped packets), or more than 40 ms after the one before (others).
  uint64_t late;
  // Nanoseconds it took: more than asked for where the phones could not keep up, and the figures say nothing then.
  uint64_t elapsed;
} load_result;

// Sockets bound on 127.0.0.1; 0 or -1.
int load_open(load_phone *phones, int count);
void load_close(load_phone *phones, int count);
// Sends and receives for so many milliseconds. With `stamped` each payload carries its time; otherwise it is loud noise.
load_result load_run(load_phone *phones, int count, int milliseconds, int stamped);
#endif
