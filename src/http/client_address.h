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

#endif
