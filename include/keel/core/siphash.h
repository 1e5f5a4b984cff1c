/* siphash.h - SipHash-2-4: a hash whose collisions only its key tells */
#ifndef KEEL_CORE_SIPHASH_H
#define KEEL_CORE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_SIZE 16

/*
 * Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012). Without the key its values can
 * neither be told nor made, so it signs what is short-lived, too.
 */
uint64_t siphash(const uint8_t key[SIPHASH_KEY_SIZE], const void *bytes, size_t length);

#endif
