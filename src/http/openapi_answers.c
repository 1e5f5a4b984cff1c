/* openapi_answers.c - the error answers that operations share */
#include "keel/core/json_build.h"
#include "keel/http/response.h"
#include "openapi_parts.h"

static void put_codes(struct buffer *out, unsigned kinds)
{
    json_open_object(out, "code");
    json_put_text(out, "type", "string");
    json_open_array(out, "enum");
    for (enum error_kind kind = ERR_VALIDATION; kind < ERR_KIND_COUNT; kind++) {
        if (kinds & ERROR_BIT(kind))
            json_put_text(out, NULL, error_code(kind));
    }
    json_close_array(out);
    json_close_object(out);
}

static void put_schema(struct openapi *openapi, unsigned kinds)
{
    struct buffer *out = openapi->out;

    json_open_object(out, "schema");
    json_put_text(out, "type", "object");
    openapi_open_envelope(openapi, false);
    json_open_object(out, "error");
    json_put_text(out, "type", "object");
    json_open_object(out, "properties");
    put_codes(out, kinds);
    json_put_raw(out, "message",
                 "{\"type\":\"string\",\"description\":\"A sentence for people.\"}");
    openapi_put_schema(openapi, "details", NULL, SCHEMA_ERROR_DETAILS);
    json_close_object(out);
    json_put_raw(out, "required", "[\"code\",\"message\",\"details\"]");
    json_close_object(out);
    openapi_close_envelope(openapi, false);
    json_close_object(out);
}

static void put_meanings(struct openapi *openapi, unsigned kinds)
{
    struct buffer text;

    buffer_init(&text, &openapi->scope->arena);
    for (enum error_kind kind = ERR_VALIDATION; kind < ERR_KIND_COUNT; kind++) {
        if (kinds & ERROR_BIT(kind))
            buffer_add_format(&text, "%s%s: %s", text.length ? " " : "", error_code(kind),
                              error_meaning(kind));
    }
    if (text.failed)
        openapi->out->failed = true;
    else
        json_put_text(openapi->out, "description", text.data);
}

static unsigned headers_of(unsigned kinds)
{
    unsigned set = 1u << HEADER_REQUEST_ID;

    if (kinds & (ERROR_BIT(ERR_RATE_LIMITED) | ERROR_BIT(ERR_UNAVAILABLE)))
        set |= 1u << HEADER_RETRY_AFTER;
    if (kinds & ERROR_BIT(ERR_UNAUTHORIZED))
        set |= 1u << HEADER_CHALLENGE;
    return set;
}

static void write_answer(struct openapi *openapi, unsigned kinds)
{
    struct buffer *out = openapi->out;

    put_meanings(openapi, kinds);
    openapi_put_headers(openapi, headers_of(kinds));
    json_open_object(out, "content");
    json_open_object(out, "application/json");
    put_schema(openapi, kinds);
    json_open_object(out, "examples");
    for (enum error_kind kind = ERR_VALIDATION; kind < ERR_KIND_COUNT; kind++) {
        if (kinds & ERROR_BIT(kind))
            openapi_put_error_example(openapi, kind);
    }
    json_close_object(out);
    json_close_object(out);
    json_close_object(out);
}

void openapi_write_answers(struct openapi *openapi)
{
    json_open_object(openapi->out, "responses");
    for (size_t i = 0; i < openapi->answer_count; i++) {
        json_open_object(openapi->out, openapi_answer_name(openapi, openapi->answers[i]));
        write_answer(openapi, openapi->answers[i]);
        json_close_object(openapi->out);
    }
    json_close_object(openapi->out);
}
