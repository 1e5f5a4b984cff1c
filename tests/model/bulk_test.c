/* bulk_test.c - tests of model/bulk: many rows in few statements, all of it or nothing */
#include "keel/model/bulk.h"

#include "../support/asking.h"
#include "../support/faults.h"
#include "../support/query_faults.h"
#include "../support/thing.h"
#include "../support/unit.h"

#include "keel/core/json.h"

#include <stdio.h>
#include <string.h>

/* Five things, of which 5 is deleted and 1 the parent of 2. */
static int make(void **state)
{
    test_database_make(state);
    struct test_database *database = *state;

    asking_text(&database->scope, things_table);
    asking_text(&database->scope,
                "INSERT INTO things (name, price, amount) SELECT 'thing ' || n, n, n FROM "
                "generate_series(1, 5) n");
    asking_text(&database->scope, "UPDATE things SET is_active = id < 5, parent_id = CASE WHEN id "
                                  "= 2 THEN 1 END");
    test_database_renew(database);
    return 0;
}

static struct bulk decode(struct scope *scope, const struct model *model, const char *operations)
{
    const char *text = scope_format(scope, "{\"operations\":[%s]}", operations);
    struct json_object *body;
    struct bulk bulk;

    assert_true(json_parse(scope, text, strlen(text), &body));
    if (!bulk_decode(scope, model, body, &bulk))
        unit_fail("%s: %s\n", operations, scope->error.message);
    return bulk;
}

/* In a transaction of its own, as the pipeline has it. */
static bool run(struct scope *scope, struct bulk *bulk)
{
    assert_true(db_begin(scope));
    bool done = bulk_run(scope, bulk) && db_commit(scope);

    if (!done && db_in_transaction(scope->db))
        db_rollback(scope);
    return done;
}

static bool change(struct scope *scope, const char *operations)
{
    struct bulk bulk = decode(scope, &things_model, operations);

    return run(scope, &bulk);
}

/* What the bulk answers with. */
static void expect_answer(struct scope *scope, struct bulk *bulk, const char *answer)
{
    struct buffer text;

    if (!run(scope, bulk))
        unit_fail("%s (%s)\n", scope->error.message, scope->error.detail);
    buffer_init(&text, &scope->arena);
    bulk_write(&text, bulk);
    assert_string_equal(text.data, answer);
}

static void expect_done(struct test_database *database, const char *operations, const char *answer)
{
    struct bulk bulk = decode(&database->scope, &things_model, operations);

    expect_answer(&database->scope, &bulk, answer);
}

#define STATE                                                                                      \
    "SELECT string_agg(concat_ws(' ', id, name, note, price, amount, parent_id, is_active), ', ' " \
    "ORDER BY id) FROM things"

static void test_mixed(void **state)
{
    struct test_database *database = *state;

    expect_done(database,
                "{\"op\":\"create\",\"data\":{\"name\":\"new\",\"price\":19.9,\"parent_id\":1}},"
                "{\"op\":\"update\",\"id\":3,\"data\":{\"price\":0.30,\"note\":\"so\"}},"
                "{\"op\":\"delete\",\"id\":4},"
                "{\"op\":\"update\",\"id\":1,\"data\":{\"price\":0.01,\"note\":null}}",
                "{\"created\":1,\"updated\":2,\"deleted\":1,\"results\":["
                "{\"op\":\"create\",\"id\":6,\"version\":1},"
                "{\"op\":\"update\",\"id\":3,\"version\":1},"
                "{\"op\":\"delete\",\"id\":4,\"version\":1},"
                "{\"op\":\"update\",\"id\":1,\"version\":1}]}");
    /* BEGIN, a savepoint, the lock, one statement for each kind, COMMIT. */
    assert_int_equal(database->scope.queries, 7);
    asking_expect(&database->scope, STATE,
                  "1 thing 1 0.01 1 t, 2 thing 2 2.00 2 1 t, 3 thing 3 so 0.30 3 t, "
                  "4 thing 4 4.00 4 f, 5 thing 5 5.00 5 f, 6 new 19.90 7 1 t");
}

