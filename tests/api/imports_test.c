/* imports_test.c - ordering imports by files, looking at them, and ending them */
#include "support/api_parts.h"

#include "keel/middleware/pipeline.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IMPORT "/api/items/import"

static const char csv[] = "name,price\nKettle,34.95\nPan,12\n";

static const struct api_reply *send_file(struct api *api, const char *query, const char *token,
                                         const char *type, const char *body, const char *key)
{
    const char *const variables[] = {key ? api_format(api, "HTTP_IDEMPOTENCY_KEY=%s", key) : NULL,
                                     NULL};

    return api_send(api, &(struct api_request){.method = "POST",
                                               .target = api_format(api, IMPORT "%s", query),
                                               .token = token,
                                               .body = body,
                                               .content_type = type,
                                               .variables = variables});
}

static const struct api_reply *order(struct api *api, const char *query)
{
    const struct api_reply *reply =
        send_file(api, query, api->tokens[API_EDITOR], "text/csv", csv, NULL);

    if (reply->status != 202)
        unit_fail("%d: %s", reply->status, reply->body);
    return reply;
}

/* How many uploads lie in the folder. */
static int count_files(struct api *api)
{
    DIR *folder = opendir(api->folder);
    int count = 0;

    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        count += strncmp(entry->d_name, "upload-", 7) == 0;
    closedir(folder);
    return count;
}

static const char *file_of(struct api *api, const struct api_reply *reply)
{
    return api_ask(api, api_format(api, "SELECT file FROM imports WHERE id = %lld",
                                   (long long)api_int(reply, "/data/id")));
}

static void an_ordered_import_is_202_with_its_location(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = order(api, "");
    long long id = (long long)api_int(reply, "/data/id");
    const char *path = api_format(api, "/api/imports/%lld", id);

    assert_string_equal(api_header(api, reply, "Location"), path);
    api_must_hold(api, reply,
                  "{\"resource\":\"items\",\"format\":\"csv\",\"mode\":\"all_or_nothing\","
                  "\"on_conflict\":\"error\",\"dry_run\":false,\"status\":\"queued\"}");
    assert_int_equal(api_int(reply, "/data/user_id"), api->user_ids[API_EDITOR]);
    const struct api_reply *read = api_expect(api, 200, "GET", path, api->tokens[API_EDITOR], NULL);

    assert_string_equal(api_raw(read, "/data/id"), api_raw(reply, "/data/id"));
    assert_int_equal(api_logged(reply, "upload_bytes"), strlen(csv));
    /* The job is there with it. */
    assert_string_equal(
        api_ask(api, api_format(api,
                                "SELECT j.kind || ' ' || j.state FROM jobs j, imports i "
                                "WHERE j.id = i.job_id AND i.id = %lld",
                                id)),
        "import queued");
}

static void the_file_is_kept_byte_for_byte_for_its_user_alone(void **state)
{
    struct api *api = *state;
    const char *path = file_of(api, order(api, ""));
    struct stat status;
    char bytes[100] = "";
    FILE *file = fopen(path, "re");

    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, sizeof bytes - 1, file), strlen(csv));
    fclose(file);
    assert_string_equal(bytes, csv);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
}

static void what_the_query_asks_for_is_ordered(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply = order(api, "?mode=best_effort&on_conflict=update&dry_run=true");

    api_must_hold(api, reply,
                  "{\"mode\":\"best_effort\",\"on_conflict\":\"update\",\"dry_run\":true}");
    reply = send_file(api, "?dry_run=false", api->tokens[API_EDITOR], "application/x-ndjson",
                      "{\"name\":\"Pot\",\"price\":1}\n", NULL);
    api_must_hold(api, reply, "{\"format\":\"ndjson\",\"dry_run\":false}");
}

static void what_it_cannot_be_asked_for_is_refused_by_name_and_leaves_no_file(void **state)
{
    static const struct {
        const char *query, *name, *code;
    } cases[] = {
        {"?mode=half", "mode", "unknown_choice"},
        {"?on_conflict=", "on_conflict", "unknown_choice"},
        {"?dry_run=1", "dry_run", "unknown_choice"},
        {"?format=csv", "format", "unknown_parameter"},
        {"?mode=best_effort&mode=best_effort", "mode", "duplicate"},
    };
    struct api *api = *state;
    int before = count_files(api);

    for (size_t i = 0; i < COUNT(cases); i++)
        api_must_refuse(
            send_file(api, cases[i].query, api->tokens[API_EDITOR], "text/csv", csv, NULL),
            cases[i].name, cases[i].code);
    assert_int_equal(count_files(api), before);
}

