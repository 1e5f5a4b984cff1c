/* response.c - the answer as CGI output: status, headers, envelope */
#include "keel/http/response.h"

#include "keel/core/clock.h"
#include "keel/core/json.h"
#include "keel/http/request.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].status == status)
            return reasons[i].text;
    }
    return "Status";
}

void response_begin(struct response *response, struct arena *arena)
{
    *response = (struct response){.status = 200};
    buffer_init(&response->headers, arena);
    buffer_init(&response->data, arena);
    buffer_init(&response->body, arena);
    buffer_init(&response->output, arena);
}

void response_header(struct response *response, const char *name, const char *value)
{
    buffer_add_text(&response->headers, name);
    buffer_add(&response->headers, ": ", 2);
    for (; *value; value++) {
        if ((unsigned char)*value >= ' ' && *value != 127)
            buffer_add_char(&response->headers, *value);
    }
    buffer_add(&response->headers, "\r\n", 2);
}

/*
 * Many messages begin with a field's name; to a person each is a sentence: "Category id must be at
 * least 1".
 */
static void add_sentence(struct buffer *body, const char *message)
{
    size_t quote = body->length;

    json_add_text(body, message);
    if (body->failed || body->data[quote] != '"' || !islower((unsigned char)body->data[quote + 1]))
        return;
    char *word = body->data + quote + 1;

    *word = (char)toupper((unsigned char)*word);
    for (; islower((unsigned char)word[1]) || word[1] == '_'; word++) {
        if (word[1] == '_')
            word[1] = ' ';
    }
}

static void add_field_errors(struct buffer *body, const struct field_error *first)
{
    json_add_key(body, "field");
    json_add_text(body, first->field);
    buffer_add_char(body, ',');
    json_add_key(body, "errors");
    for (const struct field_error *error = first; error; error = error->next) {
        buffer_add_char(body, error == first ? '[' : ',');
        buffer_add_text(body, "{\"field\":");
        json_add_text(body, error->field);
        buffer_add_text(body, ",\"code\":");
        json_add_text(body, error->code);
        buffer_add_text(body, ",\"message\":");
        add_sentence(body, error->message);
        buffer_add_char(body, '}');
    }
    buffer_add_char(body, ']');
}

/* Always an object; what the caller may look at without reading the message. */
static void add_details(struct buffer *body, const struct error *error)
{
    buffer_add_text(body, ",\"details\":{");
    if (error->fields) {
        add_field_errors(body, error->fields);
    } else if (error->part) {
        json_add_key(body, "field");
        json_add_text(body, error->part);
    }
    buffer_add_char(body, '}');
}

static void add_error(struct buffer *body, const struct error *error)
{
    buffer_add_text(body, "{\"success\":false,\"error\":{\"code\":");
    json_add_text(body, error_code(error->kind));
    buffer_add_text(body, ",\"message\":");
    add_sentence(body, error->message);
    add_details(body, error);
    buffer_add_char(body, '}');
}

static void add_success(struct buffer *body, const struct response *response)
{
    buffer_add_text(body, "{\"success\":true,\"data\":");
    if (response->data.length)
        buffer_add(body, response->data.data, response->data.length);
    else
        buffer_add_text(body, "null");
    if (response->message) {
        buffer_add_text(body, ",\"message\":");
        json_add_text(body, response->message);
    }
}

/* What the body is: nothing but a success can be a document of its own. */
static const char *media_type(const struct scope *scope, const struct response *response)
{
    return response->media_type && scope->error.kind == ERR_NONE ? response->media_type : NULL;
}

static void add_envelope(struct buffer *body, const struct scope *scope,
                         const struct response *response)
{
    char timestamp[CLOCK_TEXT_SIZE];

    if (scope->error.kind != ERR_NONE)
        add_error(body, &scope->error);
    else
        add_success(body, response);
    clock_format(scope->now, timestamp);
    buffer_add_text(body, ",\"timestamp\":\"");
    buffer_add_text(body, timestamp);
    buffer_add_text(body, "\"}\n");
}

/*
 * Seconds after which to ask again: a 503 says it whether or not the cause knows (RFC 9110,
 * 10.2.3).
 */
static int retry_after(const struct error *error)
{
    return !error->retry_after && error->kind == ERR_UNAVAILABLE ? 1 : error->retry_after;
}