/* An operation knows what it changed, whatever others it shared its statement with. */
static void test_changes(void **state)
{
    static const char *const expected[] = {
        "{\"note\":{\"from\":null,\"to\":\"so\"},\"price\":{\"from\":3.00,\"to\":0.30}}",
        NULL,
        "{\"name\":{\"to\":\"new\"},\"price\":{\"to\":1}}",
        "{\"price\":{\"from\":1.00,\"to\":9.00}}",
        NULL,
    };
    struct test_database *database = *state;
    struct bulk bulk =
        decode(&database->scope, &things_model,
               "{\"op\":\"update\",\"id\":3,\"data\":{\"price\":0.30,\"note\":\"so\"}},"
               "{\"op\":\"delete\",\"id\":4},"
               "{\"op\":\"create\",\"data\":{\"name\":\"new\",\"price\":1}},"
               "{\"op\":\"update\",\"id\":1,\"data\":{\"price\":9,\"note\":null}},"
               "{\"op\":\"update\",\"id\":2,\"data\":{}}");

    assert_true(run(&database->scope, &bulk));
    for (size_t i = 0; i < COUNT(expected); i++) {
        if (expected[i])
            assert_string_equal(bulk.operations[i].changes, expected[i]);
        else
            assert_null(bulk.operations[i].changes);
    }
}

static void test_values(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    expect_done(
        database,
        "{\"op\":\"create\",\"data\":{\"name\":\"\\\"{,}\\\\\",\"price\":1.10,\"note\":\"\","
        "\"is_open\":false,\"due_at\":\"2026-01-12T10:00:00.5Z\",\"secret\":\"12345\"}},"
        "{\"op\":\"create\",\"data\":{\"name\":\"茶🐋\",\"price\":9999.99,\"note\":\"NULL\","
        "\"is_open\":true,\"due_at\":null,\"secret\":null}}",
        "{\"created\":2,\"updated\":0,\"deleted\":0,\"results\":["
        "{\"op\":\"create\",\"id\":6,\"version\":1},"
        "{\"op\":\"create\",\"id\":7,\"version\":1}]}");
    asking_expect(scope,
                  "SELECT string_agg(concat_ws('|', name, price, '<' || note || '>', is_open, "
                  "due_at, coalesce(secret, 'none')), ' ' ORDER BY id) FROM things WHERE id > 5",
                  "\"{,}\\|1.10|<>|f|2026-01-12 10:00:00.5+00|12345 "
                  "茶🐋|9999.99|<NULL>|t|none");
}

/* What is absent gets its default where a row is added, and stays where one is changed. */
static void test_absent(void **state)
{
    struct test_database *database = *state;

    assert_true(change(&database->scope,
                       "{\"op\":\"create\",\"data\":{\"name\":\"aa\",\"price\":1}},"
                       "{\"op\":\"create\",\"data\":{\"name\":\"bb\",\"price\":1,\"amount\":9}},"
                       "{\"op\":\"update\",\"id\":1,\"data\":{\"amount\":50}},"
                       "{\"op\":\"update\",\"id\":2,\"data\":{\"parent_id\":null}},"
                       "{\"op\":\"create\",\"data\":{\"name\":\"cc\",\"price\":1}}"));
    /* One statement for each set of columns. */
    assert_int_equal(database->scope.queries, 8);
    asking_expect(&database->scope,
                  "SELECT string_agg(name || amount, ' ' ORDER BY name) FROM things WHERE id > 5",
                  "aa7 bb9 cc7");
    asking_expect(&database->scope,
                  "SELECT string_agg(concat_ws(' ', name, price, amount, parent_id), ', ' "
                  "ORDER BY id) FROM things WHERE id < 3",
                  "thing 1 1.00 50, thing 2 2.00 2");
}

/* A table of which everything has a default. */
static void test_defaults(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct column columns[] = {things_model.columns[0], things_model.columns[4]};
    struct model model = things_model;

    asking_text(scope, "ALTER TABLE things DROP name, ALTER price SET DEFAULT 1");
    model.columns = columns;
    model.column_count = 2;
    struct bulk bulk =
        decode(scope, &model,
               "{\"op\":\"create\",\"data\":{}},{\"op\":\"create\",\"data\":{\"amount\":3}},"
               "{\"op\":\"create\",\"data\":{}}");

    /* This model has no version. */
    expect_answer(scope, &bulk,
                  "{\"created\":3,\"updated\":0,\"deleted\":0,\"results\":["
                  "{\"op\":\"create\",\"id\":6},{\"op\":\"create\",\"id\":8},"
                  "{\"op\":\"create\",\"id\":7}]}");
    asking_expect(scope,
                  "SELECT string_agg(amount::text, ',' ORDER BY id) FROM things WHERE id > 5",
                  "7,7,3");
}

