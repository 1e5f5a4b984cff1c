/* jwks.c - the public keys of access tokens, for whoever verifies them elsewhere */
#include "keel/http/conditional.h"
#include "keel/services/token_keys.h"

static bool get_keys(struct exchange *exchange)
{
    const struct key_set *keys;

    if (!token_keys_now(&exchange->scope, &keys))
        return false;
    buffer_add_text(&exchange->response.data, keys->jwks);
    return conditional_document(exchange);
}

static const struct route routes[] = {
    {"jwks.get", GET, "/.well-known/jwks.json", get_keys, ACCESS_PUBLIC, .rate = RATE_READ,
     .media_type = "application/json", .flags = ROUTE_NO_DATABASE | ROUTE_NO_CREDENTIALS,
     .cache = CACHE_MINUTES, .success = 200,
     .summary = "The public keys of access tokens (RFC 7517); none where they are signed with a "
                "shared secret."},
};

extern const struct module module_jwks;
const struct module module_jwks = {
    .name = "jwks", .doc = "The keys that access tokens are verified with.", ROUTES(routes)};
