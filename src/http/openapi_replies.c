/* openapi_replies.c - the answers of an operation: its success, its errors, their headers */
#include "keel/core/json_build.h"
#include "keel/core/text.h"
#include "keel/http/crud.h"
#include "openapi_parts.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *name, *header, *doc, *type;
} headers[HEADER_COUNT] = {
    [HEADER_REQUEST_ID] = {"RequestId", "X-Request-Id",
                           "Names this request in the log: the caller's own, or a new one.",
                           "string"},
    [HEADER_ETAG] = {"ETag", "ETag",
                     "Version of what is shown, in quotes; for If-Match and If-None-Match.",
                     "string"},
    [HEADER_LOCATION] = {"Location", "Location", "Where the new row is found.", "string"},
    [HEADER_RETRY_AFTER] = {"RetryAfter", "Retry-After", "Seconds after which to ask again.",
                            "integer"},
    [HEADER_CHALLENGE] = {"Challenge", "WWW-Authenticate", "The scheme to sign in with: Bearer.",
                          "string"},
    [HEADER_REPLAYED] = {"IdempotencyReplayed", "Idempotency-Replayed",
                         "true: what an earlier request with this Idempotency-Key was answered.",
                         "string"},
    [HEADER_DISPOSITION] = {"ContentDisposition", "Content-Disposition",
                            "The name of the file that this is, as an attachment.", "string"},
};

/* `set`: a bit for each enum openapi_header. */
void openapi_put_headers(struct openapi *openapi, unsigned set)
{
    openapi->headers |= set;
    json_open_object(openapi->out, "headers");
    for (size_t i = 0; i < HEADER_COUNT; i++) {
        if (!(set & 1u << i))
            continue;
        json_open_object(openapi->out, headers[i].header);
        json_put_format(openapi->out, "$ref", "#/components/headers/%s", headers[i].name);
        json_close_object(openapi->out);
    }
    json_close_object(openapi->out);
}

void openapi_write_headers(struct openapi *openapi)
{
    struct buffer *out = openapi->out;

    json_open_object(out, "headers");
    for (size_t i = 0; i < HEADER_COUNT; i++) {
        if (!(openapi->headers & 1u << i))
            continue;
        json_open_object(out, headers[i].name);
        json_put_text(out, "description", headers[i].doc);
        json_open_object(out, "schema");
        json_put_text(out, "type", headers[i].type);
        json_close_object(out);
        json_close_object(out);
    }
    json_close_object(out);
}

static unsigned success_headers(const struct route *route)
{
    unsigned set = 1u << HEADER_REQUEST_ID;

    if (route_has_etag(route))
        set |= 1u << HEADER_ETAG;
    if (route->handler == crud_create || route->flags & ROUTE_LOCATION)
        set |= 1u << HEADER_LOCATION;
    if (route_takes_idempotency_key(route))
        set |= 1u << HEADER_REPLAYED;
    if (route->streams)
        set |= 1u << HEADER_DISPOSITION;
    return set;
}

static enum openapi_schema_kind reply_kind(const struct route *route)
{
    if (route->reply.use & LIST)
        return SCHEMA_LIST_REPLY;
    return route->reply.use & WHOLE ? SCHEMA_WHOLE_REPLY : SCHEMA_REPLY;
}

static void put_envelope(struct openapi *openapi, const struct route *route)
{
    if (route->flags & ROUTE_BULK)
        openapi_put_schema(openapi, "schema", route->body.model, SCHEMA_BULK_REPLY);
    else if (route->reply.model)
        openapi_put_schema(openapi, "schema", route->reply.model, reply_kind(route));
    else
        openapi_put_schema(openapi, "schema", NULL, SCHEMA_EMPTY);
    if (!(route->flags & ROUTE_BULK))
        openapi_put_reply_example(openapi, route);
}

/* Only of JSON can a schema say more than that it is text; a file of it is an array of rows. */
void openapi_put_media(struct openapi *openapi, const struct media *media)
{
    struct buffer *out = openapi->out;

    for (; media->type; media++) {
        bool is_json = strcmp(media->type, "application/json") == 0;

        json_open_object(out, media->type);
        json_put_raw(out, "schema",
                     is_json ? "{\"type\":\"array\",\"items\":{\"type\":\"object\"}}"
                             : "{\"type\":\"string\"}");
        json_close_object(out);
    }
}

