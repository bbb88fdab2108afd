/* SofiaHost: a small PBX. Sofia-SIP speaks to the telephones, libstrowger decides what calls do. */
#ifndef SOFIA_HOST_H
#define SOFIA_HOST_H

#include <stdint.h>
#include <stdio.h>

/* Before Sofia's own headers: the type of what it hands back to us with each event. */
typedef struct host host;
typedef struct leg leg;
#define SU_ROOT_MAGIC_T host
#define NUA_MAGIC_T host
#define NUA_HMAGIC_T leg

#include <sofia-sip/auth_module.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/su.h>
#include <sofia-sip/su_wait.h>
#include <strowger.h>

enum { STATIONS = 200, DEVICES = 4 };

/* One telephone of a station: a Contact that it has registered. */
typedef struct {
  uint64_t device; /* 0: the place is free. */
  time_t until;
  char contact[256];
} binding;

typedef struct {
  char number[33];
  binding bindings[DEVICES];
} station;

/* Where a leg stands in SIP. What its call is up to is the exchange's business. */
typedef enum {
  LEG_DIALLING, /* The phone has sent an INVITE and waits for our final answer. */
  LEG_CALLING,  /* The phone has got an INVITE, or is about to. */
  LEG_TALKING,
  LEG_LEAVING,  /* Over for the exchange; Sofia is still saying goodbye. */
} leg_state;

struct leg {
  leg *next;
  strowger_leg number;
  nua_handle_t *handle;
  leg_state state;
  char label[40];       /* Who is at the far end, for the ladder. */
  char contact[256];    /* LEG_CALLING: where the INVITE goes. */
  char calling[40];     /* LEG_CALLING: the number that is shown. */
  char connected[40];   /* Whom the phone shall show as its party; empty: nobody new. */
  char diversion[512];  /* LEG_CALLING: Diversion, RFC 5806. */
};

struct host {
  su_home_t home[1];
  su_root_t *root;
  su_timer_t *clock, *minute;
  nua_t *nua;
  auth_mod_t *auth;
  strowger_exchange *exchange;
  const char *address, *facts_path;
  unsigned port;
  FILE *facts;
  int is_restoring;
  uint64_t last_device;
  leg *legs;
  size_t station_count;
  station stations[STATIONS];
};

/* exchange.c: events go in, directives come out. */
int64_t host_now(void);
int host_open_exchange(host *h, const char *plan);
int host_tell(host *h, strowger_event event);
int host_negotiate(host *h, strowger_session_event event);
void host_settle(host *h);

/* directives.c: what the kernel orders. sessions.c: what is to be said about voice. */
void host_carry_out(host *h, const strowger_directive *directive);
void host_carry_out_session(host *h, const strowger_session_order *order);

/* legs.c */
leg *leg_add(host *h, strowger_leg number, nua_handle_t *handle, leg_state state, const char *label);
leg *leg_find(host *h, strowger_leg number);
void leg_remove(host *h, leg *l);
/* Ends it for the exchange; says goodbye to the phone with `status` where it waits for an answer. */
void leg_leave(host *h, leg *l, int status, const char *phrase);

/* calls.c: what Sofia tells of INVITE, BYE and so on. */
void calls_event(nua_event_t event, int status, char const *phrase, nua_t *nua, host *h, nua_handle_t *handle, leg *l,
                 sip_t const *sip, tagi_t tags[]);

/* transfers.c: the transfer key, and what becomes of it. */
void transfers_request(host *h, leg *l, sip_t const *sip);
void transfers_report(host *h, leg *l, const strowger_directive *directive);

/* registrar.c */
int registrar_open(host *h, const char *stations);
void registrar_request(host *h, nua_handle_t *handle, sip_t const *sip);
void registrar_expire(host *h);
/* Whose digest a request carries; NULL: it was challenged or refused, and answered. */
station *registrar_caller(host *h, nua_handle_t *handle, sip_t const *sip);
station *registrar_station(host *h, const char *number);
binding *registrar_binding(station *s, uint64_t device);
/* The telephone that a request comes from; 0: one that has not registered. */
uint64_t registrar_device(host *h, station *s, sip_t const *sip);

/* facts.c: what must survive a restart. */
int facts_open(host *h);
void facts_restore(host *h);
int facts_keep(host *h, const strowger_fact *fact);
int facts_commit(host *h);

/* mixer.c: the host's media server, for rooms and for what held phones hear. */
void mixer_open(host *h, uint64_t channel);
void mixer_aim(const strowger_session_order *order);
void mixer_feed(const strowger_session_order *order);
void mixer_shut(uint64_t channel);
int mixer_start(host *h);

/* ladder.c: one line for each message, on the standard output. */
void ladder(const char *label, char arrow, const char *what, const char *sdp, size_t length);
void ladder_note(const char *text);

static inline strowger_digits host_digits(const char *text) {
  strowger_digits digits = {{0}};
  snprintf(digits.text, sizeof digits.text, "%s", text);
  return digits;
}

#endif
