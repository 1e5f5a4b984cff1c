/* export_test.c - exports: what is in the file, which rows, and how a transfer ends */
#include "support/api_items.h"
#include "support/api_parts.h"
#include "support/scrape.h"

#include "keel/core/metrics.h"
#include "keel/core/slots.h"
#include "keel/http/crud.h"
#include "keel/middleware/measure.h"
#include "keel/middleware/pipeline.h"
#include "keel/model/export.h"

#include <json-c/json.h>
#include <string.h>

#define EXPORT "/api/items/export"

static const char head_line[] = "id,name,description,price,quantity,category_id,is_active,version,"
                                "created_at,updated_at\n";

static const struct api_reply *export(struct api *api, const char *query)
{
    return api_expect(api, 200, "GET", api_format(api, EXPORT "%s", query), NULL, NULL);
}

/* The body as text; of HEAD and of nothing it is "". */
static const char *text_of(struct api *api, const struct api_reply *reply)
{
    return api_format(api, "%.*s", (int)reply->body_length, reply->body);
}

/* Texts in it may have line ends of their own: counted are lines that begin with a number. */
static size_t count_rows(const char *csv)
{
    size_t count = 0;

    for (const char *line = strchr(csv, '\n'); line; line = strchr(line + 1, '\n'))
        count += line[1] >= '1' && line[1] <= '9';
    return count;
}

static void csv_has_a_line_for_each_row_of_the_list(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = export(api, "?sort=id");
    const char *csv = text_of(api, reply);

    assert_string_equal(api_header(api, reply, "Content-Type"),
                        "text/csv; charset=utf-8; header=present");
    assert_string_equal(api_header(api, reply, "Content-Disposition"),
                        "attachment; filename=\"items.csv\"");
    assert_null(api_header(api, reply, "ETag"));
    assert_int_equal(strncmp(csv, head_line, sizeof head_line - 1), 0);
    assert_int_equal(count_rows(csv), 20);
    assert_non_null(strstr(csv, "\n1,Apron,\"Linen, with one pocket.\",24.50,12,2,true,1,"
                                "2026-02-01T08:00:00Z,2026-02-01T08:00:00Z\n"));
    /* NULL is nothing at all. */
    assert_non_null(strstr(csv, "\n20,Void,,5.00,0,,true,1,"));
    assert_null(strstr(csv, "Easel"));
    assert_int_equal(api_logged(reply, "stream_bytes"), strlen(csv));
    assert_false(api_has_logged(reply, "cut"));
}

static void ndjson_has_an_object_in_each_line(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = export(api, "?format=ndjson&sort=id");
    const char *text = text_of(api, reply);
    size_t count = 0;

    assert_string_equal(api_header(api, reply, "Content-Type"), "application/x-ndjson");
    assert_int_equal(strncmp(text, "{\"id\":1,\"name\":\"Apron\",", 23), 0);
    for (const char *line = text; *line; line = strchr(line, '\n') + 1, count++)
        assert_int_equal(*line, '{');
    assert_int_equal(count, 20);
}

static void json_is_an_array_of_the_same_objects(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = export(api, "?format=json&sort=-id");

    assert_string_equal(api_header(api, reply, "Content-Type"), "application/json");
    assert_string_equal(api_header(api, reply, "Content-Disposition"),
                        "attachment; filename=\"items.json\"");
    assert_int_equal(api_count(reply, ""), 20);
    assert_int_equal(api_int(reply, "/0/id"), 20);
    assert_string_equal(api_raw(reply, "/19/price"), "24.50");
}

static void filters_and_order_are_those_of_the_list(void **state)
{
    static const char *const queries[] = {"sort=-price,name", "category_id=2&sort=id",
                                          "q=two&sort=name",
                                          "min_price=9&max_price=25&sort=-created_at"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(queries); i++) {
        const char *list = api_format(api, "/api/items?per_page=100&%s", queries[i]);
        const struct api_reply *rows = api_expect(api, 200, "GET", list, NULL, NULL);
        const struct api_reply *file = export(api, api_format(api, "?format=json&%s", queries[i]));

        assert_true(api_count(file, "") > 0);
        assert_int_equal(api_count(file, ""), api_count(rows, "/data/items"));
        for (size_t row = 0; row < api_count(file, ""); row++)
            assert_int_equal(api_int(file, api_format(api, "/%zu/id", row)),
                             api_int(rows, api_format(api, "/data/items/%zu/id", row)));
    }
}

