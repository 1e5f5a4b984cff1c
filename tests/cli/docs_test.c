/* docs_test.c - the reference says what the tables say, of every row */
#include "cli/docs.h"
#include "cli/docs_parts.h"
#include "cli/markdown.h"

#include "keel/core/scope.h"
#include "keel/http/response.h"
#include "keel/model/parameter.h"
#include "keel/routes/modules.h"
#include "support/faults.h"
#include "support/thing.h"
#include "support/unit.h"

#include <stdio.h>
#include <string.h>

struct fixture {
    struct scope scope;
    struct docs_source source;
};

static int begin(void **state)
{
    static struct fixture fixture;

    scope_begin(&fixture.scope, NULL, NULL, NULL);
    fixture.source = (struct docs_source){&fixture.scope, keel_modules, "/api"};
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    scope_end(&fixture->scope);
    return 0;
}

static const char *write_source(struct fixture *fixture, const struct docs_source *source)
{
    struct buffer out;

    buffer_init(&out, &fixture->scope.arena);
    docs_write_api(&out, source);
    assert_false(out.failed);
    return out.data;
}

static const char *write_all(struct fixture *fixture)
{
    return write_source(fixture, &fixture->source);
}

/* The text between a heading and the next of the same or a higher level. */
static const char *section(struct fixture *fixture, const char *text, const char *heading)
{
    const char *line = scope_format(&fixture->scope, "\n### %s\n", heading);
    const char *at = strstr(text, line);

    if (!at)
        unit_fail("there is no heading %s", heading);
    at += strlen(line);
    const char *finish = strstr(at, "\n##");

    return scope_copy(&fixture->scope, at, finish ? (size_t)(finish - at) : strlen(at));
}

static void must_hold(const char *text, const char *part)
{
    if (!strstr(text, part))
        unit_fail("there is no <%s> in: %s", part, text);
}

static void must_lack(const char *text, const char *part)
{
    if (strstr(text, part))
        unit_fail("there is <%s> in: %s", part, text);
}

/* Of the real table. */
static void each_route(struct fixture *fixture,
                       void (*check)(struct fixture *fixture, const struct route *route,
                                     const char *text))
{
    const char *all = write_all(fixture);

    for (size_t m = 0; m < keel_modules.count; m++) {
        for (size_t r = 0; r < keel_modules.list[m]->route_count; r++) {
            const struct route *route = &keel_modules.list[m]->routes[r];
            const char *heading =
                scope_format(&fixture->scope, "%s /api%s", method_name(route->method), route->path);

            check(fixture, route, section(fixture, all, heading));
        }
    }
}

static void check_errors(struct fixture *fixture, const struct route *route, const char *text)
{
    must_hold(text, scope_format(&fixture->scope, "`%s`", route->id));
    must_hold(text, scope_format(&fixture->scope, "**Answer** `%d`", route->success));
    for (int kind = ERR_NONE + 1; kind < ERR_KIND_COUNT; kind++) {
        const char *code = error_code((enum error_kind)kind);

        if (!(route_errors(route) & ERROR_BIT(kind))) {
            must_lack(text, code);
            continue;
        }
        must_hold(text, code);
        must_hold(text, scope_format(&fixture->scope, "`%d`", error_status((enum error_kind)kind)));
    }
    if (route->permission)
        must_hold(text, scope_format(&fixture->scope, "`%s`", route->permission));
}

static void test_errors(void **state)
{
    each_route(*state, check_errors);
}

static void check_body(struct fixture *fixture, const struct route *route, const char *text)
{
    const struct model *model = route->body.model;
    const char *body = strstr(text, "**Body**");

    assert_int_equal(body != NULL, model != NULL || route->uploads != NULL);
    /* A bulk's operations have a table of their own before it. */
    if (route->flags & ROUTE_BULK)
        body = strstr(strstr(body, "| field ") + 1, "| field ");
    for (size_t i = 0; model && i < model->column_count; i++) {
        const struct column *column = &model->columns[i];
        const char *row = strstr(body, scope_format(&fixture->scope, "| `%s` |", column->name));
        bool is_part = column->uses & route->body.use & (CREATE | UPDATE);
        bool is_required = column->uses & REQUIRE && !(route->body.use & PARTIAL);

        assert_int_equal(row != NULL, is_part);
        if (!row)
            continue;
        const char *line = scope_copy(&fixture->scope, row, strcspn(row, "\n"));

        assert_int_equal(strstr(line, "| yes |") || strstr(line, "| to create |"), is_required);
        must_hold(line, column->doc);
    }
}

static void test_bodies(void **state)
{
    each_route(*state, check_body);
}