/* The parameters of a type are for whoever reads the document, not for telling documents apart. */
static void open_document(struct openapi *openapi, const char *media_type)
{
    const char *type = scope_copy(openapi->scope, media_type, strcspn(media_type, ";"));

    if (type)
        json_open_object(openapi->out, type);
    else
        openapi->out->failed = true;
}

static void write_content(struct openapi *openapi, const struct route *route)
{
    struct buffer *out = openapi->out;

    json_open_object(out, "content");
    if (route->streams) {
        openapi_put_media(openapi, route->streams);
        json_close_object(out);
        return;
    }
    open_document(openapi, route->media_type ? route->media_type : "application/json");
    if (route->media_type) {
        json_open_object(out, "schema");
        json_close_object(out);
    } else {
        put_envelope(openapi, route);
    }
    json_close_object(out);
    json_close_object(out);
}

static void write_success(struct openapi *openapi, const struct route *route)
{
    struct buffer *out = openapi->out;
    char status[TEXT_INT_SIZE];

    text_from_int(route->success, status);
    json_open_object(out, status);
    json_put_text(out, "description", route->message ? route->message : route->summary);
    openapi_put_headers(openapi, success_headers(route));
    write_content(openapi, route);
    json_close_object(out);
}

/* The same for everybody, so that it does not tell what is there already. */
static void write_discreet(struct openapi *openapi, const struct route *route)
{
    struct buffer *out = openapi->out;
    char status[TEXT_INT_SIZE];

    if (!route->discreet)
        return;
    text_from_int(route->discreet, status);
    json_open_object(out, status);
    json_put_text(out, "description",
                  "Where the instance hides what is there already: done, or nothing to do.");
    openapi_put_headers(openapi, 1u << HEADER_REQUEST_ID);
    json_open_object(out, "content");
    json_open_object(out, "application/json");
    openapi_put_schema(openapi, "schema", NULL, SCHEMA_EMPTY);
    json_close_object(out);
    json_close_object(out);
    json_close_object(out);
}

static void write_not_modified(struct openapi *openapi, const struct route *route)
{
    if (route->method != GET || !route_has_etag(route))
        return;
    json_open_object(openapi->out, "304");
    json_put_text(openapi->out, "description", "If-None-Match names what would be shown.");
    openapi_put_headers(openapi, success_headers(route));
    json_close_object(openapi->out);
}

/* The kinds of a set that have this status. */
static unsigned of_status(unsigned kinds, int status)
{
    unsigned found = 0;

    for (enum error_kind kind = ERR_VALIDATION; kind < ERR_KIND_COUNT; kind++) {
        if (kinds & ERROR_BIT(kind) && error_status(kind) == status)
            found |= ERROR_BIT(kind);
    }
    return found;
}

/* "ValidationErrorOrMalformedRequest" */
const char *openapi_answer_name(struct openapi *openapi, unsigned kinds)
{
    struct buffer name;

    buffer_init(&name, &openapi->scope->arena);
    for (enum error_kind kind = ERR_VALIDATION; kind < ERR_KIND_COUNT; kind++) {
        bool upper = true;

        if (!(kinds & ERROR_BIT(kind)))
            continue;
        buffer_add_text(&name, name.length ? "Or" : "");
        for (const char *at = error_code(kind); *at; at++) {
            int c = (unsigned char)*at;

            if (c != '_')
                buffer_add_char(&name, (char)(upper ? c : tolower(c)));
            upper = c == '_';
        }
    }
    openapi->out->failed = openapi->out->failed || name.failed;
    return name.failed ? "" : name.data;
}

static void put_answer(struct openapi *openapi, int status, unsigned kinds)
{
    char text[TEXT_INT_SIZE];
    size_t i = 0;

    while (i < openapi->answer_count && openapi->answers[i] != kinds)
        i++;
    if (i == openapi->answer_count && i < OPENAPI_ANSWER_MAX)
        openapi->answers[openapi->answer_count++] = kinds;
    text_from_int(status, text);
    json_open_object(openapi->out, text);
    json_put_format(openapi->out, "$ref", "#/components/responses/%s",
                    openapi_answer_name(openapi, kinds));
    json_close_object(openapi->out);
}

void openapi_write_replies(struct openapi *openapi, const struct route *route)
{
    unsigned errors = route_errors(route);

    json_open_object(openapi->out, "responses");
    write_success(openapi, route);
    write_discreet(openapi, route);
    write_not_modified(openapi, route);
    for (int status = 400; status < 600; status++) {
        unsigned kinds = of_status(errors, status);

        if (kinds)
            put_answer(openapi, status, kinds);
    }
    json_close_object(openapi->out);
}