static void test_order(void **state)
{
    struct test_database *database = *state;

    /* The names are free by then, wherever in the request their owners let them go. */
    assert_true(change(&database->scope,
                       "{\"op\":\"create\",\"data\":{\"name\":\"thing 3\",\"price\":1}},"
                       "{\"op\":\"update\",\"id\":3,\"data\":{\"name\":\"other\"}}"));
    asking_text(&database->scope, "ALTER TABLE things DROP CONSTRAINT things_name_key");
    asking_text(&database->scope,
                "CREATE UNIQUE INDEX things_name_key ON things (name) WHERE is_active");
    assert_true(change(&database->scope,
                       "{\"op\":\"create\",\"data\":{\"name\":\"thing 4\",\"price\":1}},"
                       "{\"op\":\"update\",\"id\":1,\"data\":{\"name\":\"thing 2\"}},"
                       "{\"op\":\"delete\",\"id\":2},{\"op\":\"delete\",\"id\":4}"));
}

static void test_nothing_to_set(void **state)
{
    struct test_database *database = *state;

    asking_text(&database->scope, "UPDATE things SET version = id + 10");
    test_database_renew(database);
    expect_done(database,
                "{\"op\":\"update\",\"id\":3,\"data\":{}},{\"op\":\"update\",\"id\":2,\"data\":{}}",
                "{\"created\":0,\"updated\":2,\"deleted\":0,\"results\":["
                "{\"op\":\"update\",\"id\":3,\"version\":13},"
                "{\"op\":\"update\",\"id\":2,\"version\":12}]}");
    /* BEGIN, a savepoint, the lock, COMMIT. */
    assert_int_equal(database->scope.queries, 4);
}

/* Nothing is left of the others; the error names the operation. */
static void expect_refused(struct test_database *database, const char *operations,
                           enum error_kind kind, const char *part)
{
    struct scope *scope = &database->scope;
    const char *before = asking_text(scope, STATE);

    assert_false(change(scope, operations));
    const struct error *error = &scope->error;
    const char *named = error->fields ? error->fields->field : error->part;

    if (error->kind != kind || !named || strcmp(named, part) != 0)
        unit_fail("%s: kind %d, %s: %s (%s)\n", operations, (int)error->kind, named, error->message,
                  error->detail);
    assert_null(scope->within);
    scope_clear_error(scope);
    asking_expect(scope, STATE, before);
    test_database_renew(database);
}

#define NEW "{\"op\":\"create\",\"data\":{\"name\":\"new\",\"price\":1}},"

static void test_missing(void **state)
{
    struct test_database *database = *state;

    expect_refused(database,
                   NEW "{\"op\":\"delete\",\"id\":1},{\"op\":\"update\",\"id\":99,\"data\":{}},"
                       "{\"op\":\"update\",\"id\":98,\"data\":{\"price\":1}},"
                       "{\"op\":\"delete\",\"id\":97}",
                   ERR_NOT_FOUND, "operations[2]");
    expect_refused(database, NEW "{\"op\":\"delete\",\"id\":5}", ERR_NOT_FOUND, "operations[1]");
    expect_refused(database, NEW "{\"op\":\"update\",\"id\":5,\"data\":{\"price\":1}}",
                   ERR_NOT_FOUND, "operations[1]");
    expect_refused(database, "{\"op\":\"delete\",\"id\":9223372036854775807}", ERR_NOT_FOUND,
                   "operations[0]");
}

static void test_refusals(void **state)
{
    struct test_database *database = *state;

    expect_refused(database, NEW "{\"op\":\"update\",\"id\":1,\"data\":{\"amount\":13}}",
                   ERR_VALIDATION, "operations[1].data.amount");
    expect_refused(database, NEW "{\"op\":\"update\",\"id\":1,\"data\":{\"parent_id\":99}}",
                   ERR_VALIDATION, "operations[1].data.parent_id");
    expect_refused(database, NEW "{\"op\":\"create\",\"data\":{\"name\":\"thing 5\",\"price\":1}}",
                   ERR_CONFLICT, "operations[1]");
    expect_refused(database, NEW NEW "{\"op\":\"delete\",\"id\":4}", ERR_CONFLICT, "operations[1]");
    expect_refused(database,
                   "{\"op\":\"create\",\"data\":{\"name\":\"new\",\"price\":1,\"amount\":13}}",
                   ERR_VALIDATION, "operations[0].data.amount");
    /* A constraint that belongs to no column. */
    asking_text(&database->scope, "ALTER TABLE things ADD CONSTRAINT odd CHECK (price <> 8)");
    expect_refused(database, NEW "{\"op\":\"update\",\"id\":1,\"data\":{\"price\":8}}",
                   ERR_VALIDATION, "operations[1]");
}