static void check_parameters(struct fixture *fixture, const struct route *route, const char *text)
{
    struct parameters parameters = {0};

    assert_true(route_parameters(&fixture->scope, route, &parameters));
    assert_true(parameters.count > 4 || !(route->flags & ROUTE_LIST));
    for (size_t i = 0; i < parameters.count; i++)
        must_hold(text,
                  scope_format(&fixture->scope, "| `%s` | query | ", parameters.list[i].name));
    if (strstr(route->path, "{id}"))
        must_hold(text, "| `id` | path | integer, at least 1 | ");
    /* A cell that says nothing: something was added and nobody wrote what it means. */
    must_lack(text, "|  |\n");
    must_lack(text, "| |\n");
}

static void test_parameters(void **state)
{
    each_route(*state, check_parameters);
}

static size_t count_cells(const char *line, size_t length)
{
    size_t cells = 0;

    for (size_t i = 0; i < length; i++)
        cells += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
    return cells;
}

static void test_tables(void **state)
{
    size_t columns = 0, rows = 0;

    for (const char *line = write_all(*state); *line;) {
        size_t length = strcspn(line, "\n");

        if (*line != '|') {
            columns = 0;
        } else {
            size_t cells = count_cells(line, length);

            if (columns && cells != columns)
                unit_fail("%zu cells, not %zu: %.*s", cells, columns, (int)length, line);
            columns = cells;
            rows++;
        }
        line += length + (line[length] == '\n');
    }
    assert_true(rows > 100);
}

/* Claim: a heading has this anchor. */
static bool has_anchor(struct fixture *fixture, const char *text, const char *wanted)
{
    for (const char *at = strstr(text, "\n#"); at; at = strstr(at + 1, "\n#")) {
        const char *title = strchr(at, ' ') + 1;
        struct buffer anchor;

        buffer_init(&anchor, &fixture->scope.arena);
        markdown_anchor(&anchor, scope_copy(&fixture->scope, title, strcspn(title, "\n")));
        if (strcmp(anchor.data, wanted) == 0)
            return true;
    }
    return false;
}

static void test_links(void **state)
{
    struct fixture *fixture = *state;
    const char *text = write_all(fixture);
    size_t links = 0;

    for (const char *at = strstr(text, "](#"); at; at = strstr(at + 1, "](#"), links++) {
        const char *anchor = scope_copy(&fixture->scope, at + 3, strcspn(at + 3, ")"));

        if (!has_anchor(fixture, text, anchor))
            unit_fail("nothing has the anchor %s", anchor);
    }
    assert_true(links > 40);
}

static bool never_called(struct exchange *exchange)
{
    (void)exchange;
    return false;
}

static const struct column tags[] = {
    {COLUMN_NAME("tags"), .uses = READ | CREATE | REQUIRE, .kind = KIND_TEXTS, .min = 1, .max = 20,
     .most = 5, .doc = "Words."},
    {COLUMN_NAME("mood"), .uses = READ | CREATE, .kind = KIND_TEXT, .choices = "good|bad",
     .doc = "How it goes."},
};
static const struct model tags_model = {.name = "Tag", .plural = "tags", COLUMNS(tags)};
static const struct column quotes[] = {
    {COLUMN_NAME("name"), .uses = CREATE | REQUIRE, .kind = KIND_TEXT, .example = "\"it's | `so`\"",
     .doc = "One | two."},
};
static const struct model quotes_model = {.name = "Quote", COLUMNS(quotes)};
static const struct query_parameter dry_run[] = {{"dry_run", "Only say what would be done.", NULL},
                                                 {0}};

static const struct media files[] = {
    {"csv", "text/csv"}, {"ndjson", "application/x-ndjson"}, {NULL, NULL}};

