/* api_check.c - what holds for every answer: envelope, headers, status and its row */
#include "api_parts.h"

#include "keel/core/clock.h"
#include "keel/core/text.h"

#include <ctype.h>
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

/* The contract's own table, kept apart from the program's on purpose. */
static const struct {
    const char *code;
    int status;
    enum error_kind kind;
} codes[] = {
    {"VALIDATION_ERROR", 400, ERR_VALIDATION},
    {"MALFORMED_REQUEST", 400, ERR_MALFORMED},
    {"UNAUTHORIZED", 401, ERR_UNAUTHORIZED},
    {"FORBIDDEN", 403, ERR_FORBIDDEN},
    {"NOT_FOUND", 404, ERR_NOT_FOUND},
    {"METHOD_NOT_ALLOWED", 405, ERR_METHOD_NOT_ALLOWED},
    {"CONFLICT", 409, ERR_CONFLICT},
    {"PRECONDITION_FAILED", 412, ERR_PRECONDITION_FAILED},
    {"PAYLOAD_TOO_LARGE", 413, ERR_TOO_LARGE},
    {"UNSUPPORTED_MEDIA_TYPE", 415, ERR_MEDIA_TYPE},
    {"IDEMPOTENCY_MISMATCH", 422, ERR_IDEMPOTENCY_MISMATCH},
    {"PRECONDITION_REQUIRED", 428, ERR_PRECONDITION_REQUIRED},
    {"RATE_LIMITED", 429, ERR_RATE_LIMITED},
    {"INTERNAL_ERROR", 500, ERR_INTERNAL},
    {"SERVICE_UNAVAILABLE", 503, ERR_UNAVAILABLE},
    {"TIMEOUT", 504, ERR_TIMEOUT},
};

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    if (!json_object_object_get_ex(object, name, &value))
        unit_fail("there is no %s in %s", name, json_object_to_json_string(object));
    return value;
}

static const char *text_member(struct json_object *object, const char *name)
{
    struct json_object *value = member(object, name);

    assert_true(json_object_is_type(value, json_type_string));
    assert_true(json_object_get_string_len(value) > 0);
    return json_object_get_string(value);
}

static void check_field_errors(struct json_object *details, const char *message)
{
    api_check_members(details, "field errors");
    struct json_object *errors = member(details, "errors");

    assert_true(json_object_is_type(errors, json_type_array));
    assert_true(json_object_array_length(errors) > 0);
    for (size_t i = 0; i < json_object_array_length(errors); i++) {
        struct json_object *error = json_object_array_get_idx(errors, i);

        api_check_members(error, "field code message");
        /* It may be empty: so may a member's name be. */
        assert_true(json_object_is_type(member(error, "field"), json_type_string));
        text_member(error, "code");
        text_member(error, "message");
    }
    struct json_object *first = json_object_array_get_idx(errors, 0);

    assert_string_equal(json_object_get_string(member(details, "field")),
                        json_object_get_string(member(first, "field")));
    assert_string_equal(message, text_member(first, "message"));
}

/* Which operation of a bulk it is, where the error is not about single fields. */
static void check_part(struct json_object *details)
{
    api_check_members(details, "field");
    assert_int_equal(strncmp(text_member(details, "field"), "operations[", 11), 0);
}

static void check_error(const struct api_reply *reply)
{
    struct json_object *error = member(reply->json, "error");
    size_t i = 0;

    api_check_members(reply->json, "success error timestamp");
    api_check_members(error, "code message details");
    struct json_object *details = member(error, "details");
    const char *code = text_member(error, "code");

    while (i < COUNT(codes) && strcmp(codes[i].code, code) != 0)
        i++;
    if (i == COUNT(codes) || codes[i].status != reply->status)
        unit_fail("status %d with %s", reply->status, reply->body);
    assert_true(json_object_is_type(details, json_type_object));
    /* What a database constraint that belongs to no column refuses has no field to name. */
    if (codes[i].kind == ERR_VALIDATION && json_object_object_get_ex(details, "errors", NULL))
        check_field_errors(details, text_member(error, "message"));
    else if (reply->route && reply->route->flags & ROUTE_BULK &&
             json_object_object_length(details) > 0)
        check_part(details);
    else
        assert_int_equal(json_object_object_length(details), 0);
    if (reply->route && !(route_errors(reply->route) & ERROR_BIT(codes[i].kind)))
        unit_fail("%s does not declare %s", reply->route->id, code);
}