static void what_an_export_does_not_take_is_refused_by_name(void **state)
{
    static const struct {
        const char *query, *name, *code;
    } cases[] = {
        {"?format=xml", "format", "unknown_choice"},
        {"?page=2", "page", "unknown_parameter"},
        {"?cursor=x", "cursor", "unknown_parameter"},
        {"?per_page=5", "per_page", "unknown_parameter"},
        {"?fields=id", "fields", "unknown_parameter"},
        {"?colour=red", "colour", "unknown_parameter"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++)
        api_must_refuse(
            api_call(api, "GET", api_format(api, EXPORT "%s", cases[i].query), NULL, NULL),
            cases[i].name, cases[i].code);
}

static void deleted_rows_need_the_permission_of_the_list(void **state)
{
    struct api *api = *state;
    const char *target = EXPORT "?deleted=with";

    api_expect(api, 401, "GET", target, NULL, NULL);
    api_expect(api, 403, "GET", target, api->tokens[API_VIEWER], NULL);
    const struct api_reply *reply =
        api_expect(api, 200, "GET", target, api->tokens[API_EDITOR], NULL);

    assert_int_equal(count_rows(text_of(api, reply)), 25);
}

static void an_export_of_nothing_is_whole(void **state)
{
    struct api *api = *state;

    assert_string_equal(text_of(api, export(api, "?min_price=99999999.98&max_price=1")), head_line);
    assert_string_equal(text_of(api, export(api, "?ids=987654321&format=ndjson")), "");
    assert_int_equal(api_count(export(api, "?ids=987654321&format=json"), ""), 0);
}

static void head_tells_what_get_would_say(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = api_expect(api, 200, "HEAD", EXPORT, NULL, NULL);

    assert_string_equal(api_header(api, reply, "Content-Type"),
                        "text/csv; charset=utf-8; header=present");
    api_must_refuse(api_call(api, "GET", EXPORT "?format=xml", NULL, NULL), "format",
                    "unknown_choice");
    assert_int_equal(api_call(api, "HEAD", EXPORT "?format=xml", NULL, NULL)->status, 400);
}

static void categories_are_exported_by_the_same_handler(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply =
        api_expect(api, 200, "GET", "/api/categories/export?sort=id", NULL, NULL);

    assert_string_equal(api_header(api, reply, "Content-Disposition"),
                        "attachment; filename=\"categories.csv\"");
    assert_int_equal(count_rows(text_of(api, reply)), 5);
}

static void behind_a_transaction_pooler_it_is_the_same(void **state)
{
    struct api *api = *state;
    const char *before = text_of(api, export(api, ""));

    api->app.config.db_prepared = false;
    api_reconnect(api);
    assert_string_equal(text_of(api, export(api, "")), before);
}

static void the_rows_media_types_are_those_of_exports(void **state)
{
    (void)state;
    for (int i = 0; i < EXPORT_FORMAT_COUNT; i++) {
        enum export_format format = (enum export_format)i;

        assert_string_equal(export_media[i].format, export_format_name(format));
        assert_int_equal(
            strncmp(export_media_type(format), export_media[i].type, strlen(export_media[i].type)),
            0);
    }
    assert_null(export_media[EXPORT_FORMAT_COUNT].type);
}

static void one_too_many_at_once_is_503(void **state)
{
    struct api *api = *state;
    struct slot slot;

    api->app.config.export_file = api_format(api, "%s/exports", api->folder);
    assert_true(slot_take(api->app.config.export_file, 1, 0, &slot));
    api_must_fail(api_call(api, "GET", EXPORT, NULL, NULL), "SERVICE_UNAVAILABLE");
    /* A head is cheap. */
    api_expect(api, 200, "HEAD", EXPORT, NULL, NULL);
    slot_give(&slot);
    export(api, "");
    export(api, "");
}

static void an_error_before_the_first_row_is_answered_as_any(void **state)
{
    struct api *api = *state;

    api_ask(api, "ALTER TABLE items RENAME TO elsewhere");
    api_must_fail(api_call(api, "GET", EXPORT, NULL, NULL), "INTERNAL_ERROR");
    api_ask(api, "ALTER TABLE elsewhere RENAME TO items");
    api->app.config.export_timeout_s = -1;
    api_must_fail(api_call(api, "GET", EXPORT, NULL, NULL), "TIMEOUT");
    api->app.config.export_timeout_s = 60;
    export(api, "");
}

/* Some megabytes, so that there is something left to fail behind the first piece. */
static void fill(struct api *api)
{
    api_ask(api, "INSERT INTO items (name, description, price) SELECT 'Filler ' || n, "
                 "repeat('x', 400), 1 FROM generate_series(1, 20000) n");
}

/* A client that does something when the first bytes reach it. */
struct client {
    struct memory_transport memory; /* must be first */
    struct api *api;
    bool kills; /* ends the worker's session; else leaves */
    unsigned writes;
    bool (*write)(struct transport *transport, const char *bytes, size_t size);
};

static bool take_some(struct transport *transport, const char *bytes, size_t size)
{
    struct client *client = (struct client *)transport;

    /* The second is the first piece behind the head. */
    if (++client->writes == 2 && client->kills)
        api_ask(client->api, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                             "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    if (client->writes == 3 && !client->kills)
        return false;
    return client->write(transport, bytes, size);
}

static void serve(struct api *api, struct client *client)
{
    const struct api_request request = {.target = EXPORT};

    assert_true(api_prepare(&api->scope, &request, &client->memory));
    client->api = api;
    client->write = client->memory.transport.write;
    client->memory.transport.write = take_some;
    api_serve(&api->app, &client->memory.transport);
}

/* What the log says of the answer that `client` was given. */
static struct json_object *log_line(struct api *api, const struct client *client)
{
    const char *id = strstr(client->memory.answer.data, "X-Request-Id: ");

    assert_non_null(id);
    id += strlen("X-Request-Id: ");
    struct json_object *line =
        api_log_find(api, api_format(api, "%.*s", (int)strcspn(id, "\r"), id));

    api_log_advance(api);
    return line;
}

static void must_say(struct json_object *line, const char *name, const char *value)
{
    struct json_object *member = NULL;

    json_object_object_get_ex(line, name, &member);
    if (!member || strcmp(json_object_get_string(member), value) != 0)
        unit_fail("%s is not %s in %s", name, value, json_object_to_json_string(line));
}

static int make_counting(void **state)
{
    int made = api_make(state);
    struct api *api = *state;

    api->app.config.metrics_file = api_format(api, "%s/metrics", api->folder);
    assert_true(measure_open(&api->scope, &api->app));
    return made;
}

static int drop_counting(void **state)
{
    struct api *api = *state;

    metrics_close(api->app.metrics);
    return api_drop(state);
}

/* What monitoring sees of answers that ended short of their end. */
static double count_cut(struct api *api, const char *by)
{
    struct buffer out;

    buffer_init(&out, &api->scope.arena);
    metrics_write(api->app.metrics, &out);
    return scrape_value(out.data, api_format(api, "keel_cut_answers_total{by=\"%s\"}", by));
}

static void an_error_behind_the_first_row_cuts_the_answer(void **state)
{
    struct api *api = *state;
    struct client client = {.kills = true};

    fill(api);
    serve(api, &client);
    assert_true(client.memory.was_cut);
    assert_int_equal(strncmp(client.memory.answer.data, "Status: 200 OK", 14), 0);
    struct json_object *line = log_line(api, &client);

    must_say(line, "status", "200");
    must_say(line, "level", "error");
    must_say(line, "cut", "by an error");
    must_say(line, "code", "SERVICE_UNAVAILABLE");
    assert_true(count_cut(api, "error") == 1);
    /* The next request has a connection of its own again. */
    api_expect(api, 200, "GET", "/api/items/1", NULL, NULL);
}

static void a_client_that_leaves_ends_the_query(void **state)
{
    struct api *api = *state;
    struct client client = {.kills = false};

    fill(api);
    serve(api, &client);
    assert_int_equal(client.writes, 3);
    struct json_object *line = log_line(api, &client);

    must_say(line, "level", "info");
    must_say(line, "cut", "by the client");
    assert_true(count_cut(api, "client") == 1);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                                     "current_database() AND xact_start IS NOT NULL "
                                     "AND pid <> pg_backend_pid()"),
                        "0");
    api_expect(api, 200, "GET", "/api/items/1", NULL, NULL);
}

