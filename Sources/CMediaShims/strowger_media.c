#define _GNU_SOURCE
#include "strowger_media.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

// Room behind the octets: SRTP's longest trailer is 144 octets in libsrtp2.
#define TRAILER 160

struct media_inbox {
  struct mmsghdr messages[STROWGER_BATCH];
  struct iovec vectors[STROWGER_BATCH];
  struct sockaddr_storage sources[STROWGER_BATCH];
  uint8_t octets[STROWGER_BATCH][STROWGER_ROOM + TRAILER];
};

struct media_outbox {
  struct mmsghdr messages[STROWGER_BATCH];
  struct iovec vectors[STROWGER_BATCH];
  struct sockaddr_storage targets[STROWGER_BATCH];
  int count, descriptor;
  uint64_t unsent;
};

static socklen_t to_sockaddr(media_endpoint endpoint, struct sockaddr_storage *storage) {
  if (endpoint.is_v6) {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)storage;
    memset(six, 0, sizeof *six);
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(endpoint.port);
    for (int i = 0; i < 8; i++) {
      six->sin6_addr.s6_addr[i] = (uint8_t)(endpoint.high >> (56 - 8 * i));
      six->sin6_addr.s6_addr[8 + i] = (uint8_t)(endpoint.low >> (56 - 8 * i));
    }
    return sizeof *six;
  }
  struct sockaddr_in *four = (struct sockaddr_in *)storage;
  memset(four, 0, sizeof *four);
  four->sin_family = AF_INET;
  four->sin_port = htons(endpoint.port);
  four->sin_addr.s_addr = htonl((uint32_t)endpoint.low);
  return sizeof *four;
}

int media_udp_open(media_endpoint at) {
  int family = at.is_v6 ? AF_INET6 : AF_INET;
  int descriptor = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  int on = 1, expedited = 46 << 2;
  if (at.is_v6) {
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_TCLASS, &expedited, sizeof expedited);
  } else {
    setsockopt(descriptor, IPPROTO_IP, IP_TOS, &expedited, sizeof expedited);
  }
  struct sockaddr_storage storage;
  socklen_t length = to_sockaddr(at, &storage);
  if (bind(descriptor, (struct sockaddr *)&storage, length) < 0) {
    int error = errno;
    close(descriptor);
    return -error;
  }
  return descriptor;
}

int media_close(int descriptor) { return close(descriptor) < 0 ? -errno : 0; }

int media_has_descriptors(void) {
  int descriptor = dup(0);
  if (descriptor < 0) return errno != EMFILE && errno != ENFILE;
  close(descriptor);
  return 1;
}

media_inbox *media_inbox_make(void) {
  media_inbox *inbox = calloc(1, sizeof *inbox);
  if (!inbox) return NULL;
  for (int i = 0; i < STROWGER_BATCH; i++) {
    inbox->vectors[i] = (struct iovec){inbox->octets[i], STROWGER_ROOM};
    inbox->messages[i].msg_hdr.msg_iov = &inbox->vectors[i];
    inbox->messages[i].msg_hdr.msg_iovlen = 1;
    inbox->messages[i].msg_hdr.msg_name = &inbox->sources[i];
    inbox->messages[i].msg_hdr.msg_namelen = sizeof inbox->sources[i];
  }
  return inbox;
}

void media_inbox_free(media_inbox *inbox) { free(inbox); }

int media_receive(media_inbox *inbox, int descriptor) {
  int count = recvmmsg(descriptor, inbox->messages, STROWGER_BATCH, MSG_DONTWAIT, NULL);
  if (count >= 0) return count;
  // What ICMP reported for an earlier packet is no failure of the socket, and nothing to read is none at all.
  return errno == EAGAIN || errno == EINTR || errno == ECONNREFUSED ? 0 : -errno;
}

uint8_t *media_received(media_inbox *inbox, int index) { return inbox->octets[index]; }

int media_received_length(media_inbox *inbox, int index) {
  struct mmsghdr *message = &inbox->messages[index];
  int isCut = message->msg_hdr.msg_flags & MSG_TRUNC;
  // The system wrote over the room it was given for the address.
  message->msg_hdr.msg_namelen = sizeof inbox->sources[index];
  return isCut ? -1 : (int)message->msg_len;
}

media_endpoint media_received_from(media_inbox *inbox, int index) {
  media_endpoint endpoint = {0, 0, 0, 0};
  struct sockaddr_storage *storage = &inbox->sources[index];
  if (storage->ss_family == AF_INET) {
    struct sockaddr_in *four = (struct sockaddr_in *)storage;
    endpoint.low = ntohl(four->sin_addr.s_addr);
    endpoint.port = ntohs(four->sin_port);
  } else if (storage->ss_family == AF_INET6) {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)storage;
    for (int i = 0; i < 8; i++) {
      endpoint.high = endpoint.high << 8 | six->sin6_addr.s6_addr[i];
      endpoint.low = endpoint.low << 8 | six->sin6_addr.s6_addr[8 + i];
    }
    endpoint.port = ntohs(six->sin6_port);
    endpoint.is_v6 = 1;
  }
  return endpoint;
}