static const struct route rows[] = {
    {"things.list", GET, "/things", never_called, ACCESS_SIGNED_IN, .rate = RATE_READ,
     .reply = {&things_model, READ | LIST}, .flags = ROUTE_LIST, .success = 200, .summary = "All."},
    {"things.deleted", GET, "/things/deleted", never_called, ACCESS_PERMISSION,
     .permission = "things:read", .rate = RATE_READ, .reply = {&things_model, READ | LIST},
     .flags = ROUTE_LIST, .see_deleted = "things:deleted", .success = 200, .summary = "Gone."},
    {"things.get", GET, "/things/{id}", never_called, ACCESS_PUBLIC, .rate = RATE_READ,
     .reply = {&things_model, READ}, .success = 200, .summary = "One."},
    {"things.update", PATCH, "/things/{id}", never_called, ACCESS_PUBLIC, .rate = RATE_WRITE,
     .body = {&things_model, UPDATE | PARTIAL}, .reply = {&things_model, READ}, .success = 200,
     .message = "Changed", .body_limit = 512, .summary = "Change."},
    {"things.delete", DELETE, "/things/{id}", never_called, ACCESS_PUBLIC, .rate = RATE_WRITE,
     .success = 200, .summary = "Remove."},
    {"things.bulk", POST, "/things/bulk", never_called, ACCESS_SIGNED_IN, .rate = RATE_WRITE,
     .body = {&things_model, CREATE | UPDATE}, .flags = ROUTE_BULK, .success = 200,
     .summary = "Many."},
    {"tags.set", POST, "/tags", never_called, ACCESS_PUBLIC, .rate = RATE_WRITE,
     .body = {&tags_model, CREATE}, .reply = {&tags_model, READ | WHOLE}, .success = 200,
     .flags = ROUTE_MAY_OMIT_BODY, .summary = "Tag."},
    {"things.map", GET, "/things/map", never_called, ACCESS_PUBLIC, .rate = RATE_READ,
     .media_type = "image/svg+xml", .cache = CACHE_CHECK, .success = 200, .summary = "A picture."},
    {"quotes.add", POST, "/by/{name}/quotes", never_called, ACCESS_PUBLIC, .rate = RATE_WRITE,
     .body = {&quotes_model, CREATE}, .query = dry_run, .success = 202, .summary = "Add <one>."},
    {"things.import", POST, "/things/import", never_called, ACCESS_SIGNED_IN, .rate = RATE_WRITE,
     .uploads = files, .success = 202, .flags = ROUTE_LOCATION, .summary = "Take a file."},
    {"things.export", GET, "/things/export", never_called, ACCESS_PUBLIC, .rate = RATE_READ,
     .streams = files, .success = 200, .summary = "Give one."},
};
static const struct module things = {.name = "things", ROUTES(rows), .model = &things_model};
static const struct module *const list[] = {&things};

static const char *of_things(struct fixture *fixture, const char *heading)
{
    const struct docs_source source = {&fixture->scope, {list, COUNT(list)}, "/v2"};

    return section(fixture, write_source(fixture, &source), heading);
}

static void test_rows(void **state)
{
    struct fixture *fixture = *state;
    const char *text = of_things(fixture, "GET /v2/things");

    must_hold(text, "whoever is signed in");
    must_hold(text, "-H \"Authorization: Bearer $TOKEN\"");
    must_hold(text, "'http://127.0.0.1:8080/v2/things?per_page=3'");
    must_hold(text, "`data` holds `things`, an array of [Thing](#thing-object)");
    must_hold(text, "| `is_open` | query | boolean | Only rows whose is_open is this. |");
    must_hold(text, "| `max_amount` | query | integer, 0 to 100 | Only rows whose amount is at "
                    "most this. |");
    must_hold(text, "| `sort` | query | up to 4 of these, separated by commas: `id`, `name`, ");
    must_hold(text, "| `count` | query | `exact`, `estimated`, `none` | ");
    must_hold(text, "| `per_page` | query | integer, 1 to 100 | ");
    must_hold(text, "`20` when not said.");
    must_hold(text, "| `parent_id` | query | integer, or `null` | ");
    must_hold(text,
              "| `include` | query | any of these, separated by commas: `parent`, `children` | ");
    must_lack(text, "`deleted`");
    text = of_things(fixture, "GET /v2/things/deleted");
    must_hold(text, "For the permission `things:read`");
    must_hold(text, "| `deleted` | query | `only`, `with` | ");
    must_hold(text, "Needs the permission `things:deleted`.");
    text = of_things(fixture, "GET /v2/things/{id}");
    must_hold(text, "| `If-None-Match` | header |");
    must_hold(text, "'http://127.0.0.1:8080/v2/things/1'");
    must_lack(text, "Bearer");
    text = of_things(fixture, "PATCH /v2/things/{id}");
    must_hold(text, "| `If-Match` | header |");
    must_hold(text, "at most 512 bytes");
    must_hold(text, "What is absent stays as it is.");
    must_hold(text, "curl -X PATCH ");
    must_hold(text, "`message` is “Changed”");
    must_hold(of_things(fixture, "DELETE /v2/things/{id}"), "`data` is null");
    text = of_things(fixture, "GET /v2/things/map");
    must_hold(text, "the document itself, `image/svg+xml`, in no envelope");
    must_hold(text, "| `If-None-Match` | header |");
}

static void test_bulk(void **state)
{
    const char *text = of_things(*state, "POST /v2/things/bulk");

    must_hold(text, "| `op` | `create`, `update` or `delete` | yes |");
    must_hold(text, "| `name` | text, 2 to 8 characters | to create | Name. |");
    must_hold(text, "-d '{\"operations\": [{\"op\": \"create\", \"data\": {\"name\": \"name\", ");
    must_hold(text, "`results`");
    must_hold(text, "| `Idempotency-Key` | header |");
}