static void add_header(struct buffer *output, const char *name, const char *value)
{
    buffer_add_text(output, name);
    buffer_add_text(output, value);
    buffer_add(output, "\r\n", 2);
}

/*
 * What may be kept depends on who asked, and what a browser is told on the page that asks. Errors
 * are not kept.
 */
static void add_caching(struct buffer *output, const struct response *response, bool success)
{
    bool may_be_kept = success && response->cache;

    add_header(output, "Cache-Control: ", may_be_kept ? response->cache : "no-store");
    if (may_be_kept && response->by_origin)
        add_header(output, "Vary: ", "Origin, Authorization");
    else if (may_be_kept || response->by_origin)
        add_header(output, "Vary: ", may_be_kept ? "Authorization" : "Origin");
}

static void add_headers(struct buffer *output, const struct request *request,
                        const struct response *response, const struct error *error)
{
    buffer_add_text(output, "Status: ");
    buffer_add_int(output, response->status);
    buffer_add_char(output, ' ');
    buffer_add_text(output, reason(response->status));
    buffer_add(output, "\r\n", 2);
    add_header(output, "X-Request-Id: ", request->id);
    buffer_add_text(output, "X-Content-Type-Options: nosniff\r\n");
    add_caching(output, response, error->kind == ERR_NONE);
    if (error->kind == ERR_UNAUTHORIZED)
        buffer_add_text(output, "WWW-Authenticate: Bearer\r\n");
    if (retry_after(error))
        buffer_add_format(output, "Retry-After: %d\r\n", retry_after(error));
    if (response->headers.length)
        buffer_add(output, response->headers.data, response->headers.length);
}

/* More than the usual headers ever take. */
#define HEAD_SIZE 512

bool response_prepare(const struct scope *scope, struct response *response)
{
    struct buffer *body = &response->body;

    if (!body->length)
        add_envelope(body, scope, response);
    return !response->data.failed && !response->headers.failed && !body->failed &&
           buffer_reserve(&response->output, HEAD_SIZE + response->headers.length + body->length);
}

bool response_render(struct scope *scope, const struct request *request, struct response *response)
{
    struct buffer *body = &response->body, *output = &response->output;

    if (response->data.failed || response->headers.failed)
        return false;
    if (scope->error.kind != ERR_NONE) {
        response->status = error_status(scope->error.kind);
        buffer_clear(body);
    }
    bool has_body = response->status != 204 && response->status != 304;
    const char *type = media_type(scope, response);

    add_headers(output, request, response, &scope->error);
    if (has_body) {
        if (type)
            body = &response->data;
        else if (!body->length)
            add_envelope(body, scope, response);
        add_header(output, "Content-Type: ", type ? type : "application/json");
        buffer_add_text(output, "Content-Length: ");
        buffer_add_int(output, (int64_t)body->length);
        buffer_add(output, "\r\n", 2);
    }
    buffer_add(output, "\r\n", 2);
    if (has_body && !request->is_head && body->length)
        buffer_add(output, body->data, body->length);
    return !output->failed && !body->failed;
}

bool response_render_head(const struct scope *scope, const struct request *request,
                          struct response *response, const char *media_type, int64_t length)
{
    struct buffer *output = &response->output;

    buffer_clear(output);
    add_headers(output, request, response, &scope->error);
    buffer_add_format(output, "Content-Type: %s\r\n", media_type);
    if (length >= 0)
        buffer_add_format(output, "Content-Length: %" PRId64 "\r\n", length);
    buffer_add(output, "\r\n", 2);
    return !response->headers.failed && !output->failed;
}

size_t response_fallback(const struct scope *scope, char *text, size_t size)
{
    char timestamp[CLOCK_TEXT_SIZE], body[256];

    clock_format(scope->now, timestamp);
    int length = snprintf(body, sizeof body,
                          "{\"success\":false,\"error\":{\"code\":\"SERVICE_UNAVAILABLE\","
                          "\"message\":\"The server is short of memory; try again\","
                          "\"details\":{}},\"timestamp\":\"%s\"}\n",
                          timestamp);

    length = snprintf(text, size,
                      "Status: 503 Service Unavailable\r\nX-Request-Id: %s\r\n"
                      "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                      "Retry-After: 1\r\nContent-Type: application/json\r\n"
                      "Content-Length: %d\r\n\r\n%s",
                      scope->request_id ? scope->request_id : "-", length, body);
    return length > 0 && (size_t)length < size ? (size_t)length : 0;
}
