/* Counts what a program asks of malloc, for allocations per call. Preloaded by `run`; the count stands in the first eight bytes of the
 * file named by STROWGER_COUNT_FILE, so that the bench reads it without disturbing the program. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static _Atomic uint64_t unseen;
static _Atomic uint64_t *count = &unseen;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("STROWGER_COUNT_FILE");
  int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) count = page;
  close(file);
}

static void one(void) { atomic_fetch_add_explicit(count, 1, memory_order_relaxed); }

void *malloc(size_t size) {
  one();
  return __libc_malloc(size);
}
void *calloc(size_t items, size_t size) {
  one();
  return __libc_calloc(items, size);
}
void *realloc(void *old, size_t size) {
  one();
  return __libc_realloc(old, size);
}
void *memalign(size_t alignment, size_t size) {
  one();
  return __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  one();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **out, size_t alignment, size_t size) {
  one();
  *out = __libc_memalign(alignment, size);
  return *out ? 0 : ENOMEM;
}
