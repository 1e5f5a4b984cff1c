/* auth.c - who asks, and whether they may */
#include "keel/services/auth.h"
#include "stages.h"

#include <string.h>
#include <strings.h>

/* The scheme's case does not count (RFC 9110, 11.1). */
const char *bearer_token(const char *authorization)
{
    if (!authorization || strncasecmp(authorization, "Bearer", 6) != 0 || authorization[6] != ' ')
        return NULL;
    authorization += 6;
    return authorization + strspn(authorization, " ");
}

bool stage_auth(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;

    if (!exchange->request.authorization || exchange->is_monitor ||
        exchange->route->flags & (ROUTE_NO_CREDENTIALS | ROUTE_NO_DATABASE))
        return true;
    const char *token = bearer_token(exchange->request.authorization);

    if (!token || !*token)
        return fail(scope, ERR_UNAUTHORIZED, "Only Authorization: Bearer is understood");
    return auth_identify(scope, token, &scope->caller);
}

bool stage_permission(struct exchange *exchange)
{
    const struct route *route = exchange->route;
    struct scope *scope = &exchange->scope;

    if (route->access == ACCESS_PUBLIC || exchange->is_monitor)
        return true;
    if (!scope->caller)
        return fail(scope, ERR_UNAUTHORIZED, "Sign in to use this address");
    if (route->access == ACCESS_SIGNED_IN && scope->caller->api_key_id)
        return fail(scope, ERR_FORBIDDEN, "An API key cannot be used here; sign in");
    if (route->access == ACCESS_PERMISSION && !scope_may(scope, route->permission))
        return fail(scope, ERR_FORBIDDEN, "This needs the permission %s", route->permission);
    return true;
}
