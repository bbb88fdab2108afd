/* What goes over the wire, one line for each message: station, direction, message, and what it says of voice. */
#include "host.h"

#include <string.h>

/* Address, port and direction of the first audio line. */
static void voice(const char *sdp, size_t length, char *out, size_t room) {
  char address[64] = "?", direction[16] = "sendrecv", media[16] = "?";
  const char *end = sdp + length;
  int is_media = 0;
  while (sdp < end) {
    const char *next = memchr(sdp, '\n', (size_t)(end - sdp));
    char text[200];
    size_t count = (size_t)((next ? next : end) - sdp);
    snprintf(text, sizeof text, "%.*s", (int)(count < sizeof text ? count : sizeof text - 1), sdp);
    if (!strncmp(text, "m=", 2) && is_media) break;
    if (sscanf(text, "m=audio %15[0-9]", media) == 1) is_media = 1;
    sscanf(text, "c=IN IP4 %63[0-9.]", address);
    if (!strncmp(text, "a=sendonly", 10) || !strncmp(text, "a=recvonly", 10) || !strncmp(text, "a=inactive", 10))
      snprintf(direction, sizeof direction, "%.8s", text + 2);
    sdp = next ? next + 1 : end;
  }
  snprintf(out, room, " [%s:%s %s]", address, media, direction);
}

void ladder(const char *label, char arrow, const char *what, const char *sdp, size_t length) {
  char text[128] = "";
  if (sdp) voice(sdp, length, text, sizeof text);
  printf("%-6s %c %s%s\n", label, arrow, what, text);
  fflush(stdout);
}

void ladder_note(const char *text) {
  printf("       * %s\n", text);
  fflush(stdout);
}