media_outbox *media_outbox_make(void) {
  media_outbox *outbox = calloc(1, sizeof *outbox);
  if (!outbox) return NULL;
  for (int i = 0; i < STROWGER_BATCH; i++) {
    outbox->messages[i].msg_hdr.msg_iov = &outbox->vectors[i];
    outbox->messages[i].msg_hdr.msg_iovlen = 1;
    outbox->messages[i].msg_hdr.msg_name = &outbox->targets[i];
  }
  return outbox;
}

void media_outbox_free(media_outbox *outbox) { free(outbox); }

void media_flush(media_outbox *outbox) {
  int sent = 0;
  while (sent < outbox->count) {
    int now = sendmmsg(outbox->descriptor, outbox->messages + sent, (unsigned)(outbox->count - sent), MSG_DONTWAIT);
    if (now > 0) {
      sent += now;
    } else {
      // The first of the rest was refused (no route, no room, an ICMP error of before): voice that is late is worthless, go on.
      if (errno == EINTR) continue;
      outbox->unsent++;
      sent++;
    }
  }
  outbox->count = 0;
}

void media_send(media_outbox *outbox, int descriptor, const uint8_t *octets, size_t count, media_endpoint to) {
  if (outbox->count && (outbox->descriptor != descriptor || outbox->count == STROWGER_BATCH)) media_flush(outbox);
  int index = outbox->count++;
  outbox->descriptor = descriptor;
  outbox->vectors[index] = (struct iovec){(void *)octets, count};
  outbox->messages[index].msg_hdr.msg_namelen = to_sockaddr(to, &outbox->targets[index]);
}

uint64_t media_unsent(media_outbox *outbox) {
  uint64_t unsent = outbox->unsent;
  outbox->unsent = 0;
  return unsent;
}

int media_poll_make(void) {
  int poll = epoll_create1(EPOLL_CLOEXEC);
  return poll < 0 ? -errno : poll;
}

int media_poll_add(int poll, int descriptor, uint64_t token) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = token};
  return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) < 0 ? -errno : 0;
}

void media_poll_tell(int poll, int descriptor, uint64_t token, int is_told) {
  struct epoll_event event = {.events = is_told ? EPOLLIN : 0, .data.u64 = token};
  epoll_ctl(poll, EPOLL_CTL_MOD, descriptor, &event);
}

int media_poll_wait(int poll, uint64_t *tokens, int limit, int milliseconds) {
  struct epoll_event events[256];
  if (limit > 256) limit = 256;
  int count = epoll_wait(poll, events, limit, milliseconds);
  if (count < 0) return errno == EINTR ? 0 : -errno;
  for (int i = 0; i < count; i++) tokens[i] = events[i].data.u64;
  return count;
}

int media_bell_make(int is_blocking) {
  int bell = eventfd(0, EFD_CLOEXEC | (is_blocking ? 0 : EFD_NONBLOCK));
  return bell < 0 ? -errno : bell;
}

void media_bell_ring(int bell) {
  uint64_t one = 1;
  while (write(bell, &one, sizeof one) < 0 && errno == EINTR) {}
}

void media_bell_answer(int bell) {
  uint64_t rings;
  while (read(bell, &rings, sizeof rings) < 0 && errno == EINTR) {}
}

int media_ticker_make(void) {
  int ticker = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  return ticker < 0 ? -errno : ticker;
}

int media_ticker_set(int ticker, uint64_t nanoseconds) {
  struct timespec every = {(time_t)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)};
  struct itimerspec both = {every, every};
  return timerfd_settime(ticker, 0, &both, NULL) < 0 ? -errno : 0;
}

uint64_t media_ticker_read(int ticker) {
  uint64_t ticks = 0;
  return read(ticker, &ticks, sizeof ticks) == (ssize_t)sizeof ticks ? ticks : 0;
}

void media_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void media_pause(uint64_t nanoseconds) {
  struct timespec time = {(time_t)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)};
  nanosleep(&time, NULL);
}

uint64_t media_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int media_random(uint8_t *octets, size_t count) {
  while (count) {
    ssize_t now = getrandom(octets, count, 0);
    if (now < 0) {
      if (errno == EINTR) continue;
      return -errno;
    }
    octets += now;
    count -= (size_t)now;
  }
  return 0;
}
