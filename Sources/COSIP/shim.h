// The SIP grammar of libosip2 (its parser library only; transactions are ours).
#ifndef STROWGER_COSIP_H
#define STROWGER_COSIP_H
#include <time.h>
#include <stdlib.h>
#include <stdio.h>
#include <osipparser2/osip_port.h>
#include <osipparser2/osip_parser.h>
#include <osipparser2/osip_message.h>
#endif
