#define _GNU_SOURCE
#include "load.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static struct sockaddr_in at(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return address;
}

int load_open(load_phone *phones, int count) {
  for (int i = 0; i < count; i++) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = at(0);
    socklen_t length = sizeof address;
    if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) return -1;
    getsockname(descriptor, (struct sockaddr *)&address, &length);
    phones[i] = (load_phone){.descriptor = descriptor, .port = ntohs(address.sin_port), .sequence = 1};
  }
  return 0;
}

void load_close(load_phone *phones, int count) {
  for (int i = 0; i < count; i++) close(phones[i].descriptor);
}

static void take(load_phone *phone, int stamped, load_result *result) {
  uint8_t octets[2048];
  ssize_t length;
  while ((length = recv(phone->descriptor, octets, sizeof octets, 0)) > 0) {
    uint64_t time = now(), began;
    result->received++;
    if (stamped && length >= 20) {
      memcpy(&began, octets + 12, 8);
      if (time - began > 20000000) result->late++;
    } else if (!stamped) {
      if (phone->last && time - phone->last > 40000000) result->late++;
      phone->last = time;
    }
  }
}

load_result load_run(load_phone *phones, int count, int milliseconds, int stamped) {
  load_result result = {0, 0, 0, 0};
  int poll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < count; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    epoll_ctl(poll, EPOLL_CTL_ADD, phones[i].descriptor, &event);
    struct sockaddr_in address = at(phones[i].target);
    connect(phones[i].descriptor, (struct sockaddr *)&address, sizeof address);
    phones[i].last = 0;
  }
  struct epoll_event events[256];
  uint8_t octets[172];
  for (int i = 12; i < 172; i++) octets[i] = (uint8_t)(random() & 0xff);
  uint64_t start = now();
  // Each millisecond a twentieth of the phones; then what has come. At the end 100 ms for what is under way.
  for (int step = 0; step < milliseconds + 100; step++) {
    for (int i = step % 20; step < milliseconds && i < count; i += 20) {
      load_phone *phone = &phones[i];
      uint32_t timestamp = htonl((uint32_t)phone->sequence * 160), ssrc = htonl((uint32_t)i + 1);
      octets[0] = 0x80;
      octets[1] = 0;
      octets[2] = (uint8_t)(phone->sequence >> 8);
      octets[3] = (uint8_t)phone->sequence++;
      memcpy(octets + 4, &timestamp, 4);
      memcpy(octets + 8, &ssrc, 4);
      if (stamped) {
        uint64_t time = now();
        memcpy(octets + 12, &time, 8);
      }
      if (send(phone->descriptor, octets, sizeof octets, 0) > 0) result.sent++;
    }
    do {
      int64_t left = (int64_t)(start + (uint64_t)(step + 1) * 1000000) - (int64_t)now();
      int ready = epoll_wait(poll, events, 256, left > 1000000 ? 1 : 0);
      for (int i = 0; i < ready; i++) take(&phones[events[i].data.u32], stamped, &result);
      if (!ready && left > 50000) usleep((useconds_t)(left / 1000 > 300 ? 300 : left / 1000));
    } while (now() < start + (uint64_t)(step + 1) * 1000000);
  }
  result.elapsed = now() - start;
  close(poll);
  return result;
}
