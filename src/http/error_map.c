/* error_map.c - the one table from an error's kind to its HTTP status, code and meaning */
#include "keel/http/response.h"

static const struct {
    int status;
    const char *code;
    const char *meaning;
} map[ERR_KIND_COUNT] = {
    [ERR_NONE] = {500, "INTERNAL_ERROR", "Nothing went wrong."},
    [ERR_VALIDATION] = {400, "VALIDATION_ERROR",
                        "A field, a parameter or a header is wrong; details name each of them."},
    [ERR_MALFORMED] = {400, "MALFORMED_REQUEST",
                       "The address or the body is not what it claims to be."},
    [ERR_UNAUTHORIZED] = {401, "UNAUTHORIZED", "No credentials, or none that are valid."},
    [ERR_FORBIDDEN] = {403, "FORBIDDEN", "The caller is known and lacks the permission."},
    [ERR_NOT_FOUND] = {404, "NOT_FOUND", "Nothing is at this address."},
    [ERR_METHOD_NOT_ALLOWED] =
        {405, "METHOD_NOT_ALLOWED",
         "The address does not take this method; Allow names those it takes."},
    [ERR_CONFLICT] = {409, "CONFLICT",
                      "Something that is there already says no, or the state forbids this step."},
    [ERR_PRECONDITION_FAILED] = {412, "PRECONDITION_FAILED",
                                 "It has been changed since the version that If-Match names."},
    [ERR_TOO_LARGE] = {413, "PAYLOAD_TOO_LARGE", "The body is over the limit."},
    [ERR_MEDIA_TYPE] = {415, "UNSUPPORTED_MEDIA_TYPE",
                        "The body has another Content-Type than the one taken here."},
    [ERR_IDEMPOTENCY_MISMATCH] = {422, "IDEMPOTENCY_MISMATCH",
                                  "The Idempotency-Key was used with another request."},
    [ERR_PRECONDITION_REQUIRED] = {428, "PRECONDITION_REQUIRED",
                                   "This instance wants If-Match here."},
    [ERR_RATE_LIMITED] = {429, "RATE_LIMITED",
                          "Too many requests; Retry-After says how long to wait."},
    [ERR_INTERNAL] = {500, "INTERNAL_ERROR",
                      "Something went wrong on our side; the log has it under the request id."},
    [ERR_UNAVAILABLE] = {503, "SERVICE_UNAVAILABLE",
                         "The service or its database is away or overloaded; try again."},
    [ERR_TIMEOUT] = {504, "TIMEOUT", "The database took too long."},
};

int error_status(enum error_kind kind)
{
    return map[kind].status;
}

const char *error_code(enum error_kind kind)
{
    return map[kind].code;
}

const char *error_meaning(enum error_kind kind)
{
    return map[kind].meaning;
}
