// What the media thread asks of the system and Swift cannot import well: batches of datagrams (recvmmsg and sendmmsg, with
// their address unions), epoll, eventfd and timerfd. Functions return a number or, below zero, minus errno.
#ifndef STROWGER_MEDIA_H
#define STROWGER_MEDIA_H
#include <stddef.h>
#include <stdint.h>

// Datagrams taken or given in one system call.
#define STROWGER_BATCH 32
// Octets taken of a datagram; a longer one is cut and reported as such. Behind them is room for an authentication tag.
#define STROWGER_ROOM 2048

// An address and a port: octets as two big-endian numbers; IPv4 in the low one.
typedef struct {
  uint64_t high, low;
  uint16_t port;
  uint8_t is_v6;
} media_endpoint;

// Sockets: non-blocking UDP, bound; wildcard where the address is zero. Marked for expedited forwarding (RFC 3246).
int media_udp_open(media_endpoint at);
int media_close(int descriptor);
// Whether one more descriptor can be had.
int media_has_descriptors(void);

// Receiving: buffers that live as long as the batch.
typedef struct media_inbox media_inbox;
media_inbox *media_inbox_make(void);
void media_inbox_free(media_inbox *inbox);
// How many have come, 0 when none.
int media_receive(media_inbox *inbox, int descriptor);
// The octets of one; their count, -1 where it was cut; and where it came from.
uint8_t *media_received(media_inbox *inbox, int index);
int media_received_length(media_inbox *inbox, int index);
media_endpoint media_received_from(media_inbox *inbox, int index);

// Sending: packets for one socket wait until they are flushed, the batch is full or another socket's turn has come. The octets
// are not copied: they stay until then.
typedef struct media_outbox media_outbox;
media_outbox *media_outbox_make(void);
void media_outbox_free(media_outbox *outbox);
void media_send(media_outbox *outbox, int descriptor, const uint8_t *octets, size_t count, media_endpoint to);
void media_flush(media_outbox *outbox);
// Packets the system did not take since the last call.
uint64_t media_unsent(media_outbox *outbox);

// Waiting.
int media_poll_make(void);
int media_poll_add(int poll, int descriptor, uint64_t token);
// Whether the poll tells of a descriptor it has, which may be silent for a while.
void media_poll_tell(int poll, int descriptor, uint64_t token, int is_told);
// Up to `limit` tokens of descriptors that can be read; waits at most `milliseconds` (-1: for ever).
int media_poll_wait(int poll, uint64_t *tokens, int limit, int milliseconds);

// A bell another thread rings: readable until answered.
int media_bell_make(int is_blocking);
void media_bell_ring(int bell);
void media_bell_answer(int bell);

// A clock that ticks every so many nanoseconds; 0 stops it.
int media_ticker_make(void);
int media_ticker_set(int ticker, uint64_t nanoseconds);
// Ticks since the last time this was asked.
uint64_t media_ticker_read(int ticker);

// What the calling thread is called in tools; 15 octets at most.
void media_name_thread(const char *name);

// Sleeps for so many nanoseconds, or a little longer.
void media_pause(uint64_t nanoseconds);
// Nanoseconds of the monotonic clock.
uint64_t media_now(void);
// Octets from the system's random source; 0 or -errno.
int media_random(uint8_t *octets, size_t count);
#endif
