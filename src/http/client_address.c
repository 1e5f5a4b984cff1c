/* client_address.c - who really asks, behind proxies that may be believed */
#include "client_address.h"

#include "keel/core/config.h"
#include "keel/core/network.h"
#include "keel/http/request.h"

#include <string.h>

static bool check_networks(struct scope *scope, const char *variable, const char *networks)
{
    size_t length;

    for (; (length = network_next(&networks)) > 0; networks += length) {
        if (!network_is_valid(networks, length))
            return fail(scope, ERR_VALIDATION, "%s: %.*s is no address or network", variable,
                        (int)length, networks);
    }
    return true;
}

bool request_check_settings(struct scope *scope)
{
    return check_networks(scope, "KEEL_TRUSTED_PROXIES", scope->config->trusted_proxies) &&
           check_networks(scope, "KEEL_METRICS_NETWORKS", scope->config->metrics_networks);
}

const char *client_address(struct scope *scope, const char *remote, const char *forwarded)
{
    const char *trusted = scope->config->trusted_proxies;
    const char *client = remote ? remote : "";

    if (!forwarded || !*trusted || !network_holds(trusted, client))
        return client;
    for (const char *end = forwarded + strlen(forwarded); end > forwarded;) {
        const char *start = end;

        while (start > forwarded && start[-1] != ',')
            start--;
        size_t length = (size_t)(end - start);
        size_t blanks = strspn(start, " \t");
        char *entry = scope_copy(scope, start + blanks, length - blanks);

        if (!entry)
            return client;
        entry[strcspn(entry, " \t")] = '\0';
        if (!network_is_address(entry))
            return client;
        client = entry;
        if (!network_holds(trusted, client))
            return client;
        end = start > forwarded ? start - 1 : forwarded;
    }
    return client;
}
