/* network.h - IP addresses, and the networks (CIDR) that they lie in */
#ifndef KEEL_CORE_NETWORK_H
#define KEEL_CORE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

/* Claim: an IPv4 or IPv6 address as inet_pton(3) reads it. */
bool network_is_address(const char *text);

/* Claim: "address" or "address/bits"; bits behind those that count do not matter. */
bool network_is_valid(const char *text, size_t length);

/*
 * The length of the next of a list's entries, which spaces or commas part, and `*at` moved to it; 0
 * at the end.
 */
size_t network_next(const char **at);

/*
 * Claim: `address` lies in one of the listed networks, e.g. "10.0.0.0/8 ::1". One that is no
 * network holds nothing. An IPv4 address written as IPv6 (::ffff:10.0.0.1) is that IPv4 address.
 */
bool network_holds(const char *networks, const char *address);

#endif