/* With hide_accounts, a registration says nothing else, whatever the address. */
static bool is_hidden_registration(const struct api *api, const struct api_reply *reply)
{
    return api->app.config.hide_accounts && reply->route->discreet &&
           reply->status == reply->route->discreet;
}

static void check_success(const struct api *api, const struct api_request *request,
                          const struct api_reply *reply)
{
    const struct route *route = reply->route;
    struct json_object *message;

    if (json_object_object_get_ex(reply->json, "message", &message)) {
        api_check_members(reply->json, "success data message timestamp");
        text_member(reply->json, "message");
    } else {
        api_check_members(reply->json, "success data timestamp");
    }
    assert_non_null(route);
    assert_null(strstr(reply->body, "password"));
    if (is_hidden_registration(api, reply)) {
        assert_null(member(reply->json, "data"));
        return;
    }
    if (reply->status != route->success)
        unit_fail("%s says %d, not %d", route->id, reply->status, route->success);
    assert_int_equal(message != NULL, route->message != NULL);
    if (message)
        assert_string_equal(json_object_get_string(message), route->message);
    api_check_data(route, request->target ? request->target : "", member(reply->json, "data"));
}

static void check_body(const struct api *api, const struct api_request *request,
                       const struct api_reply *reply)
{
    const char *timestamp = text_member(reply->json, "timestamp");
    struct json_object *success = member(reply->json, "success");
    int64_t us;

    assert_true(json_object_is_type(reply->json, json_type_object));
    assert_true(json_object_is_type(success, json_type_boolean));
    assert_true(timestamp[strlen(timestamp) - 1] == 'Z');
    assert_true(clock_parse(timestamp, strlen(timestamp), &us));
    assert_int_equal(json_object_get_boolean(success), reply->status < 400);
    if (reply->status < 400)
        check_success(api, request, reply);
    else
        check_error(reply);
    /* Neither hashes nor the database's words are for clients. */
    assert_null(strstr(reply->body, "argon2"));
    assert_null(strstr(reply->body, "SQLSTATE"));
}

static void check_lines(const char *head)
{
    for (const char *line = head; *line; line = strstr(line, "\r\n") + 2) {
        size_t length = strcspn(line, "\r\n");
        size_t name = strcspn(line, ":");

        assert_int_equal(strncmp(line + length, "\r\n", 2), 0);
        assert_true(name > 0 && name + 1 < length && line[name + 1] == ' ');
        for (size_t i = 0; i < name; i++)
            assert_true(isalnum((unsigned char)line[i]) || line[i] == '-');
        /* No header comes twice. */
        for (const char *other = line + length + 2; *other; other = strstr(other, "\r\n") + 2)
            assert_false(strncasecmp(other, line, name + 1) == 0);
    }
}

static void check_request_id(const char *id)
{
    assert_true(strlen(id) >= 8 && strlen(id) <= 64);
    for (; *id; id++)
        assert_true(isalnum((unsigned char)*id) || strchr("._-", *id));
}

/* Headers that one status needs, and no other one has. */
static void check_status_headers(struct api *api, const struct api_reply *reply)
{
    const char *retry_after = api_header(api, reply, "Retry-After");
    const char *challenge = api_header(api, reply, "WWW-Authenticate");
    int64_t seconds;

    assert_int_equal(challenge != NULL, reply->status == 401);
    if (challenge)
        assert_string_equal(challenge, "Bearer");
    assert_int_equal(retry_after != NULL, reply->status == 429 || reply->status == 503);
    if (retry_after)
        assert_true(text_to_int(retry_after, strlen(retry_after), &seconds) && seconds >= 1);
    if (reply->status == 405)
        assert_non_null(api_header(api, reply, "Allow"));
}

static bool has_credentials(const struct api_request *request)
{
    for (const char *const *variable = request->variables; variable && *variable; variable++) {
        if (strstr(*variable, "HTTP_AUTHORIZATION="))
            return true;
    }
    return request->token != NULL;
}