/* As plain CGI has it: no end but a good one. */
static void what_cannot_be_cut_is_collected_and_has_a_length(void **state)
{
    struct api *api = *state;
    const struct api_request request = {.target = EXPORT "?sort=id"};
    const char *expected = text_of(api, export(api, "?sort=id"));
    struct memory_transport memory;

    assert_true(api_prepare(&api->scope, &request, &memory));
    memory.transport.cut = NULL;
    api_serve(&api->app, &memory.transport);
    const char *length = api_format(api, "\r\nContent-Length: %zu\r\n", strlen(expected));

    assert_non_null(strstr(memory.answer.data, length));
    assert_string_equal(strstr(memory.answer.data, "\r\n\r\n") + 4, expected);
    api_ask(api, "ALTER TABLE items RENAME TO elsewhere");
    assert_true(api_prepare(&api->scope, &request, &memory));
    memory.transport.cut = NULL;
    api_serve(&api->app, &memory.transport);
    assert_int_equal(strncmp(memory.answer.data, "Status: 500", 11), 0);
    api_log_advance(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_has_a_line_for_each_row_of_the_list),
        cmocka_unit_test(ndjson_has_an_object_in_each_line),
        cmocka_unit_test(json_is_an_array_of_the_same_objects),
        cmocka_unit_test(filters_and_order_are_those_of_the_list),
        cmocka_unit_test(what_an_export_does_not_take_is_refused_by_name),
        cmocka_unit_test(deleted_rows_need_the_permission_of_the_list),
        cmocka_unit_test(an_export_of_nothing_is_whole),
        cmocka_unit_test(head_tells_what_get_would_say),
        cmocka_unit_test(categories_are_exported_by_the_same_handler),
        cmocka_unit_test(the_rows_media_types_are_those_of_exports),
        api_unit_test(behind_a_transaction_pooler_it_is_the_same),
        api_unit_test(one_too_many_at_once_is_503),
        api_unit_test(an_error_before_the_first_row_is_answered_as_any),
        cmocka_unit_test_setup_teardown(an_error_behind_the_first_row_cuts_the_answer,
                                        make_counting, drop_counting),
        cmocka_unit_test_setup_teardown(a_client_that_leaves_ends_the_query, make_counting,
                                        drop_counting),
        api_unit_test(what_cannot_be_cut_is_collected_and_has_a_length),
    };

    return cmocka_run_group_tests_name("export", tests, api_make, api_drop);
}
