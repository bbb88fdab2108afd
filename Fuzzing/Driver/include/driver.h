#pragma once

#include <stddef.h>
#include <stdint.h>

/// libFuzzer's own loop, in the program's arguments' way of saying things (https://llvm.org/docs/LibFuzzer.html#options).
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*target)(const uint8_t *octets, size_t count));
