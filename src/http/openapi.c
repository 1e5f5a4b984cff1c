/* openapi.c - the OpenAPI document: what stands around its paths and components */
#include "keel/http/openapi.h"

#include "keel/core/build.h"
#include "keel/core/config.h"
#include "keel/core/json_build.h"
#include "openapi_parts.h"

static const char description[] =
    "Every answer is one JSON object, its envelope:\n"
    "\n"
    "```json\n"
    "{\"success\": true, \"data\": {}, \"message\": \"Item created successfully\", "
    "\"timestamp\": \"2026-01-12T10:00:00Z\"}\n"
    "{\"success\": false, \"error\": {\"code\": \"VALIDATION_ERROR\", \"message\": \"Email is "
    "required\",\n"
    "  \"details\": {\"field\": \"email\", \"errors\": [{\"field\": \"email\", \"code\": "
    "\"required\", \"message\": \"Email is required\"}]}},\n"
    "  \"timestamp\": \"2026-01-12T10:00:00Z\"}\n"
    "```\n"
    "\n"
    "`error.code` is for programs, `message` for people. A VALIDATION_ERROR names every wrong "
    "field "
    "at once. Clients should be ready for members and codes that are new to them.\n"
    "\n"
    "**Signing in.** `POST /auth/login` gives a token, sent as `Authorization: Bearer <token>`. "
    "What a token may do is what its account may do at that moment. A wrong or expired token is "
    "refused on open addresses, too. With a second factor, the answer has an `mfa_token` alone, "
    "for "
    "`POST /auth/login/totp`. Programs send an API key (`POST /auth/keys`) in the token's place.\n"
    "\n"
    "**Lists** are read page by page: by `page`, or by the `next_cursor` of the page before, which "
    "costs the same on every page and skips or repeats no row while others are added. Parameters "
    "that take several values have commas between them; one that is unknown or given twice is an "
    "error. With `fields`, a row has these alone, "
    "whatever its schema requires.\n"
    "\n"
    "**Changing.** An answer that shows one row has its version as `ETag`. Sent back as "
    "`If-Match`, "
    "it keeps a change from overwriting somebody else's (412); as `If-None-Match`, it saves "
    "reading "
    "what is known already (304). PATCH leaves alone what is absent, PUT gives it its default. A "
    "POST that was sent with an "
    "`Idempotency-Key` can be sent again safely when its answer was lost.\n"
    "\n"
    "**Values.** Times are RFC 3339 in UTC, ids positive 64-bit integers, prices and the like "
    "exact "
    "decimals. A body's unknown and read-only fields are errors.\n"
    "\n"
    "Every answer has an `X-Request-Id`, the caller's own if one was sent (8 to 64 of "
    "`A-Za-z0-9._-`): the log knows the request by it. HEAD is answered as GET without a body.";

static void write_info(struct buffer *out)
{
    json_open_object(out, "info");
    json_put_text(out, "title", "Keel API");
    json_put_text(out, "version", build_version);
    json_put_text(out, "summary", "A REST backend: accounts, items, categories.");
    json_put_text(out, "description", description);
    json_open_object(out, "contact");
    json_put_text(out, "name", "The Keel authors");
    json_close_object(out);
    json_open_object(out, "license");
    json_put_text(out, "name", "MIT License");
    json_put_text(out, "identifier", "MIT");
    json_close_object(out);
    json_close_object(out);
}

static void write_servers(struct buffer *out, const struct config *config)
{
    json_open_array(out, "servers");
    json_open_object(out, NULL);
    json_put_text(out, "url", *config->base_path ? config->base_path : "/");
    json_put_text(out, "description", "The host that gave this document.");
    json_close_object(out);
    json_close_array(out);
}

static void write_tags(struct buffer *out, struct modules modules)
{
    json_open_array(out, "tags");
    for (size_t i = 0; i < modules.count; i++) {
        json_open_object(out, NULL);
        json_put_text(out, "name", modules.list[i]->name);
        json_put_text(out, "description", modules.list[i]->doc);
        json_close_object(out);
    }
    json_close_array(out);
}

static void write_security(struct buffer *out)
{
    json_open_object(out, "securitySchemes");
    json_open_object(out, "bearer");
    json_put_text(out, "type", "http");
    json_put_text(out, "scheme", "bearer");
    json_put_text(out, "bearerFormat", "JWT");
    json_put_text(out, "description", "The token that signing in gives, or an API key.");
    json_close_object(out);
    json_close_object(out);
}

/* Answers refer to schemas, and paths to all of them: this order leaves none out. */
static void write_components(struct openapi *openapi)
{
    json_open_object(openapi->out, "components");
    write_security(openapi->out);
    openapi_write_conditions(openapi);
    openapi_write_answers(openapi);
    openapi_write_headers(openapi);
    openapi_write_schemas(openapi);
    json_close_object(openapi->out);
}

bool openapi_write(struct scope *scope, struct modules modules, struct buffer *out)
{
    struct openapi openapi = {.scope = scope, .modules = modules, .out = out};

    json_open_object(out, NULL);
    json_put_text(out, "openapi", "3.1.0");
    write_info(out);
    write_servers(out, scope->config);
    write_tags(out, modules);
    openapi_write_paths(&openapi);
    write_components(&openapi);
    json_close_object(out);
    return !out->failed || fail_memory(scope);
}
