/* error_map.c - the one table from an error's kind to its HTTP status and code */
#include "keel/http/response.h"

static const struct {
    int status;
    const char *code;
} map[ERR_KIND_COUNT] = {
    [ERR_NONE] = {500, "INTERNAL_ERROR"},
    [ERR_VALIDATION] = {400, "VALIDATION_ERROR"},
    [ERR_MALFORMED] = {400, "MALFORMED_REQUEST"},
    [ERR_UNAUTHORIZED] = {401, "UNAUTHORIZED"},
    [ERR_FORBIDDEN] = {403, "FORBIDDEN"},
    [ERR_NOT_FOUND] = {404, "NOT_FOUND"},
    [ERR_METHOD_NOT_ALLOWED] = {405, "METHOD_NOT_ALLOWED"},
    [ERR_CONFLICT] = {409, "CONFLICT"},
    [ERR_PRECONDITION_FAILED] = {412, "PRECONDITION_FAILED"},
    [ERR_TOO_LARGE] = {413, "PAYLOAD_TOO_LARGE"},
    [ERR_MEDIA_TYPE] = {415, "UNSUPPORTED_MEDIA_TYPE"},
    [ERR_IDEMPOTENCY_MISMATCH] = {422, "IDEMPOTENCY_MISMATCH"},
    [ERR_PRECONDITION_REQUIRED] = {428, "PRECONDITION_REQUIRED"},
    [ERR_RATE_LIMITED] = {429, "RATE_LIMITED"},
    [ERR_INTERNAL] = {500, "INTERNAL_ERROR"},
    [ERR_UNAVAILABLE] = {503, "SERVICE_UNAVAILABLE"},
    [ERR_TIMEOUT] = {504, "TIMEOUT"},
};

int error_status(enum error_kind kind)
{
    return map[kind].status;
}

const char *error_code(enum error_kind kind)
{
    return map[kind].code;
}