/* Wherever in however many operations the refused one stands, it is found. */
static void test_every_place(void **state)
{
    struct test_database *database = *state;

    for (size_t count = 1; count <= 9; count++) {
        for (size_t bad = 0; bad < count; bad++) {
            struct buffer text;

            buffer_init(&text, &database->scope.arena);
            for (size_t i = 0; i < count; i++)
                buffer_add_format(&text,
                                  "%s{\"op\":\"create\",\"data\":{\"name\":\"new %zu\",\"price\":1,"
                                  "\"amount\":%d}}",
                                  i ? "," : "", i, i == bad ? 13 : 14);
            char part[64];

            snprintf(part, sizeof part, "operations[%zu].data.amount", bad);
            expect_refused(database, text.data, ERR_VALIDATION, part);
        }
    }
}

static void test_search_is_short(void **state)
{
    struct test_database *database = *state;
    struct buffer text;

    buffer_init(&text, &database->scope.arena);
    for (int i = 0; i < BULK_MAX; i++)
        buffer_add_format(&text,
                          "%s{\"op\":\"create\",\"data\":{\"name\":\"n%d\",\"price\":1,"
                          "\"amount\":%d}}",
                          i ? "," : "", i, i == 777 ? 13 : 14);
    assert_false(change(&database->scope, text.data));
    assert_string_equal(database->scope.error.fields->field, "operations[777].data.amount");
    /* Ten halves, each with its savepoint, and the way back from some. */
    assert_true(database->scope.queries < 40);
}

/* Somebody who lets no more than so many rows pass at once. */
static void test_passes_in_parts(void **state)
{
    struct test_database *database = *state;

    asking_text(&database->scope,
                "CREATE FUNCTION few() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "IF (SELECT count(*) FROM made) > 2 THEN RAISE EXCEPTION 'too many' USING ERRCODE "
                "= '23514'; END IF; RETURN NULL; END $$");
    asking_text(&database->scope,
                "CREATE TRIGGER few AFTER INSERT ON things REFERENCING NEW TABLE AS made FOR EACH "
                "STATEMENT EXECUTE FUNCTION few()");
    for (int i = 0; i < 2; i++)
        assert_true(change(&database->scope,
                           i ? NEW "{\"op\":\"create\",\"data\":{\"name\":\"z\u00f6\",\"price\":1}}"
                             : "{\"op\":\"create\",\"data\":{\"name\":\"aa\",\"price\":1}},"
                               "{\"op\":\"create\",\"data\":{\"name\":\"bb\",\"price\":1}},"
                               "{\"op\":\"create\",\"data\":{\"name\":\"cc\",\"price\":1}},"
                               "{\"op\":\"create\",\"data\":{\"name\":\"dd\",\"price\":1}},"
                               "{\"op\":\"create\",\"data\":{\"name\":\"ee\",\"price\":1}}"));
    asking_expect(&database->scope,
                  "SELECT string_agg(name, ' ' ORDER BY id) FROM things WHERE id > 5",
                  "aa bb cc dd ee new zö");
}

static void test_hard_delete(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct model model = things_model;

    model.soft_delete = false;
    struct bulk used =
        decode(scope, &model, "{\"op\":\"delete\",\"id\":3},{\"op\":\"delete\",\"id\":1}");

    assert_false(run(scope, &used));
    asking_failed(scope, ERR_CONFLICT);
    assert_string_equal(scope->error.part, "operations[1]");
    assert_string_equal(scope->error.message,
                        "In operations[1]: Thing is used by one of the things");
    test_database_renew(database);
    /* All of one statement go before their references are looked at. */
    struct bulk both =
        decode(scope, &model, "{\"op\":\"delete\",\"id\":2},{\"op\":\"delete\",\"id\":1}");

    expect_answer(scope, &both,
                  "{\"created\":0,\"updated\":0,\"deleted\":2,\"results\":["
                  "{\"op\":\"delete\",\"id\":2,\"version\":1},"
                  "{\"op\":\"delete\",\"id\":1,\"version\":1}]}");
    asking_expect(scope, "SELECT string_agg(id::text, ',' ORDER BY id) FROM things", "3,4,5");
}

static void test_swallowed(void **state)
{
    struct test_database *database = *state;

    asking_text(&database->scope,
                "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ "
                "BEGIN RETURN NULL; END $$");
    asking_text(&database->scope, "CREATE TRIGGER swallow BEFORE INSERT ON things FOR EACH ROW "
                                  "EXECUTE FUNCTION swallow()");
    assert_false(
        change(&database->scope, "{\"op\":\"create\",\"data\":{\"name\":\"new\",\"price\":1}}"));
    asking_failed(&database->scope, ERR_INTERNAL);
}

