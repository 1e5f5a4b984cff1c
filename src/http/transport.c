/* transport.c - looking up a variable of a request */
#include "keel/http/transport.h"

#include <string.h>

const char *transport_variable(const struct transport *transport, const char *name)
{
    size_t length = strlen(name);

    for (char *const *variable = transport->environment; *variable; variable++) {
        if (strncmp(*variable, name, length) == 0 && (*variable)[length] == '=')
            return *variable + length + 1;
    }
    return NULL;
}
