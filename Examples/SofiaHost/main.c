/* sofia-host --listen 127.0.0.1:5060 --plan Office.xml --stations Stations.conf --facts Office.facts */
#include "host.h"

#include <signal.h>
#include <sofia-sip/su_log.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: sofia-host [--listen ADDRESS:PORT] [--plan FILE] [--stations FILE] [--facts FILE]\n";

/* Sofia's own log, and that of its user agent. */
extern su_log_t nua_log[];

static host *running;

static void stop(int signal) {
  (void)signal;
  if (running) su_root_break(running->root);
}

static int read_options(host *h, int count, char *words[], const char **plan, const char **stations, char *listen, size_t room) {
  for (int i = 1; i < count; i++) {
    if (i + 1 == count) return 0;
    if (!strcmp(words[i], "--listen")) snprintf(listen, room, "%s", words[++i]);
    else if (!strcmp(words[i], "--plan")) *plan = words[++i];
    else if (!strcmp(words[i], "--stations")) *stations = words[++i];
    else if (!strcmp(words[i], "--facts")) h->facts_path = words[++i];
    else return 0;
  }
  char *colon = strrchr(listen, ':');
  if (!colon) return 0;
  *colon = 0;
  h->address = listen;
  h->port = (unsigned)strtoul(colon + 1, NULL, 10);
  return h->port > 0 && h->port < 65536;
}

static int open_sip(host *h) {
  char url[120];
  snprintf(url, sizeof url, "sip:%s:%u", h->address, h->port);
  /* Bodies are ours: Sofia shall neither read nor make descriptions, nor answer or acknowledge before it is told to. */
  h->nua = nua_create(h->root, calls_event, h, NUTAG_URL(url), NUTAG_MEDIA_ENABLE(0), NUTAG_AUTOACK(0), NUTAG_AUTOANSWER(0),
                      NUTAG_AUTOALERT(0), NUTAG_SESSION_TIMER(0), NUTAG_EARLY_MEDIA(0), NUTAG_APPL_METHOD("REGISTER"), NUTAG_APPL_METHOD("REFER"),
                      SIPTAG_ALLOW_STR("INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, REFER, NOTIFY"), SIPTAG_SUPPORTED(NULL),
                      SIPTAG_USER_AGENT_STR("SofiaHost"), TAG_END());
  return h->nua != NULL;
}

static void at_minute(host *h, su_timer_t *timer, su_timer_arg_t *argument) {
  (void)timer, (void)argument;
  registrar_expire(h);
  host_settle(h);
}

int main(int count, char *words[]) {
  static host h;
  static char listen[80] = "127.0.0.1:5060";
  const char *plan = "Office.xml", *stations = "Stations.conf";
  h.facts_path = "Office.facts";
  if (!read_options(&h, count, words, &plan, &stations, listen, sizeof listen)) {
    fputs(usage, stderr);
    return 2;
  }
  su_init();
  su_log_set_level(su_log_default, 0);
  su_log_set_level(nua_log, 0);
  su_home_init(h.home);
  h.root = su_root_create(&h);
  if (!h.root || !facts_open(&h) || !host_open_exchange(&h, plan) || !registrar_open(&h, stations) || !mixer_start(&h)) return 1;
  facts_restore(&h);
  if (!open_sip(&h)) {
    fprintf(stderr, "sofia-host: %s:%u is taken\n", h.address, h.port);
    return 1;
  }
  h.minute = su_timer_create(su_root_task(h.root), 10000);
  su_timer_set_for_ever(h.minute, at_minute, NULL);
  running = &h;
  signal(SIGTERM, stop);
  signal(SIGINT, stop);
  ladder_note("open");
  su_root_run(h.root);
  nua_shutdown(h.nua);
  su_root_run(h.root);
  strowger_destroy(h.exchange);
  return 0;
}
