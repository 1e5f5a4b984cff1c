/* client_address.c - who really asks, behind proxies that may be believed */
#include "client_address.h"

#include "keel/core/config.h"
#include "keel/core/text.h"
#include "keel/http/request.h"

#include <arpa/inet.h>
#include <string.h>

struct address {
    unsigned char bytes[16];
    unsigned bits; /* 32 or 128 */
};

static bool parse_address(const char *text, struct address *address)
{
    if (inet_pton(AF_INET, text, address->bytes) == 1)
        address->bits = 32;
    else if (inet_pton(AF_INET6, text, address->bytes) == 1)
        address->bits = 128;
    else
        return false;
    return true;
}

static bool has_prefix(const struct address *address, const struct address *network, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned rest = bits % 8;

    if (address->bits != network->bits || memcmp(address->bytes, network->bytes, whole) != 0)
        return false;
    return rest == 0 || (address->bytes[whole] ^ network->bytes[whole]) >> (8 - rest) == 0;
}

/* Longer than any network in text form. */
#define NETWORK_SIZE 64

/* Reads one "address" or "address/bits" of `length` characters. */
static bool parse_network(const char *text, size_t length, struct address *base, unsigned *bits)
{
    char network[NETWORK_SIZE];
    int64_t given;

    if (length >= sizeof network)
        return false;
    memcpy(network, text, length);
    network[length] = '\0';
    char *slash = strchr(network, '/');

    if (slash)
        *slash = '\0';
    if (!parse_address(network, base))
        return false;
    given = base->bits;
    if (slash &&
        (!text_to_int(slash + 1, strlen(slash + 1), &given) || given < 0 || given > base->bits))
        return false;
    *bits = (unsigned)given;
    return true;
}

/* The length of the next of a list's entries, which spaces or commas part; 0 at the end. */
static size_t next_entry(const char **at)
{
    *at += strspn(*at, " ,");
    return strcspn(*at, " ,");
}

bool address_is_in(const char *address, const char *networks)
{
    struct address parsed, base;
    unsigned bits;
    size_t length;

    if (!parse_address(address, &parsed))
        return false;
    for (; (length = next_entry(&networks)) > 0; networks += length) {
        if (parse_network(networks, length, &base, &bits) && has_prefix(&parsed, &base, bits))
            return true;
    }
    return false;
}

bool request_check_settings(struct scope *scope)
{
    const char *networks = scope->config->trusted_proxies;
    struct address base;
    unsigned bits;
    size_t length;

    for (; (length = next_entry(&networks)) > 0; networks += length) {
        if (!parse_network(networks, length, &base, &bits))
            return fail(scope, ERR_VALIDATION,
                        "KEEL_TRUSTED_PROXIES: %.*s is no address or network", (int)length,
                        networks);
    }
    return true;
}

const char *client_address(struct scope *scope, const char *remote, const char *forwarded)
{
    const char *trusted = scope->config->trusted_proxies;
    const char *client = remote ? remote : "";
    struct address parsed;

    if (!forwarded || !*trusted || !address_is_in(client, trusted))
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
        if (!parse_address(entry, &parsed))
            return client;
        client = entry;
        if (!address_is_in(client, trusted))
            return client;
        end = start > forwarded ? start - 1 : forwarded;
    }
    return client;
}
