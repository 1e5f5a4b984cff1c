/* transport.c - what every transport shares */
#include "keel/http/transport.h"

#include <string.h>

#define DRAIN_MIN (INT64_C(1) << 20)

int64_t transport_drain_limit(int64_t max_body_bytes)
{
    return max_body_bytes > DRAIN_MIN ? max_body_bytes : DRAIN_MIN;
}

const char *transport_variable(const struct transport *transport, const char *name)
{
    size_t length = strlen(name);

    for (char *const *variable = transport->environment; *variable; variable++) {
        if (strncmp(*variable, name, length) == 0 && (*variable)[length] == '=')
            return *variable + length + 1;
    }
    return NULL;
}