static void test_files(void **state)
{
    const char *text = of_things(*state, "POST /v2/things/import");

    must_hold(text, "**Body** a file, `text/csv` or `application/x-ndjson`, at most as large");
    must_hold(text, "-H 'Content-Type: text/csv' \\\n  -T file.csv\n");
    must_hold(text, "`Location` is its path");
    must_hold(text, "`413` PAYLOAD_TOO_LARGE · `415` UNSUPPORTED_MEDIA_TYPE");
    text = of_things(*state, "GET /v2/things/export");
    must_hold(text, "a file of any size, `text/csv` or `application/x-ndjson`, in no envelope");
}

static void test_choices(void **state)
{
    const char *text = of_things(*state, "POST /v2/tags");

    must_hold(text, "| `tags` | list of up to 5, each text, 1 to 20 characters | yes | Words. |");
    must_hold(text, "| `mood` | `good`, `bad` |");
    must_hold(text, "`application/json`, may be left out");
    must_hold(text, "-d '{\"tags\": [\"tags\"], \"mood\": \"good\"}'");
    must_hold(text, "`data` holds `tags`, an array of all there are, each [Tag](#tag-object)");
}

/* What would end a cell, a word of the shell's or be markup. */
static void test_quoting(void **state)
{
    const char *text = of_things(*state, "POST /v2/by/{name}/quotes");

    must_hold(text, "Add \\<one>.");
    must_hold(text, "One \\| two.");
    must_hold(text, "-d '{\"name\": \"it'\\''s | `so`\"}'");
    must_hold(text, "| `name` | path | text |");
    must_hold(text, "| `dry_run` | query | text | Only say what would be done. |");
}

static void test_objects(void **state)
{
    const char *text = of_things(*state, "Thing object");

    must_hold(text, "| `name` | text, 2 to 8 characters | Name. |");
    must_hold(text, "| `parent` | [Thing](#thing-object), or null | ");
    must_hold(text, "How many have it as their parent. Only where `include` asks for it.");
    must_hold(text, "```json\n{\"id\": 1, \"name\": \"name\", ");
    must_lack(text, "secret");
    must_lack(text, "\"children\"");
}

static void test_types(void **state)
{
    static const struct {
        const char *name, *type;
    } cases[] = {
        {"name", "text, 2 to 8 characters"},
        {"note", "text, or null"},
        {"price", "number, 0 to 9999.99, at most 2 decimals"},
        {"amount", "integer, 0 to 100"},
        {"parent_id", "integer, or null"},
        {"is_open", "boolean"},
        {"due_at", "time, or null"},
        {"secret", "text, 4 to 6 bytes, or null"},
        {"email", "email, up to 20 characters, or null"},
        {"tags", "array"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer out;

        buffer_init(&out, &fixture->scope.arena);
        docs_add_type(&out, model_find(&things_model, cases[i].name));
        assert_string_equal(out.data, cases[i].type);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;
        const struct docs_source source = {&scope, {list, COUNT(list)}, "/v2"};
        struct buffer out;

        scope_begin(&scope, NULL, NULL, NULL);
        buffer_init(&out, &scope.arena);
        docs_write_api(&out, &source);
        faults_stop();
        assert_int_equal(out.failed, faults_hit());
        scope_end(&scope);
    }
    assert_true(faults_count() > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("every endpoint has its answer, its permission and its errors, no others",
                     test_errors),
        FIXTURE_TEST("every field of a body is there, and says whether it is required",
                     test_bodies),
        FIXTURE_TEST("every parameter is there and says what it means", test_parameters),
        FIXTURE_TEST("every row of a table has as many cells as its head", test_tables),
        FIXTURE_TEST("every link leads to a heading", test_links),
        FIXTURE_TEST("a row's access, headers, limits and example are told", test_rows),
        FIXTURE_TEST("a bulk has its operations and their results", test_bulk),
        FIXTURE_TEST("files are named by their media types", test_files),
        FIXTURE_TEST("choices, lists of texts, whole lists and bodies left out are told",
                     test_choices),
        FIXTURE_TEST("nothing in a text ends a cell, a shell's word or becomes markup",
                     test_quoting),
        FIXTURE_TEST("an object has the fields of answers, and what can be asked for beside",
                     test_objects),
        FIXTURE_TEST("a column's type and limits are told in words", test_types),
        {.name = "without memory the reference fails cleanly", .test_func = test_no_memory},
    };

    return cmocka_run_group_tests_name("docs", tests, NULL, NULL);
}
