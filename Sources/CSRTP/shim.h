// SRTP and SRTCP (RFC 3711) of libsrtp2.
#ifndef STROWGER_CSRTP_H
#define STROWGER_CSRTP_H
#include <srtp2/srtp.h>
#endif
