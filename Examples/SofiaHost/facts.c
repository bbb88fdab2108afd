/* Facts on disk: a journal of rows under keys, written anew at each start. A host with a database has a table instead. */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 100000, LONGEST_KEY = 128, LONGEST_ROW = 65536 };

typedef struct {
  uint32_t key_length, row_length; /* Without a row the key is deleted. */
} head;

static int write_fact(FILE *file, const strowger_fact *fact) {
  head lengths = {(uint32_t)fact->key_length, fact->row ? (uint32_t)fact->row_length : 0};
  return fwrite(&lengths, sizeof lengths, 1, file) == 1 && fwrite(fact->key, 1, lengths.key_length, file) == lengths.key_length &&
         (!fact->row || fwrite(fact->row, 1, lengths.row_length, file) == lengths.row_length);
}

int facts_keep(host *h, const strowger_fact *fact) { return h->facts && write_fact(h->facts, fact); }

int facts_commit(host *h) { return h->facts && fflush(h->facts) == 0 && fdatasync(fileno(h->facts)) == 0; }

static strowger_fact *rows;
static size_t count;

static void forget(size_t i) {
  free((void *)rows[i].key);
  free((void *)rows[i].row);
  rows[i] = rows[--count];
}

static void replay(uint8_t *key, const head *lengths, uint8_t *row) {
  for (size_t i = 0; i < count; i++)
    if (rows[i].key_length == lengths->key_length && !memcmp(rows[i].key, key, lengths->key_length)) {
      forget(i);
      break;
    }
  if (lengths->row_length && count < MOST) {
    rows[count++] = (strowger_fact){.size = sizeof rows[0], .key = key, .key_length = lengths->key_length, .row = row,
                                    .row_length = lengths->row_length};
    return;
  }
  free(key);
  free(row);
}

/* A row that a crash has cut short is the last one, and was confirmed to nobody. */
static void read_journal(FILE *file) {
  head lengths;
  while (fread(&lengths, sizeof lengths, 1, file) == 1 && lengths.key_length <= LONGEST_KEY && lengths.row_length <= LONGEST_ROW) {
    uint8_t *key = malloc(lengths.key_length + 1), *row = malloc(lengths.row_length + 1);
    if (!key || !row || fread(key, 1, lengths.key_length, file) != lengths.key_length ||
        fread(row, 1, lengths.row_length, file) != lengths.row_length) {
      free(key);
      free(row);
      return;
    }
    replay(key, &lengths, row);
  }
}

int facts_open(host *h) {
  char fresh[4096];
  rows = calloc(MOST, sizeof *rows);
  if (!rows || snprintf(fresh, sizeof fresh, "%s.new", h->facts_path) >= (int)sizeof fresh) return 0;
  FILE *old = fopen(h->facts_path, "r");
  if (old) {
    read_journal(old);
    fclose(old);
  }
  h->facts = fopen(fresh, "w");
  for (size_t i = 0; h->facts && i < count; i++) write_fact(h->facts, &rows[i]);
  if (facts_commit(h) && rename(fresh, h->facts_path) == 0) return 1;
  perror(h->facts_path);
  return 0;
}

void facts_restore(host *h) {
  size_t rejected = 0;
  h->is_restoring = 1;
  int result = strowger_restore(h->exchange, rows, count, &rejected);
  if (result != STROWGER_OK || rejected) fprintf(stderr, "facts: %s, %zu rejected\n", strowger_result_text(result), rejected);
  host_settle(h);
  h->is_restoring = 0;
  while (count) forget(count - 1);
  free(rows);
}
