/* docs_api.c - docs/API_REFERENCE.md: the frame around what is said of each endpoint */
#include "docs.h"

#include "docs_parts.h"
#include "keel/core/config.h"
#include "keel/http/response.h"
#include "keel/model/list.h"
#include "markdown.h"
#include "words.h"

#include <ctype.h>
#include <string.h>

static void add_introduction(struct buffer *out, const struct docs_source *source)
{
    markdown_heading(out, 1, "API reference");
    buffer_add_format(
        out,
        "*Made by `make docs` from the tables that the program itself runs on; a change belongs"
        " there. The same, to be tried in a browser: `GET %s/docs`; for programs, as OpenAPI 3.1:"
        " `GET %s/openapi.json`.*\n"
        "\n"
        "JSON is UTF-8. Times are RFC 3339 in UTC with `Z`. Ids are positive 64-bit integers."
        " Decimals are numbers and exact as written. A trailing slash names the same resource."
        " `HEAD` is `GET` without the body; `OPTIONS` answers 204 with `Allow`. Every answer has"
        " an `X-Request-Id`: the caller's own if it is 8 to 64 of `A-Z a-z 0-9 . _ -`.\n",
        source->base_path, source->base_path);
}

static void add_envelope(struct buffer *out)
{
    markdown_heading(out, 2, "Answers");
    buffer_add_text(
        out, "All have one shape, the web server's own errors included. A success has a `message`"
             " where there is something to say.\n"
             "\n"
             "```json\n"
             "{\"success\": true, \"data\": {}, \"message\": \"Item created successfully\","
             " \"timestamp\": \"2026-01-12T10:00:00Z\"}\n"
             "{\"success\": false, \"error\": {\"code\": \"VALIDATION_ERROR\", \"message\":"
             " \"email is required\", \"details\": {\"field\": \"email\",\n"
             "  \"errors\": [{\"field\": \"email\", \"code\": \"required\", \"message\": \"email is"
             " required\"}]}}, \"timestamp\": \"2026-01-12T10:00:00Z\"}\n"
             "```\n");
}

static void add_error_table(struct buffer *out)
{
    static const char *const headings[] = {"status", "code", "when", NULL};

    markdown_heading(out, 3, "Errors");
    buffer_add_text(out,
                    "`details` is always an object. Of a VALIDATION_ERROR it has every wrong field"
                    " at once; `field` and the message above are those of the first.\n\n");
    markdown_table(out, headings);
    for (int kind = ERR_NONE + 1; kind < ERR_KIND_COUNT; kind++) {
        buffer_add_format(out, "| %d | %s | ", error_status((enum error_kind)kind),
                          error_code((enum error_kind)kind));
        markdown_text(out, error_meaning((enum error_kind)kind));
        buffer_add_text(out, " |\n");
    }
}

static void add_signing_in(struct buffer *out, const struct docs_source *source)
{
    markdown_heading(out, 2, "Signing in");
    buffer_add_format(
        out,
        "`POST %s/auth/login` gives a `token`, to be sent as `Authorization: Bearer TOKEN` until"
        " `expires_in` seconds are over. What an account may do, its roles' permissions say. Bad"
        " credentials are refused also where none are needed. An account with a second factor gets"
        " an `mfa_token` instead, for `POST %s/auth/login/totp`. Programs send an API key, which"
        " `POST %s/auth/keys` makes, in the token's place. The examples below have the token in"
        " the shell's variable `TOKEN`.\n",
        source->base_path, source->base_path, source->base_path);
}

static void add_lists(struct buffer *out)
{
    markdown_heading(out, 2, "Lists");
    buffer_add_format(
        out,
        "A list gives %d rows at a time (`per_page`, at most %d) and says in `pagination` where it"
        " is:\n"
        "\n"
        "```json\n"
        "{\"page\": 1, \"per_page\": %d, \"total\": 492, \"total_is_exact\": true, \"pages\": 25,"
        " \"next_cursor\": \"...\"}\n"
        "```\n"
        "\n"
        "`page=2` turns the page; `cursor=` with the `next_cursor` of the page before goes on"
        " behind it, at the same cost on every page and without a row shown twice while others are"
        " added. `next_cursor` is null on the last page, and a page past the end is empty. An"
        " unknown parameter is an error.\n"
        "\n"
        "`total` is exact wherever that is cheap. Elsewhere `total_is_exact` is false, and `total`"
        " and `pages` follow from what the database expects. `count=exact` counts, however long it"
        " takes; with `count=none` both are null.\n",
        LIST_PER_PAGE, LIST_PER_PAGE_MAX, LIST_PER_PAGE);
}

