/* monitor.c - lets monitoring systems in: they are to see most when the rest does not work */
#include "keel/core/network.h"
#include "keel/core/secret.h"
#include "stages.h"

#include <string.h>

/*
 * Claim: it came to our web server directly. Behind a proxy on this machine everybody's address is
 * this machine's, so who comes through one has to show a token.
 */
static bool is_direct(const struct transport *transport)
{
    static const char *const marks[] = {"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA",
                                        "HTTP_X_REAL_IP"};

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (transport_variable(transport, marks[i]))
            return false;
    }
    return true;
}

static bool has_token(const struct exchange *exchange)
{
    const char *expected = exchange->app->config.metrics_token;
    const char *token = bearer_token(exchange->request.authorization);

    return *expected && token && strlen(token) == strlen(expected) &&
           secret_equals(token, expected, strlen(expected));
}

bool stage_monitor(struct exchange *exchange)
{
    const char *networks = exchange->app->config.metrics_networks;

    if (exchange->route->flags & ROUTE_MONITOR)
        exchange->is_monitor = (network_holds(networks, exchange->request.client_address) &&
                                is_direct(exchange->transport)) ||
                               has_token(exchange);
    return true;
}
