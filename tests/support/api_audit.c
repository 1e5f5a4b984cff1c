/* api_audit.c - every write that succeeds leaves its entries in the audit log */
#include "api_parts.h"

#include <string.h>

/* Claim: something was carried out now; what an earlier request did, it has told. */
static bool is_done(struct api *api, const struct api_request *request,
                    const struct api_reply *reply)
{
    static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE"};

    if (reply->status >= 300 || !request->method || api_header(api, reply, "Idempotency-Replayed"))
        return false;
    for (size_t i = 0; i < COUNT(methods); i++) {
        if (strcmp(request->method, methods[i]) == 0)
            return true;
    }
    return false;
}

/* Other entries of this request's id are of earlier ones with the same. */
void api_audit_check(struct api *api, const struct api_request *request,
                     const struct api_reply *reply)
{
    if (!is_done(api, request, reply))
        return;
    bool is_bulk = reply->route->flags & ROUTE_BULK;
    size_t expected = is_bulk ? api_count(reply, "/data/results") : 1;
    const char *found = api_ask(
        api, api_format(api,
                        "SELECT count(*) FROM audit_log WHERE request_id = '%s' AND at = "
                        "(SELECT max(at) FROM audit_log WHERE request_id = '%s') AND "
                        "route = '%s' AND status = %d",
                        api_header(api, reply, "X-Request-Id"),
                        api_header(api, reply, "X-Request-Id"), reply->route->id, reply->status));

    if (strcmp(found, api_format(api, "%zu", expected)) != 0)
        unit_fail("%s left %s entries in the audit log, not %zu", reply->route->id, found,
                  expected);
}
