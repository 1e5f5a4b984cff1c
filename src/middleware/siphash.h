/* siphash.h - SipHash-2-4: a hash whose collisions only its key tells */
#ifndef KEEL_MIDDLEWARE_SIPHASH_H
#define KEEL_MIDDLEWARE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_SIZE 16

/* Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012). */
uint64_t siphash(const uint8_t key[SIPHASH_KEY_SIZE], const void *bytes, size_t length);

#endif
