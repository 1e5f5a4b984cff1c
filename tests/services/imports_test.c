/* imports_test.c - tests of services/imports: ordered, cancelled, told about, swept */
#include "keel/services/imports.h"

#include "../support/folder.h"
#include "../support/thing.h"
#include "accounts.h"
#include "keel/core/buffer.h"
#include "keel/services/audit.h"
#include "routes/models.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct import_order order_of(const char *file)
{
    return (struct import_order){.resource = "items",
                                 .file = file,
                                 .bytes = 12,
                                 .is_upload = true,
                                 .format = "csv",
                                 .user_id = 7};
}

static int64_t add(struct scope *scope, const struct import_order *order)
{
    int64_t id;

    if (!imports_create(scope, order, &id))
        unit_fail("%s: %s", scope->error.message, scope->error.detail);
    return id;
}

static void test_ordered(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct import_order order = order_of("/uploads/1");

    assert_int_equal(add(scope, &order), 1);
    asking_expect(
        scope,
        "SELECT concat_ws(' ', i.status, i.mode, i.on_conflict, i.dry_run, i.user_id, j.kind, "
        "j.args, j.unique_key, j.user_id) FROM imports i JOIN jobs j ON j.id = i.job_id",
        "queued all_or_nothing error f 7 import {\"import\": 1} 1 7");
    order.at_once = true;
    order.mode = "best_effort";
    assert_int_equal(add(scope, &order), 2);
    asking_expect(scope, "SELECT mode || ' ' || (job_id IS NULL) FROM imports WHERE id = 2",
                  "best_effort true");
    asking_expect(scope, "SELECT count(*) FROM jobs", "1");
}

static void test_choices(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct import_order order = order_of("/uploads/1");
    int64_t id;

    order.format = "xml";
    order.mode = "none";
    order.on_conflict = "erro";
    assert_false(imports_create(scope, &order, &id));
    asking_failed(scope, ERR_VALIDATION);
    assert_int_equal(scope->error.field_count, 3);
    assert_string_equal(scope->error.fields->field, "format");
    test_database_renew(database);
    asking_expect(&database->scope, "SELECT count(*) FROM imports", "0");
    assert_true(import_takes(IMPORT_CONFLICTS, "update"));
    assert_false(import_takes(IMPORT_CONFLICTS, ""));
}

static void test_fit(void **state)
{
    (void)state;
    assert_true(imports_fit(&items_model));
    assert_true(imports_fit(&categories_model));
    /* Accounts are added by a body of their own, the others by nobody. */
    assert_false(imports_fit(&users_model));
    assert_false(imports_fit(&import_model));
    assert_false(imports_fit(&audit_model));
    assert_false(imports_fit(&things_model));
}

/* What becomes of the job becomes of the import, until somebody has said how that ended. */
static void test_follows_job(void **state)
{
    static const struct {
        const char *change; /* of the job */
        const char *after;  /* of the import: status, error, finished */
    } steps[] = {
        {"state = 'running', runner = 'r', lease_until = now()", "running false false"},
        {"state = 'queued', runner = NULL, lease_until = NULL", "queued false false"},
        {"state = 'failed', finished_at = now()", "failed true true"},
        {"state = 'queued', finished_at = NULL", "queued false false"},
        {"state = 'cancelled', finished_at = now()", "cancelled false true"},
    };
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct import_order order = order_of("/uploads/1");
    static const char look[] = "SELECT status || ' ' || (error IS NOT NULL) || ' ' || (finished_at "
                               "IS NOT NULL) FROM imports";

    add(scope, &order);
    for (size_t i = 0; i < COUNT(steps); i++) {
        asking_text(scope, scope_format(scope, "UPDATE jobs SET %s", steps[i].change));
        asking_expect(scope, look, steps[i].after);
    }
    asking_text(scope, "UPDATE imports SET concluded = true, status = 'succeeded'");
    asking_text(scope, "UPDATE jobs SET state = 'failed'");
    asking_expect(scope, look, "succeeded false true");
}

static void test_cancelled(void **state)
{
    struct test_database *database = *state;
    struct import_order order = order_of("/uploads/1");

    add(&database->scope, &order);
    assert_true(imports_cancel(&database->scope, 1));
    asking_expect(&database->scope, "SELECT i.status || ' ' || j.state FROM imports i, jobs j",
                  "cancelled cancelled");
    assert_false(imports_cancel(&database->scope, 1));
    asking_failed(&database->scope, ERR_CONFLICT);
    test_database_renew(database);
    assert_false(imports_cancel(&database->scope, 2));
    asking_failed(&database->scope, ERR_NOT_FOUND);
}