static void add_changes(struct buffer *out)
{
    markdown_heading(out, 2, "Changes by several at once");
    buffer_add_text(out,
                    "A row's `version` rises with every change and is its `ETag`. A change that"
                    " sends it back as `If-Match` is made only while nobody else has made one; else"
                    " it is refused with 412. `GET` with `If-None-Match` answers 304 while nothing"
                    " has changed.\n");
}

/* The setting of a rate class, by its name: rate_read_per_minute. NULL: it has none. */
static const struct config_key *setting_of(const char *rate)
{
    size_t length = strlen(rate);

    for (size_t i = 0; i < config_key_count; i++) {
        const char *name = config_keys[i].name;

        if (strncmp(name, "rate_", 5) == 0 && strncmp(name + 5, rate, length) == 0 &&
            strcmp(name + 5 + length, "_per_minute") == 0)
            return &config_keys[i];
    }
    return NULL;
}

static void add_rates(struct buffer *out)
{
    static const char *const headings[] = {"class", "requests a minute", "setting", NULL};

    markdown_heading(out, 2, "Rate classes");
    buffer_add_text(out, "Each endpoint takes from one of its caller's allowances; 429 says in"
                         " `Retry-After` when there is something again.\n\n");
    markdown_table(out, headings);
    for (int rate = RATE_UNSET + 1; rate < RATE_CLASS_COUNT; rate++) {
        const char *name = words_of_rate((enum rate_class)rate);
        const struct config_key *key = setting_of(name);

        if (key)
            buffer_add_format(out, "| `%s` | %s | `%s` |\n", name, key->standard, key->variable);
        else
            buffer_add_format(out, "| `%s` | any number | |\n", name);
    }
}

static void add_contents_row(struct buffer *out, const struct docs_source *source,
                             const struct route *route)
{
    const char *heading = docs_endpoint_heading(out, source, route);

    if (!heading)
        return;
    buffer_add_text(out, "| ");
    markdown_link(out, heading, heading);
    buffer_add_format(out, " | %s | ", words_of_access(route));
    markdown_text(out, route->summary);
    buffer_add_text(out, " |\n");
}

static void add_contents(struct buffer *out, const struct docs_source *source)
{
    static const char *const headings[] = {"endpoint", "who", "what", NULL};

    markdown_heading(out, 2, "Endpoints");
    markdown_table(out, headings);
    for (size_t m = 0; m < source->modules.count; m++) {
        const struct module *module = source->modules.list[m];

        for (size_t r = 0; r < module->route_count; r++)
            add_contents_row(out, source, &module->routes[r]);
    }
}

/* "Items" of the module items. */
static void add_module_heading(struct buffer *out, const struct module *module)
{
    char *title = arena_copy(out->arena, module->name, strlen(module->name));

    if (!title) {
        out->failed = true;
        return;
    }
    title[0] = (char)toupper((unsigned char)title[0]);
    markdown_heading(out, 2, title);
    if (module->doc) {
        markdown_text(out, module->doc);
        buffer_add_char(out, '\n');
    }
}

void docs_write_api(struct buffer *out, const struct docs_source *source)
{
    add_introduction(out, source);
    add_contents(out, source);
    add_envelope(out);
    add_error_table(out);
    add_signing_in(out, source);
    add_lists(out);
    add_changes(out);
    add_rates(out);
    for (size_t m = 0; m < source->modules.count; m++) {
        const struct module *module = source->modules.list[m];

        add_module_heading(out, module);
        for (size_t r = 0; r < module->route_count; r++)
            docs_add_endpoint(out, source, module, &module->routes[r]);
    }
    docs_add_objects(out, source->modules);
}