/* Only a success of a GET may be kept, as its row says, and by nobody else where somebody asked. */
static void check_caching(struct api *api, const struct api_request *request,
                          const struct api_reply *reply)
{
    enum cache cache = reply->status < 400 && reply->route ? reply->route->cache : CACHE_NONE;
    const char *vary = api_header(api, reply, "Vary");
    const char *expected = "no-store";

    if (cache == CACHE_MINUTES)
        expected = has_credentials(request) ? "private, max-age=300" : "public, max-age=300";
    else if (cache != CACHE_NONE && has_credentials(request))
        expected = "private, no-cache";
    else if (cache != CACHE_NONE)
        expected = cache == CACHE_PUBLIC ? "public, no-cache" : "no-cache";
    assert_string_equal(api_header(api, reply, "Cache-Control"), expected);
    assert_int_equal(vary && strstr(vary, "Authorization"), cache != CACHE_NONE);
}

/* Claim: the answer is a document of its own, which its route's row says. */
static bool is_document(const struct api_reply *reply)
{
    return reply->status < 300 && reply->route &&
           (reply->route->media_type || reply->route->streams);
}

/* One of the row's, whatever parameters follow; its end is that of the answer. */
static void check_streamed(struct api *api, const struct api_request *request,
                           const struct api_reply *reply)
{
    const char *type = api_header(api, reply, "Content-Type");
    const struct media *media = reply->route->streams;

    assert_non_null(type);
    while (media->type && (strncmp(media->type, type, strlen(media->type)) != 0 ||
                           strcspn(type, ";") != strlen(media->type)))
        media++;
    if (!media->type)
        unit_fail("%s says %s", reply->route->id, type);
    assert_null(api_header(api, reply, "Content-Length"));
    if (request->method && strcmp(request->method, "HEAD") == 0)
        assert_int_equal(reply->body_length, 0);
    assert_int_equal(json_object_get_int64(member(reply->line, "stream_bytes")),
                     reply->body_length);
}

static void check_length(struct api *api, const struct api_request *request,
                         const struct api_reply *reply)
{
    const char *length = api_header(api, reply, "Content-Length");
    const char *type = api_header(api, reply, "Content-Type");
    bool is_head = request->method && strcmp(request->method, "HEAD") == 0;
    int64_t bytes;

    if (reply->status == 204 || reply->status == 304) {
        assert_int_equal(reply->body_length, 0);
        assert_null(type);
        return;
    }
    if (is_document(reply) && reply->route->streams) {
        check_streamed(api, request, reply);
        return;
    }
    assert_non_null(type);
    assert_string_equal(type, is_document(reply) ? reply->route->media_type : "application/json");
    assert_non_null(length);
    assert_true(text_to_int(length, strlen(length), &bytes) && bytes > 0);
    assert_int_equal(reply->body_length, is_head ? 0 : bytes);
}

static void check_log_line(const struct api_reply *reply)
{
    struct json_object *code;

    assert_int_equal(json_object_get_int(member(reply->line, "status")), reply->status);
    assert_string_equal(text_member(reply->line, "level"), reply->status >= 500 ? "error" : "info");
    assert_true(json_object_get_int64(member(reply->line, "us")) >= 0);
    assert_true(json_object_get_int64(member(reply->line, "queries")) >= 0);
    assert_true(json_object_get_int64(member(reply->line, "database_us")) >= 0);
    bool has_code = json_object_object_get_ex(reply->line, "code", &code);

    assert_int_equal(has_code, reply->status >= 400);
    if (has_code && reply->json)
        assert_string_equal(json_object_get_string(code),
                            text_member(member(reply->json, "error"), "code"));
}

void api_check(struct api *api, const struct api_request *request, const struct api_reply *reply)
{
    check_lines(reply->head);
    check_request_id(api_header(api, reply, "X-Request-Id"));
    check_caching(api, request, reply);
    check_status_headers(api, reply);
    check_length(api, request, reply);
    if (reply->json && !is_document(reply))
        check_body(api, request, reply);
    check_log_line(reply);
}
