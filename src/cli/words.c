/* words.c - what people call the values of a route's row */
#include "words.h"

const char *words_of_access(const struct route *route)
{
    switch (route->access) {
    case ACCESS_PUBLIC:
        return "public";
    case ACCESS_SIGNED_IN:
        return "signed in";
    case ACCESS_PERMISSION:
        return route->permission;
    case ACCESS_UNSET:
        break;
    }
    return "unset";
}

const char *words_of_rate(enum rate_class rate)
{
    static const char *const names[RATE_CLASS_COUNT] = {
        [RATE_UNSET] = "unset", [RATE_FREE] = "free", [RATE_READ] = "read",
        [RATE_WRITE] = "write", [RATE_AUTH] = "auth",
    };

    return names[rate];
}
