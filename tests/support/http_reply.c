/* http_reply.c - what an answer over HTTP must be, and what tests ask of it */
#include "http.h"

#include "keel/core/clock.h"

#include "unit.h"

#include <json-c/json.h>
#include <json-c/json_pointer.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/*
 * The contract's table (one code may go with two statuses), kept apart from the program's on
 * purpose.
 */
static const struct {
    const char *code;
    int status;
} codes[] = {
    {"VALIDATION_ERROR", 400},
    {"MALFORMED_REQUEST", 400},
    {"MALFORMED_REQUEST", 414},
    {"UNAUTHORIZED", 401},
    {"FORBIDDEN", 403},
    {"NOT_FOUND", 404},
    {"METHOD_NOT_ALLOWED", 405},
    {"CONFLICT", 409},
    {"PAYLOAD_TOO_LARGE", 413},
    {"PRECONDITION_FAILED", 412},
    {"UNSUPPORTED_MEDIA_TYPE", 415},
    {"RATE_LIMITED", 429},
    {"INTERNAL_ERROR", 500},
    {"SERVICE_UNAVAILABLE", 502}, /* no worker is there: the web server's own */
    {"SERVICE_UNAVAILABLE", 503},
    {"TIMEOUT", 504},
};

/* The header that a status must have beside X-Request-Id. */
static const struct {
    int status;
    const char *name;
} headers[] = {{401, "WWW-Authenticate"},
               {405, "Allow"},
               {429, "Retry-After"},
               {502, "Retry-After"},
               {503, "Retry-After"}};

static struct json_object *at(const struct http_reply *reply, const char *pointer)
{
    struct json_object *value = NULL;

    return reply->json && json_pointer_get(reply->json, pointer, &value) == 0 ? value : NULL;
}

static const char *text_at(const struct http_reply *reply, const char *pointer)
{
    struct json_object *value = at(reply, pointer);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static const char *error_problem(const struct http_reply *reply)
{
    struct json_object *error = at(reply, "/error");
    const char *code = text_at(reply, "/error/code");
    const char *message = text_at(reply, "/error/message");
    size_t i = 0;

    if (json_object_object_length(reply->json) != 3 ||
        !json_object_is_type(error, json_type_object) || json_object_object_length(error) != 3)
        return "an error's envelope has other members";
    if (!code || !message || !*message ||
        !json_object_is_type(at(reply, "/error/details"), json_type_object))
        return "an error's code, message or details is missing";
    while (i < COUNT(codes) &&
           !(codes[i].status == reply->status && strcmp(codes[i].code, code) == 0))
        i++;
    return i < COUNT(codes) ? NULL : "the code does not go with the status";
}

static const char *success_problem(const struct http_reply *reply)
{
    int members = json_object_object_length(reply->json);
    bool has_message = json_object_object_get_ex(reply->json, "message", NULL);

    if (!json_object_object_get_ex(reply->json, "data", NULL) || members != (has_message ? 4 : 3))
        return "a success's envelope has other members";
    return reply->status >= 400 ? "a failure calls itself a success" : NULL;
}

static const char *envelope_problem(struct http *http, const struct http_reply *reply)
{
    const char *type = http_header(http, reply, "Content-Type");
    const char *time = text_at(reply, "/timestamp");
    struct json_object *success = at(reply, "/success");
    int64_t us;

    if (!type || strcmp(type, "application/json") != 0)
        return "the body is not called JSON";
    if (!json_object_is_type(reply->json, json_type_object) ||
        !json_object_is_type(success, json_type_boolean))
        return "the body is not the envelope";
    if (!time || strlen(time) != 20 || time[19] != 'Z' || !clock_parse(time, 20, &us))
        return "the timestamp is no RFC 3339 time in UTC";
    return json_object_get_boolean(success) ? success_problem(reply) : error_problem(reply);
}

const char *http_problem(struct http *http, const char *method, const struct http_reply *reply)
{
    bool has_body = reply->status != 204 && reply->status != 304 && strcmp(method, "HEAD") != 0;

    if (reply->status < 200)
        return "there is no answer";
    if (!http_header(http, reply, "X-Request-Id"))
        return "there is no X-Request-Id";
    for (size_t i = 0; i < COUNT(headers); i++) {
        if (headers[i].status == reply->status && !http_header(http, reply, headers[i].name))
            return "a header that goes with the status is missing";
    }
    if (!has_body)
        return reply->body_length ? "there is a body where none may be" : NULL;
    return envelope_problem(http, reply);
}

const struct http_reply *http_call(struct http *http, const struct http_request *request)
{
    const char *method = request->method ? request->method : request->body ? "POST" : "GET";
    struct http_reply *reply = arena_alloc(&http->scope.arena, sizeof *reply);

    assert_non_null(reply);
    if (!http_send(http, request, reply))
        unit_fail("%s %s: %s", method, request->target, reply->body);
    const char *problem = http_problem(http, method, reply);

    if (problem)
        unit_fail("%s %s: %s: %s%s", method, request->target, problem, reply->head, reply->body);
    return reply;
}

const struct http_reply *http_expect(struct http *http, int status, const char *method,
                                     const char *target, const char *token, const char *body)
{
    const struct http_reply *reply = http_call(
        http,
        &(struct http_request){.method = method, .target = target, .token = token, .body = body});

    if (reply->status != status)
        unit_fail("%s %s: not %d, but %d %s", method, target, status, reply->status, reply->body);
    return reply;
}

void http_must_fail(const struct http_reply *reply, int status, const char *code)
{
    if (reply->status != status || strcmp(http_text(reply, "/error/code"), code) != 0)
        unit_fail("not %d %s, but %d %s", status, code, reply->status, reply->body);
}

const char *http_header(struct http *http, const struct http_reply *reply, const char *name)
{
    size_t length = strlen(name);

    for (const char *line = strstr(reply->head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *value = line + length + 1;

            value += strspn(value, " ");
            return arena_copy(&http->scope.arena, value, strcspn(value, "\r"));
        }
    }
    return NULL;
}

int64_t http_int(const struct http_reply *reply, const char *pointer)
{
    struct json_object *value = at(reply, pointer);

    if (!json_object_is_type(value, json_type_int))
        unit_fail("there is no number %s in %d %s", pointer, reply->status, reply->body);
    return json_object_get_int64(value);
}

const char *http_text(const struct http_reply *reply, const char *pointer)
{
    const char *text = text_at(reply, pointer);

    if (!text)
        unit_fail("there is no text %s in %d %s", pointer, reply->status, reply->body);
    return text;
}

const char *http_format(struct http *http, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = arena_vformat(&http->scope.arena, format, arguments);

    va_end(arguments);
    return text;
}

const char *http_login(struct http *http, const char *email, const char *password)
{
    const char *body = http_format(http, "{\"email\":\"%s\",\"password\":\"%s\"}", email, password);

    return http_text(http_expect(http, 200, "POST", "/api/auth/login", NULL, body), "/data/token");
}
