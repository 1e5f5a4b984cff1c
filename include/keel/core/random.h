/* random.h - unpredictable bytes from the kernel */
#ifndef KEEL_CORE_RANDOM_H
#define KEEL_CORE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>

/* Fills `bytes` from getrandom(2). False only where the kernel has no such call. */
bool random_bytes(void *bytes, size_t length);

/* Writes 2 * `bytes` lower-case hexadecimal digits and a NUL; `bytes` at most 32. */
bool random_hex(char *text, size_t bytes);

#endif