/* Who is in the way is nobody's fault here: nothing is searched. */
static void test_locked(void **state)
{
    struct test_database *database = *state;
    struct scope *other = test_database_open(database);

    assert_true(db_begin(other));
    asking_text(other, "SELECT FROM things WHERE id = 3 FOR UPDATE");
    asking_text(&database->scope, "SET lock_timeout = 50");
    test_database_renew(database);
    assert_false(change(&database->scope, NEW "{\"op\":\"delete\",\"id\":3}"));
    asking_failed(&database->scope, ERR_UNAVAILABLE);
    assert_null(database->scope.error.part);
    assert_int_equal(database->scope.queries, 4);
    test_database_close(other);
}

/* Of what each statement refuses, those before it stay done and the search finds it. */
static const char everything[] =
    "{\"op\":\"create\",\"data\":{\"name\":\"new\",\"price\":1}},"
    "{\"op\":\"update\",\"id\":3,\"data\":{\"price\":2}},"
    "{\"op\":\"update\",\"id\":1,\"data\":{\"note\":\"n\"}},{\"op\":\"delete\",\"id\":4}";

static void test_failing_statements(void **state)
{
    static const char *const sqlstates[] = {NULL, "XX000", "40001", "57014", "23514"};
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(sqlstates); i++) {
        bool done = false;

        asking_text(&database->scope, "TRUNCATE things");
        asking_text(&database->scope,
                    "INSERT INTO things (id, name, price) OVERRIDING SYSTEM VALUE SELECT n, n || "
                    "'th', n FROM generate_series(1, 5) n");
        query_faults_begin(sqlstates[i]);
        while (!done && query_faults_next()) {
            test_database_renew(database);
            assert_true(db_ensure(&database->scope));
            done = change(&database->scope, everything);
            query_faults_stop();
            assert_int_equal(done, database->scope.error.kind == ERR_NONE);
            test_database_renew(database);
            assert_true(db_ensure(&database->scope));
            asking_expect(&database->scope, "SELECT count(*) FROM things WHERE name = 'new'",
                          done ? "1" : "0");
        }
        query_faults_stop();
        assert_true(query_faults_count() >= 1);
    }
}

/* nextval() is not taken back: the first try fails, and no other one. */
static void test_gone_meanwhile(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    asking_text(scope, "CREATE SEQUENCE tries");
    asking_text(scope, "CREATE FUNCTION once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                       "IF nextval('tries') = 1 THEN RAISE EXCEPTION 'not now' USING ERRCODE = "
                       "'23514'; END IF; RETURN NEW; END $$");
    asking_text(scope, "CREATE TRIGGER once BEFORE UPDATE ON things FOR EACH ROW EXECUTE FUNCTION "
                       "once()");
    expect_refused(database, "{\"op\":\"update\",\"id\":3,\"data\":{\"price\":2}}", ERR_VALIDATION,
                   "operations[0]");
    asking_expect(scope, "SELECT last_value FROM tries", "2");
}

static void test_no_memory(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct bulk bulk = decode(scope, &things_model, everything);
    bool done = false;

    faults_begin();
    while (faults_next()) {
        done = run(scope, &bulk);
        faults_stop();
        assert_int_equal(done, !faults_hit());
        if (!done)
            asking_failed(scope, ERR_UNAVAILABLE);
        test_database_renew(database);
        assert_true(db_ensure(scope));
        bulk = decode(scope, &things_model, everything);
    }
    assert_true(done && faults_count() > 10);
    asking_expect(scope, "SELECT count(*) FROM things WHERE name = 'new'", "1");
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("all kinds together are one statement each", test_mixed),
        TEST("each operation says what it changed", test_changes),
        TEST("values of every kind arrive as they were sent", test_values),
        TEST("what is absent gets its default, or stays", test_absent),
        TEST("rows of nothing but defaults can be added", test_defaults),
        TEST("rows are deleted, then changed, then added", test_order),
        TEST("an update of nothing succeeds and says the version", test_nothing_to_set),
        TEST("a row that is not there is named", test_missing),
        TEST("a refused row is named, and all is taken back", test_refusals),
        TEST("the refused row is found wherever it stands", test_every_place),
        TEST("it is found in few statements", test_search_is_short),
        TEST("what is refused as a whole may pass in parts", test_passes_in_parts),
        TEST("without soft deletion rows go for good", test_hard_delete),
        TEST("a row that the database swallows is an error", test_swallowed),
        TEST("a row that is locked is nobody's fault", test_locked),
        TEST("whichever statement fails, all or nothing is there", test_failing_statements),
        TEST("what was refused is refused, although it would pass by now", test_gone_meanwhile),
        TEST("whichever allocation fails, all or nothing is there", test_no_memory),
    };

    return cmocka_run_group_tests_name("model/bulk", tests, NULL, NULL);
}