static void a_file_that_is_refused_leaves_nothing(void **state)
{
    struct api *api = *state;
    const char *editor = api->tokens[API_EDITOR];
    const size_t part = 10;
    int before = count_files(api);

    api_must_fail(send_file(api, "", NULL, "text/csv", csv, NULL), "UNAUTHORIZED");
    api_must_fail(send_file(api, "", api->tokens[API_VIEWER], "text/csv", csv, NULL), "FORBIDDEN");
    api_must_fail(send_file(api, "", editor, "application/json", "{}", NULL),
                  "UNSUPPORTED_MEDIA_TYPE");
    api_must_fail(send_file(api, "", editor, "text/csv", "", NULL), "MALFORMED_REQUEST");
    api->app.config.max_upload_bytes = (int64_t)strlen(csv) - 1;
    api_must_fail(send_file(api, "", editor, "text/csv", csv, NULL), "PAYLOAD_TOO_LARGE");
    /* However little it says it has, or nothing. */
    struct api_request request = {.method = "POST",
                                  .target = IMPORT,
                                  .token = editor,
                                  .body = csv,
                                  .content_type = "text/csv",
                                  .content_length = ""};

    api_must_fail(api_send(api, &request), "PAYLOAD_TOO_LARGE");
    request.content_length = "5";
    api_must_fail(api_send(api, &request), "PAYLOAD_TOO_LARGE");
    api->app.config.max_upload_bytes = (int64_t)strlen(csv);
    api_must_fail(api_send(api, &request), "MALFORMED_REQUEST");
    request.content_length = NULL;
    request.break_at = &part;
    api_must_fail(api_send(api, &request), "MALFORMED_REQUEST");
    assert_int_equal(count_files(api), before);
    request.break_at = NULL;
    assert_int_equal(api_send(api, &request)->status, 202);
}

static void a_server_without_a_folder_takes_no_files(void **state)
{
    struct api *api = *state;

    api->app.config.upload_folder = "";
    api_must_fail(send_file(api, "", api->tokens[API_EDITOR], "text/csv", csv, NULL),
                  "SERVICE_UNAVAILABLE");
    api->app.config.upload_folder = "/nonexistent/folder";
    api_must_fail(send_file(api, "", api->tokens[API_EDITOR], "text/csv", csv, NULL),
                  "INTERNAL_ERROR");
}

static void an_import_that_is_not_saved_leaves_no_file(void **state)
{
    struct api *api = *state;
    int before = count_files(api);

    api_ask(api, "ALTER TABLE imports RENAME TO elsewhere");
    api_must_fail(send_file(api, "", api->tokens[API_EDITOR], "text/csv", csv, NULL),
                  "INTERNAL_ERROR");
    assert_int_equal(count_files(api), before);
    api_ask(api, "ALTER TABLE elsewhere RENAME TO imports");
    order(api, "");
    assert_int_equal(count_files(api), before + 1);
}

static void the_same_file_under_the_same_key_is_ordered_once(void **state)
{
    struct api *api = *state;
    const char *editor = api->tokens[API_EDITOR];
    const struct api_reply *first = send_file(api, "", editor, "text/csv", csv, "once");
    int before = count_files(api);
    const struct api_reply *again = send_file(api, "", editor, "text/csv", csv, "once");

    assert_int_equal(again->status, 202);
    assert_string_equal(api_header(api, again, "Idempotency-Replayed"), "true");
    assert_string_equal(api_raw(again, "/data/id"), api_raw(first, "/data/id"));
    api_must_fail(
        send_file(api, "", editor, "text/csv", "name,price\nKettle,34.96\nPan,12\n", "once"),
        "IDEMPOTENCY_MISMATCH");
    api_must_fail(send_file(api, "?dry_run=true", editor, "text/csv", csv, "once"),
                  "IDEMPOTENCY_MISMATCH");
    assert_int_equal(count_files(api), before);
}

static void one_sees_ones_own_and_with_jobs_read_everybodys(void **state)
{
    struct api *api = *state;
    long long own = (long long)api_int(order(api, ""), "/data/id");
    const struct api_reply *other =
        send_file(api, "", api->tokens[API_ADMIN], "text/csv", csv, NULL);
    long long theirs = (long long)api_int(other, "/data/id");
    const char *editor = api->tokens[API_EDITOR], *admin = api->tokens[API_ADMIN];
    const struct api_reply *list =
        api_expect(api, 200, "GET", "/api/imports?per_page=1", editor, NULL);

    assert_int_equal(api_int(list, "/data/imports/0/id"), own);
    list = api_expect(api, 200, "GET", "/api/imports?per_page=1", admin, NULL);
    assert_int_equal(api_int(list, "/data/imports/0/id"), theirs);
    list = api_expect(api, 200, "GET",
                      api_format(api, "/api/imports?resource=items&status=queued&user_id=%lld",
                                 (long long)api->user_ids[API_EDITOR]),
                      editor, NULL);
    assert_true(api_count(list, "/data/imports") > 0);
    api_expect(api, 403, "GET",
               api_format(api, "/api/imports?user_id=%lld", (long long)api->user_ids[API_ADMIN]),
               editor, NULL);
    api_expect(api, 404, "GET", api_format(api, "/api/imports/%lld", theirs), editor, NULL);
    api_expect(api, 404, "GET", api_format(api, "/api/imports/%lld/rejects", theirs), editor, NULL);
    api_expect(api, 404, "POST", api_format(api, "/api/imports/%lld/cancel", theirs), editor, NULL);
    api_expect(api, 200, "GET", api_format(api, "/api/imports/%lld", own), admin, NULL);
    api_expect(api, 403, "GET", "/api/imports", api->tokens[API_VIEWER], NULL);
}

