/* The host's media server: G.711, a tick each 20 ms. Everybody in a room hears the others, and two legs that talk by way of the mixer are
 * a room of two. Who waits hears silence. */
#include "host.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

enum { PORTS = 64, FIRST_PORT = 42000, SAMPLES = 160, MARKER = 0x80 };

typedef struct {
  uint64_t channel; /* 0: the place is free. */
  uint64_t other;   /* Whose phone it hears, where the feed is WITH. */
  int socket;
  struct sockaddr_in to;
  int sends, payload, is_alaw, packets;
  uint16_t sequence;
  uint32_t stamp, source;
  strowger_goal feed;
  int16_t heard[SAMPLES];
  int age; /* Ticks since the phone was heard. */
} port;

static port ports[PORTS];
static host *owner;

/* ITU-T G.711 */
static int16_t decode(uint8_t octet, int is_alaw) {
  octet = is_alaw ? octet ^ 0x55 : (uint8_t)~octet;
  int sign = octet & 0x80, exponent = octet >> 4 & 7, value;
  if (is_alaw) value = exponent ? ((octet & 15) * 16 + 0x108) << (exponent - 1) : (octet & 15) * 16 + 8;
  else value = (((octet & 15) * 8 + 0x84) << exponent) - 0x84;
  return (int16_t)(is_alaw == !sign ? -value : value);
}

static uint8_t encode(int sample, int is_alaw) {
  int is_negative = sample < 0, exponent = 7;
  int value = is_negative ? -sample : sample;
  if (value > 32635) value = 32635;
  if (!is_alaw) value += 0x84;
  for (int mask = 0x4000; exponent > 0 && !(value & mask); mask >>= 1) exponent--;
  int mantissa = value >> (is_alaw && !exponent ? 4 : exponent + 3) & 15;
  uint8_t octet = (uint8_t)(exponent << 4 | mantissa);
  if (is_alaw) return (uint8_t)((is_negative ? octet : octet | 0x80) ^ 0x55);
  return (uint8_t)~(is_negative ? octet | 0x80 : octet);
}

static port *find(uint64_t channel) {
  for (int i = 0; i < PORTS; i++)
    if (ports[i].channel == channel) return &ports[i];
  return NULL;
}

/* What has come from the phone: the newest packet counts, since both sides have the same clock rate. */
static void listen_to(port *p) {
  uint8_t packet[1500];
  ssize_t length;
  p->age++;
  while ((length = recv(p->socket, packet, sizeof packet, MSG_DONTWAIT)) > 0) {
    int payload = length > 12 ? packet[1] & 0x7f : -1;
    size_t start = 12 + 4u * (packet[0] & 15);
    if ((payload != 0 && payload != 8) || (packet[0] & 0xd0) != 0x80 || (size_t)length < start + SAMPLES) continue;
    for (int i = 0; i < SAMPLES; i++) p->heard[i] = decode(packet[start + (size_t)i], payload == 8);
    p->age = 0;
  }
}

static int hears(const port *p, const port *other) {
  if (p == other || !other->channel || other->age > 2) return 0;
  if (p->feed.kind == STROWGER_GOAL_WITH) return p->other == other->channel;
  return p->feed.kind == STROWGER_GOAL_ROOM && other->feed.kind == STROWGER_GOAL_ROOM && p->feed.value == other->feed.value;
}

static void speak_to(port *p) {
  uint8_t packet[12 + SAMPLES] = {0x80};
  int sum[SAMPLES] = {0};
  if (!p->sends || p->to.sin_port == 0) return;
  for (int i = 0; i < PORTS; i++)
    if (hears(p, &ports[i]))
      for (int k = 0; k < SAMPLES; k++) sum[k] += ports[i].heard[k];
  packet[1] = (uint8_t)(p->payload | (p->packets++ ? 0 : MARKER));
  p->sequence++;
  p->stamp += SAMPLES;
  packet[2] = (uint8_t)(p->sequence >> 8), packet[3] = (uint8_t)p->sequence;
  for (int i = 0; i < 4; i++) packet[4 + i] = (uint8_t)(p->stamp >> (24 - 8 * i)), packet[8 + i] = (uint8_t)(p->source >> (24 - 8 * i));
  for (int k = 0; k < SAMPLES; k++) packet[12 + k] = encode(sum[k] > 32767 ? 32767 : sum[k] < -32768 ? -32768 : sum[k], p->is_alaw);
  sendto(p->socket, packet, sizeof packet, MSG_DONTWAIT, (struct sockaddr *)&p->to, sizeof p->to);
}

static void tick(host *h, su_timer_t *timer, su_timer_arg_t *argument) {
  (void)h, (void)timer, (void)argument;
  for (int i = 0; i < PORTS; i++)
    if (ports[i].channel) listen_to(&ports[i]);
  for (int i = 0; i < PORTS; i++)
    if (ports[i].channel) speak_to(&ports[i]);
}

int mixer_start(host *h) {
  owner = h;
  su_timer_t *timer = su_timer_create(su_root_task(h->root), 20);
  return timer && su_timer_set_for_ever(timer, tick, NULL) == 0;
}

/* The first free even port of the host's own address. */
static int open_socket(const host *h, uint16_t *number) {
  static uint16_t next = FIRST_PORT;
  struct sockaddr_in address = {.sin_family = AF_INET};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  inet_pton(AF_INET, h->address, &address.sin_addr);
  for (int i = 0; fd >= 0 && i < 1000; i++) {
    *number = next;
    next = next >= FIRST_PORT + 2000 ? FIRST_PORT : (uint16_t)(next + 2);
    address.sin_port = htons(*number);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  }
  if (fd >= 0) close(fd);
  return -1;
}

void mixer_open(host *h, uint64_t channel) {
  port *p = find(0);
  uint16_t number = 0;
  int fd = p ? open_socket(h, &number) : -1;
  if (fd < 0) {
    host_negotiate(h, (strowger_session_event){.kind = STROWGER_SESSION_NOT_OPENED, .channel = channel});
    return;
  }
  *p = (port){.channel = channel, .socket = fd, .source = (uint32_t)(channel * 2654435761u), .age = 99};
  host_negotiate(h, (strowger_session_event){.kind = STROWGER_SESSION_OPENED, .channel = channel, .port = number});
}

/* Speaks whichever G.711 the phone likes better. */
void mixer_aim(const strowger_session_order *order) {
  port *p = find(order->channel);
  if (!p) return;
  p->sends = 0;
  p->to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)order->port)};
  if (!order->address || inet_pton(AF_INET, order->address, &p->to.sin_addr) != 1) return;
  for (size_t i = 0; i < order->format_count && !p->sends; i++) {
    if (order->formats[i].codec > STROWGER_CODEC_PCMA) continue;
    p->is_alaw = order->formats[i].codec == STROWGER_CODEC_PCMA;
    p->payload = (int)order->formats[i].payload;
    p->sends = (int)order->sends;
    if (!p->sends) return;
  }
}

void mixer_feed(const strowger_session_order *order) {
  port *p = find(order->channel);
  if (!p) return;
  p->feed = order->feed;
  p->other = order->other_channel;
  /* There is nothing to play: what is heard once is over at once. */
  if (p->feed.kind == STROWGER_GOAL_ANNOUNCEMENT || p->feed.kind == STROWGER_GOAL_PLAYBACK)
    host_negotiate(owner, (strowger_session_event){.kind = STROWGER_SESSION_FINISHED, .channel = order->channel, .goal = order->feed});
}

void mixer_shut(uint64_t channel) {
  port *p = find(channel);
  if (!p) return;
  close(p->socket);
  *p = (port){0};
}
