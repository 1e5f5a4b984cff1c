/* words.c - what people call the values of a route's row */
#include "words.h"

#include <string.h>

const char *words_of_access(const struct route *route)
{
    switch (route->access) {
    case ACCESS_PUBLIC:
        return "public";
    case ACCESS_ACCOUNT:
        return "account";
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

/* A name holds nothing that JSON would have to escape. */
const char *words_of_names(struct scope *scope, const char *json)
{
    char *text = scope_copy(scope, json, strlen(json));
    char *end = text;

    if (!text)
        return NULL;
    for (const char *at = text; *at; at++) {
        if (!strchr("[]\"", *at))
            *end++ = *at;
    }
    *end = '\0';
    return text;
}
