/* network.c - IP addresses, and the networks (CIDR) that they lie in */
#include "keel/core/network.h"

#include "keel/core/text.h"

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

bool network_is_address(const char *text)
{
    struct address ignored;

    return parse_address(text, &ignored);
}

/* A socket for both families shows an IPv4 client so; networks name it by its own address. */
static void unwrap(struct address *address)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

    if (address->bits != 128 || memcmp(address->bytes, mapped, sizeof mapped) != 0)
        return;
    memmove(address->bytes, address->bytes + sizeof mapped, 4);
    address->bits = 32;
}

static bool has_prefix(const struct address *address, const struct address *network, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned rest = bits % 8;

    if (address->bits != network->bits || memcmp(address->bytes, network->bytes, whole) != 0)
        return false;
    return rest == 0 || (address->bytes[whole] ^ network->bytes[whole]) >> (8 - rest) == 0;
}

/* Digits alone: text_to_int() takes "-0", too. */
static bool parse_bits(const char *text, unsigned most, unsigned *bits)
{
    size_t length = strlen(text);
    int64_t given;

    if (strspn(text, "0123456789") != length || !text_to_int(text, length, &given) || given > most)
        return false;
    *bits = (unsigned)given;
    return true;
}

/* Longer than any network in text form. */
#define NETWORK_SIZE 64

static bool parse_network(const char *text, size_t length, struct address *base, unsigned *bits)
{
    char network[NETWORK_SIZE];

    if (length >= sizeof network)
        return false;
    memcpy(network, text, length);
    network[length] = '\0';
    char *slash = strchr(network, '/');

    if (slash)
        *slash = '\0';
    if (!parse_address(network, base))
        return false;
    *bits = base->bits;
    return !slash || parse_bits(slash + 1, base->bits, bits);
}

bool network_is_valid(const char *text, size_t length)
{
    struct address base;
    unsigned bits;

    return parse_network(text, length, &base, &bits);
}

size_t network_next(const char **at)
{
    *at += strspn(*at, " ,");
    return strcspn(*at, " ,");
}

bool network_holds(const char *networks, const char *address)
{
    struct address parsed, base;
    unsigned bits;
    size_t length;

    if (!parse_address(address, &parsed))
        return false;
    unwrap(&parsed);
    for (; (length = network_next(&networks)) > 0; networks += length) {
        if (parse_network(networks, length, &base, &bits) && has_prefix(&parsed, &base, bits))
            return true;
    }
    return false;
}
