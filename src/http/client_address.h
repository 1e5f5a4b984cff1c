/* client_address.h - who really asks, behind proxies that may be believed */
#ifndef KEEL_HTTP_CLIENT_ADDRESS_H
#define KEEL_HTTP_CLIENT_ADDRESS_H

#include "keel/core/scope.h"

/*
 * The client's address: `remote`, or, where that is a trusted proxy (setting trusted_proxies), the
 * rightmost address of `forwarded` that is none. Everything further left is the client's own word.
 * Never NULL.
 */
const char *client_address(struct scope *scope, const char *remote, const char *forwarded);

/*
 * Claim: `address` (IPv4 or IPv6) lies in one of the space-separated networks, e.g. "10.0.0.0/8
 * ::1".
 */
bool address_is_in(const char *address, const char *networks);

#endif