static void one_that_waits_is_cancelled_at_once_and_only_once(void **state)
{
    struct api *api = *state;
    const char *path = api_format(api, "%s/cancel", api_header(api, order(api, ""), "Location"));
    const struct api_reply *reply =
        api_expect(api, 200, "POST", path, api->tokens[API_EDITOR], NULL);

    assert_string_equal(api_text(reply, "/data/status"), "cancelled");
    api_must_fail(api_call(api, "POST", path, api->tokens[API_EDITOR], NULL), "CONFLICT");
}

static void rejects_are_a_file_of_lines_and_reasons(void **state)
{
    struct api *api = *state;
    const struct api_reply *made = order(api, "");
    const char *path = api_format(api, "%s/rejects", api_header(api, made, "Location"));
    const char *editor = api->tokens[API_EDITOR];
    const char *empty = "line,column,code,message,value\n";
    const struct api_reply *reply = api_expect(api, 200, "GET", path, editor, NULL);

    assert_string_equal(api_format(api, "%.*s", (int)reply->body_length, reply->body), empty);
    api_ask(api,
            api_format(api,
                       "INSERT INTO import_rejects (import_id, line, column_name, code, "
                       "message, value) VALUES (%lld, 2, 'price', 'too_small', "
                       "'Price must be at least 0', '-1'), (%lld, 7, NULL, 'ragged', "
                       "'One, two', NULL)",
                       (long long)api_int(made, "/data/id"), (long long)api_int(made, "/data/id")));
    reply = api_expect(api, 200, "GET", path, editor, NULL);
    assert_non_null(strstr(api_format(api, "%.*s", (int)reply->body_length, reply->body),
                           "\n2,price,too_small,Price must be at least 0,-1\n7,,ragged,"));
    assert_string_equal(api_header(api, reply, "Content-Type"),
                        "text/csv; charset=utf-8; header=present");
    assert_non_null(strstr(api_header(api, reply, "Content-Disposition"), "rejects.csv\""));
    api_expect(api, 200, "HEAD", path, editor, NULL);
}

static void categories_are_imported_by_the_same_handler(void **state)
{
    struct api *api = *state;
    const struct api_reply *reply =
        api_send(api, &(struct api_request){.method = "POST",
                                            .target = "/api/categories/import",
                                            .token = api->tokens[API_EDITOR],
                                            .body = "name\nGarden\n",
                                            .content_type = "text/csv"});

    assert_int_equal(reply->status, 202);
    api_must_hold(api, reply, "{\"resource\":\"categories\"}");
}

/* While such a client sends, there is no connection; afterwards there is one again. */
static void a_client_that_sends_at_its_own_speed_holds_no_connection(void **state)
{
    struct api *api = *state;
    const struct api_request request = {.method = "POST",
                                        .target = IMPORT,
                                        .token = api->tokens[API_EDITOR],
                                        .body = csv,
                                        .content_type = "text/csv"};
    struct memory_transport memory;
    const char *before = api_ask(api, "SELECT pid FROM pg_stat_activity WHERE datname = "
                                      "current_database() AND pid <> pg_backend_pid()");

    assert_true(api_prepare(&api->scope, &request, &memory));
    memory.transport.is_direct = true;
    api_serve(&api->app, &memory.transport);
    assert_int_equal(strncmp(memory.answer.data, "Status: 202", 11), 0);
    const char *after = api_ask(api, "SELECT pid FROM pg_stat_activity WHERE datname = "
                                     "current_database() AND pid <> pg_backend_pid()");

    assert_string_not_equal(after, before);
    api_log_advance(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ordered_import_is_202_with_its_location),
        cmocka_unit_test(the_file_is_kept_byte_for_byte_for_its_user_alone),
        cmocka_unit_test(what_the_query_asks_for_is_ordered),
        cmocka_unit_test(what_it_cannot_be_asked_for_is_refused_by_name_and_leaves_no_file),
        cmocka_unit_test(the_same_file_under_the_same_key_is_ordered_once),
        cmocka_unit_test(one_sees_ones_own_and_with_jobs_read_everybodys),
        cmocka_unit_test(one_that_waits_is_cancelled_at_once_and_only_once),
        cmocka_unit_test(rejects_are_a_file_of_lines_and_reasons),
        cmocka_unit_test(categories_are_imported_by_the_same_handler),
        api_unit_test(a_file_that_is_refused_leaves_nothing),
        api_unit_test(a_server_without_a_folder_takes_no_files),
        api_unit_test(an_import_that_is_not_saved_leaves_no_file),
        api_unit_test(a_client_that_sends_at_its_own_speed_holds_no_connection),
    };

    return cmocka_run_group_tests_name("imports", tests, api_make, api_drop);
}
