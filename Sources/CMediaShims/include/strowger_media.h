// Batched datagrams: recvmmsg and sendmmsg with their structures kept in C, where sockaddr unions and control
// messages are no trouble.
#ifndef STROWGER_MEDIA_H
#define STROWGER_MEDIA_H
#include <stdint.h>
#include <stddef.h>
#endif