/* One that runs is asked to end, with its job. */
static void test_cancels_running(void **state)
{
    struct test_database *database = *state;
    struct import_order order = order_of("/uploads/1");

    add(&database->scope, &order);
    asking_text(&database->scope,
                "UPDATE jobs SET state = 'running', runner = 'r', lease_until = now()");
    assert_true(imports_cancel(&database->scope, 1));
    asking_expect(
        &database->scope,
        "SELECT i.status || (i.cancel_requested_at IS NOT NULL) || (j.cancel_requested_at "
        "IS NOT NULL) FROM imports i, jobs j",
        "runningtruetrue");
}

static bool collect(void *to, const char *data, size_t length)
{
    buffer_add(to, data, length);
    return true;
}

static void test_rejects(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct import_order order = order_of("/uploads/1");
    struct buffer text;

    add(scope, &order);
    asking_text(scope,
                "INSERT INTO import_rejects (import_id, line, column_name, code, message, "
                "value) VALUES (1, 3, NULL, 'ragged', 'Say \"so\", or not', NULL), (1, 2, "
                "'name', 'blank', 'name must not be blank', ''), (1, 2, 'price', 'odd', 'x', "
                "'=1,5')");
    buffer_init(&text, &scope->arena);
    assert_true(imports_write_rejects(scope, 1, (struct sink){collect, &text}));
    assert_string_equal(text.data, "line,column,code,message,value\n"
                                   "2,name,blank,name must not be blank,\"\"\n"
                                   "2,price,odd,x,\"=1,5\"\n"
                                   "3,,ragged,\"Say \"\"so\"\", or not\",\n");
}

/* More than are read at once, several of one line among them. */
static void test_many_rejects(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct import_order order = order_of("/uploads/1");
    struct buffer text;
    size_t lines = 0;

    add(scope, &order);
    asking_text(scope,
                "INSERT INTO import_rejects (import_id, line, code, message) SELECT 1, i / 3, "
                "'c', 'm' || i FROM generate_series(3, 4002) AS i");
    buffer_init(&text, &scope->arena);
    assert_true(imports_write_rejects(scope, 1, (struct sink){collect, &text}));
    for (const char *at = text.data; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 4001);
    assert_non_null(strstr(text.data, "\n1334,,c,m4002,\n"));
}

static bool refuse(void *to, const char *data, size_t length)
{
    (void)data;
    (void)length;
    return --*(int *)to > 0;
}

static void test_sink_fails(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct import_order order = order_of("/uploads/1");

    add(scope, &order);
    asking_text(scope, "INSERT INTO import_rejects (import_id, line, code, message) SELECT 1, i, "
                       "'c', 'm' FROM generate_series(1, 600) AS i");
    for (int writes = 1; writes <= 3; writes++) {
        int left = writes;

        assert_false(imports_write_rejects(scope, 1, (struct sink){refuse, &left}));
    }
}

/* A file that was last written to so many seconds ago. */
static const char *file_of(const char *folder, struct scope *scope, const char *name, int64_t age_s)
{
    const char *path = scope_format(scope, "%s/%s", folder, name);
    int64_t then = scope->now / 1000000 - age_s;
    const struct timespec times[2] = {{.tv_sec = then}, {.tv_sec = then}};

    folder_write(folder, name, "x", 1);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    return path;
}

static void test_swept(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    char folder[FOLDER_PATH_SIZE];
    struct import_sweep sweep;

    folder_make(folder);
    database->config.upload_folder = folder;
    database->config.import_keep_s = 1000000;
    const char *running = file_of(folder, scope, "running", 200000);
    const char *failed = file_of(folder, scope, "failed", 200000);
    const char *old = file_of(folder, scope, "old", 200000);
    const char *stray = file_of(folder, scope, "stray", 200000);
    const char *fresh = file_of(folder, scope, "fresh", 10);
    const char *const files[] = {running, failed, old};

    for (size_t i = 0; i < COUNT(files); i++) {
        struct import_order order = order_of(files[i]);

        add(scope, &order);
    }
    asking_text(scope, "SELECT import_stage(2, 'items', '{name}', false)");
    asking_text(scope, "UPDATE jobs SET state = 'failed', finished_at = now() - interval '2 days' "
                       "WHERE id = 2");
    asking_text(scope, "UPDATE imports SET concluded = true, status = 'succeeded', finished_at = "
                       "now() - interval '12 days' WHERE id = 3");
    asking_text(scope, "INSERT INTO import_rejects (import_id, line, code, message) VALUES (3, 1, "
                       "'c', 'm')");
    assert_true(imports_sweep(scope, &sweep));
    assert_int_equal(sweep.imports, 1);
    assert_int_equal(sweep.files, 3);
    assert_int_equal(access(running, F_OK), 0);
    assert_int_equal(access(fresh, F_OK), 0);
    assert_int_not_equal(access(failed, F_OK), 0);
    assert_int_not_equal(access(old, F_OK), 0);
    assert_int_not_equal(access(stray, F_OK), 0);
    asking_expect(scope,
                  "SELECT string_agg(concat_ws(' ', id, status, concluded), ', ' ORDER BY id) "
                  "FROM imports",
                  "1 queued f, 2 failed t");
    asking_expect(scope, "SELECT count(*) FROM import_rejects", "0");
    asking_expect(scope, "SELECT to_regclass('import_2') IS NULL", "t");
    folder_remove(folder);
}

