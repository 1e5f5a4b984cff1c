/* request.c - CGI variables to a request: pure, strict, fuzzed */
#include "keel/http/request.h"

#include "client_address.h"
#include "keel/core/config.h"
#include "keel/core/random.h"
#include "keel/core/text.h"
#include "uri.h"

#include <ctype.h>
#include <string.h>

/* What is looked up among the variables; found in one pass. */
struct variables {
    const char *method, *uri, *query, *type, *length, *remote, *forwarded;
    const char *authorization, *redirected_authorization, *origin, *agent, *id;
    const char *if_match, *if_none_match, *idempotency_key, *traceparent;
};

/* The name's length stands beside it: it tells most names apart at once. */
#define WANTED(name, member) name, sizeof(name) - 1, offsetof(struct variables, member)

static const struct {
    const char *name;
    size_t length;
    size_t offset;
    bool is_list; /* sent twice it is one list (RFC 9110, 5.3); of all others the first counts */
} wanted[] = {
    {WANTED("REQUEST_METHOD", method), false},
    {WANTED("REQUEST_URI", uri), false},
    {WANTED("QUERY_STRING", query), false},
    {WANTED("CONTENT_TYPE", type), false},
    {WANTED("CONTENT_LENGTH", length), false},
    {WANTED("REMOTE_ADDR", remote), false},
    {WANTED("HTTP_X_FORWARDED_FOR", forwarded), true},
    {WANTED("HTTP_AUTHORIZATION", authorization), false},
    {WANTED("REDIRECT_HTTP_AUTHORIZATION", redirected_authorization), false},
    {WANTED("HTTP_IF_MATCH", if_match), true},
    {WANTED("HTTP_IF_NONE_MATCH", if_none_match), true},
    {WANTED("HTTP_IDEMPOTENCY_KEY", idempotency_key), true},
    {WANTED("HTTP_ORIGIN", origin), false},
    {WANTED("HTTP_USER_AGENT", agent), false},
    {WANTED("HTTP_X_REQUEST_ID", id), false},
    {WANTED("HTTP_TRACEPARENT", traceparent), true},
};

/* What is wanted of this name; -1: nothing. */
static int find_wanted(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (wanted[i].length == length && memcmp(wanted[i].name, name, length) == 0)
            return (int)i;
    }
    return -1;
}

static bool take_variable(struct scope *scope, const char *name, const char *value,
                          struct variables *variables)
{
    int index = find_wanted(name, (size_t)(value - name) - 1);

    if (index < 0)
        return true;
    const char **slot = (const char **)((char *)variables + wanted[index].offset);

    if (!*slot)
        *slot = value;
    else if (wanted[index].is_list)
        *slot = scope_format(scope, "%s, %s", *slot, value);
    return *slot != NULL;
}

static bool read_variables(struct scope *scope, char *const *environment,
                           struct variables *variables)
{
    size_t count = 0, bytes = 0;

    for (; environment && *environment; environment++) {
        const char *equals = strchr(*environment, '=');

        if (++count > REQUEST_VARIABLE_MAX || (bytes += strlen(*environment)) > REQUEST_HEAD_MAX)
            return fail(scope, ERR_MALFORMED, "The request has too many or too long headers");
        if (equals && !take_variable(scope, *environment, equals + 1, variables))
            return false;
    }
    return true;
}

static const struct {
    const char *name;
    enum method method;
} methods[] = {
    {"GET", GET},     {"POST", POST},     {"PUT", PUT},
    {"PATCH", PATCH}, {"DELETE", DELETE}, {"OPTIONS", OPTIONS},
};

const char *method_name(enum method method)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (methods[i].method == method)
            return methods[i].name;
    }
    return "?";
}

static void decode_method(const char *text, struct request *request)
{
    request->method_text = text ? text : "";
    request->is_head = strcmp(request->method_text, "HEAD") == 0;
    if (request->is_head)
        request->method = GET;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(methods[i].name, request->method_text) == 0)
            request->method = methods[i].method;
    }
}

/*
 * The caller's id: 8 to 64 of A-Z a-z 0-9 . _ - ; anything else could forge lines in somebody's
 * log.
 */
static bool is_request_id(const char *text)
{
    size_t length = text ? strlen(text) : 0;

    if (length < 8 || length > 64)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && !strchr("._-", text[i]))
            return false;
    }
    return true;
}

static bool decode_id(struct scope *scope, const char *text, struct request *request)
{
    if (is_request_id(text)) {
        request->id = text;
        return true;
    }
    request->id = request->made_id;
    if (random_hex(request->made_id, sizeof request->made_id / 2))
        return true;
    request->id = "-";
    return fail(scope, ERR_UNAVAILABLE, "The server has no random numbers");
}

static bool decode_length(struct scope *scope, const char *text, struct request *request)
{
    request->content_length = -1;
    if (!text || !*text)
        return true;
    if (!text_to_int(text, strlen(text), &request->content_length) || request->content_length < 0) {
        request->content_length = -1;
        return fail(scope, ERR_MALFORMED, "Content-Length is not a number");
    }
    return true;
}

static const char *given(const char *text)
{
    return text && *text ? text : NULL;
}

bool request_decode(struct scope *scope, const struct transport *transport, struct request *request)
{
    struct variables variables = {0};
    bool readable;

    *request = (struct request){
        .id = "-", .path = "", .method_text = "", .client_address = "", .content_length = -1};
    buffer_init(&request->body, &scope->arena);
    readable = read_variables(scope, transport->environment, &variables);
    decode_method(variables.method, request);
    request->content_type = given(variables.type);
    request->authorization = given(variables.authorization);
    if (!request->authorization)
        request->authorization = given(variables.redirected_authorization);
    request->origin = given(variables.origin);
    /* To a client that sends these, an empty one must not read as none. */
    request->if_match = variables.if_match;
    request->idempotency_key = variables.idempotency_key;
    request->if_none_match = given(variables.if_none_match);
    request->user_agent = given(variables.agent);
    request->client_address = client_address(scope, variables.remote, variables.forwarded);
    /*
     * Every step is tried even when one has failed, so that the answer has its id and the log its
     * path.
     */
    readable = decode_id(scope, variables.id, request) && readable;
    readable = decode_length(scope, variables.length, request) && readable;
    readable = trace_read(scope, variables.traceparent, &request->trace) && readable;
    return uri_decode(scope, variables.uri, variables.query, request) && readable;
}

const char *request_query(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->query.count; i++) {
        if (strcmp(request->query.list[i].name, name) == 0)
            return request->query.list[i].value;
    }
    return NULL;
}