/* Those that keelctl began and nobody went on with; what ran is then fenced off. */
static void test_swept_abandoned(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct import_order order = order_of("/uploads/1");
    struct import_sweep sweep;

    database->config.import_keep_s = 1000000;
    order.at_once = true;
    order.is_upload = false;
    for (int i = 0; i < 3; i++)
        add(scope, &order);
    asking_text(scope,
                "UPDATE imports SET status = 'running', started_at = now() - interval '11 days'"
                " WHERE id < 3");
    asking_text(scope, "UPDATE imports SET started_at = now() - interval '12 days' WHERE id = 1");
    asking_text(scope, "UPDATE imports SET cancel_requested_at = now() - interval '2 days' "
                       "WHERE id = 3");
    assert_true(imports_sweep(scope, &sweep));
    asking_expect(scope,
                  "SELECT string_agg(concat_ws(' ', id, status, attempt), ', ' ORDER BY id) "
                  "FROM imports",
                  "1 cancelled 1, 2 running 0, 3 cancelled 1");
}

/* The functions that make tables do so only for whoever may write imports and the table. */
static void test_privileges(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    asking_text(scope, scope_format(scope, "CREATE ROLE stranger_%s", database->name));
    asking_text(scope,
                scope_format(scope, "SET SESSION AUTHORIZATION stranger_%s", database->name));
    assert_false(
        asking_query(scope, "SELECT import_stage(1, 'items', '{name}', false)", NO_PARAMS, &rows));
    asking_failed(scope, ERR_INTERNAL);
    test_database_renew(database);
    scope = &database->scope;
    asking_text(scope, "RESET SESSION AUTHORIZATION");
    asking_text(scope,
                scope_format(scope, "GRANT SELECT, INSERT, UPDATE ON imports, items TO stranger_%s",
                             database->name));
    asking_text(scope,
                scope_format(scope, "SET SESSION AUTHORIZATION stranger_%s", database->name));
    asking_text(scope, "SELECT import_stage(1, 'items', '{name}', false)");
    asking_text(scope, "INSERT INTO import_1 (name) VALUES ('x')");
    asking_text(scope, "SELECT import_index(1, false)");
    asking_text(scope, "SELECT import_unstage(1)");
    /* A view of the catalog is no table of the application's. */
    assert_false(
        asking_query(scope, "SELECT import_stage(1, 'pg_tables', '{}', false)", NO_PARAMS, &rows));
    test_database_renew(database);
    scope = &database->scope;
    asking_text(scope, "RESET SESSION AUTHORIZATION");
    asking_text(scope, scope_format(scope, "DROP OWNED BY stranger_%s", database->name));
    asking_text(scope, scope_format(scope, "DROP ROLE stranger_%s", database->name));
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, accounts_make, test_database_drop, NULL                                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("An import is ordered with the job that carries it out", test_ordered),
        TEST("What is no choice is refused, all of it at once", test_choices),
        TEST("Rows of what may be added one by one may come from files", test_fit),
        TEST("An import follows its job until it is concluded", test_follows_job),
        TEST("One that waits is cancelled at once, and once", test_cancelled),
        TEST("One that runs is asked to end", test_cancels_running),
        TEST("Refused rows are told as CSV in the order of the file", test_rejects),
        TEST("However many there are", test_many_rejects),
        TEST("A sink that fails ends the telling", test_sink_fails),
        TEST("A sweep takes what is old, left or needed by nobody", test_swept),
        TEST("It ends what nobody goes on with", test_swept_abandoned),
        TEST("Tables are made for those who may import", test_privileges),
    };

    return cmocka_run_group_tests_name("services/imports", tests, NULL, NULL);
}
