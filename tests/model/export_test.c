/* export_test.c - tests of model/export: all rows of a list, in each format */
#include "keel/model/export.h"

#include "../support/asking.h"
#include "../support/faults.h"
#include "../support/pieces.h"
#include "../support/query_faults.h"
#include "../support/thing.h"
#include "../support/unit.h"

#include "keel/core/json.h"

#include <json-c/json.h>
#include <string.h>
#include <unistd.h>

static int make(void **state)
{
    test_database_make(state);
    struct test_database *database = *state;

    asking_text(&database->scope, things_table);
    asking_text(&database->scope,
                "INSERT INTO things (name, note, price, amount, parent_id, is_open, due_at, email,"
                " is_active, created_at) VALUES"
                " ('plain', 'a note', 1.5, 3, NULL, false, '2026-02-01 00:00:00.25Z', 'a@b.c',"
                "  true, '2026-01-01Z'),"
                " ('q,\"', '', 0, 0, 1, true, NULL, NULL, true, '2026-01-02Z'),"
                " ('=1+1', E'two\\nlines', 9999.99, 100, NULL, true, NULL, NULL, true,"
                "  '2026-01-03Z'),"
                " ('gone', NULL, 1, 1, NULL, true, NULL, NULL, false, '2026-01-04Z')");
    test_database_renew(database);
    return 0;
}

#define HEAD                                                                                       \
    "id,name,note,price,amount,parent_id,is_open,due_at,email,is_active,version,created_at\n"
#define PLAIN                                                                                      \
    "1,plain,a note,1.50,3,,false,2026-02-01T00:00:00.25Z,a@b.c,true,1,2026-01-01T00:00:00Z\n"
#define QUOTES   "2,\"q,\"\"\",\"\",0.00,0,1,true,,,true,1,2026-01-02T00:00:00Z\n"
#define FORMULA  "3,=1+1,\"two\nlines\",9999.99,100,,true,,,true,1,2026-01-03T00:00:00Z\n"
#define DELETED  "4,gone,,1.00,1,,true,,,false,1,2026-01-04T00:00:00Z\n"
#define MAX_ARGS 4

static bool decode(struct scope *scope, const char *const *query, struct export *export)
{
    struct pair pairs[MAX_ARGS];
    size_t count = 0;

    for (; query[2 * count]; count++)
        pairs[count] = (struct pair){query[2 * count], query[2 * count + 1]};
    return export_decode(scope, &things_model, (struct pairs){pairs, count}, export);
}

/* What is given for the query; NULL: failed. */
static const char *give(struct scope *scope, const char *const *query)
{
    struct export export;
    struct kept kept;

    kept_begin(&kept, scope);
    if (!decode(scope, query, &export) || !model_export(scope, &export, kept_sink(&kept)))
        return NULL;
    return kept.text.data;
}

#define GIVE(scope, ...) give(scope, (const char *const[]){__VA_ARGS__, NULL})

static void test_csv(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_string_equal(give(scope, (const char *const[]){NULL}), HEAD PLAIN QUOTES FORMULA);
    assert_string_equal(GIVE(scope, "sort", "-created_at"), HEAD FORMULA QUOTES PLAIN);
    assert_string_equal(GIVE(scope, "format", "csv", "sort", "price"), HEAD QUOTES PLAIN FORMULA);
    assert_string_equal(GIVE(scope, "deleted", "with", "sort", "id"),
                        HEAD PLAIN QUOTES FORMULA DELETED);
    assert_string_equal(GIVE(scope, "min_price", "1", "max_amount", "50"), HEAD PLAIN);
    assert_string_equal(GIVE(scope, "ids", "2,3", "sort", "-id"), HEAD FORMULA QUOTES);
    assert_string_equal(GIVE(scope, "name", "nobody"), HEAD);
}

#define PLAIN_JSON                                                                                 \
    "{\"id\":1,\"name\":\"plain\",\"note\":\"a note\",\"price\":1.50,\"amount\":3,"                \
    "\"parent_id\":null,\"is_open\":false,\"due_at\":\"2026-02-01T00:00:00.25Z\","                 \
    "\"email\":\"a@b.c\",\"is_active\":true,\"version\":1,"                                        \
    "\"created_at\":\"2026-01-01T00:00:00Z\"}"
#define QUOTES_JSON                                                                                \
    "{\"id\":2,\"name\":\"q,\\\"\",\"note\":\"\",\"price\":0.00,\"amount\":0,"                     \
    "\"parent_id\":1,\"is_open\":true,\"due_at\":null,\"email\":null,\"is_active\":true,"          \
    "\"version\":1,\"created_at\":\"2026-01-02T00:00:00Z\"}"

static void test_json(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_string_equal(GIVE(scope, "format", "ndjson", "ids", "1,2", "sort", "id"),
                        PLAIN_JSON "\n" QUOTES_JSON "\n");
    assert_string_equal(GIVE(scope, "format", "json", "ids", "1,2", "sort", "id"),
                        "[\n" PLAIN_JSON ",\n" QUOTES_JSON "\n]\n");
    assert_string_equal(GIVE(scope, "format", "json", "ids", "99"), "[\n]\n");
    assert_string_equal(GIVE(scope, "format", "ndjson", "ids", "99"), "");
    const char *all = GIVE(scope, "format", "json");
    struct json_object *list;

    assert_true(json_parse(scope, all, strlen(all), &list));
    assert_int_equal(json_object_array_length(list), 3);
}

static void test_parameters(void **state)
{
    static const char *const wrong[][2] = {
        {"page", "1"},     {"per_page", "5"},     {"cursor", "x"},   {"count", "exact"},
        {"fields", "id"},  {"include", "parent"}, {"format", "xml"}, {"sort", "note"},
        {"secret", "abc"}, {"min_price", "x"},    {"children", "1"},
    };
    struct test_database *database = *state;
    struct export export;
    struct parameters parameters = {0};

    for (size_t i = 0; i < COUNT(wrong); i++) {
        const char *const query[] = {wrong[i][0], wrong[i][1], NULL};

        assert_false(decode(&database->scope, query, &export));
        asking_failed(&database->scope, ERR_VALIDATION);
        assert_string_equal(database->scope.error.fields->field, wrong[i][0]);
        test_database_renew(database);
    }
    assert_true(export_parameters(&database->scope, &things_model, &parameters));
    for (size_t i = 0; i < parameters.count; i++) {
        for (size_t w = 0; w < 6; w++)
            assert_string_not_equal(parameters.list[i].name, wrong[w][0]);
    }
    assert_string_equal(parameters.list[0].name, "format");
    assert_true(export_reserves("format"));
}

static void test_columns(void **state)
{
    (void)state;
    assert_true(export_has_column(model_find(&things_model, "id")));
    assert_true(export_has_column(model_find(&things_model, "created_at")));
    assert_false(export_has_column(model_find(&things_model, "secret")));
    assert_false(export_has_column(model_find(&things_model, "tags")));
    assert_false(export_has_column(model_find(&things_model, "children")));
    assert_string_equal(export_format_name(EXPORT_NDJSON), "ndjson");
    assert_string_equal(export_media_type(EXPORT_JSON), "application/json");
}

static void test_count(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct export export;
    int64_t count;
    bool is_exact;

    assert_true(decode(scope, (const char *const[]){"min_price", "1", NULL}, &export));
    assert_true(export_count(scope, &export, &count, &is_exact));
    assert_int_equal(count, 2);
    assert_true(is_exact);
    database->config.count_bound = 1;
    assert_true(export_count(scope, &export, &count, &is_exact));
    assert_true(count >= 2);
    assert_false(is_exact);
}

/* Fills the table with many rows and gives how many there are. */
static void fill(struct test_database *database)
{
    asking_text(&database->scope,
                "INSERT INTO things (name, note, price, created_at) SELECT 'n' || i,"
                " repeat('x', i % 500), i % 100, now() FROM generate_series(1, 20000) i");
    test_database_renew(database);
}

/* Counts what comes, and looks at how much memory the unit has taken meanwhile. */
struct counting {
    struct export *export;
    size_t bytes, pieces, largest;
    int64_t rows_seen;
};

static bool count_piece(void *to, const char *data, size_t length)
{
    struct counting *counting = to;

    (void)data;
    counting->bytes += length;
    counting->pieces++;
    if (length > counting->largest)
        counting->largest = length;
    assert_true(counting->export->rows >= counting->rows_seen);
    counting->rows_seen = counting->export->rows;
    return true;
}

static void test_pieces(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct export export;
    struct counting counting = {.export = &export};

    fill(database);
    assert_true(decode(scope, (const char *const[]){NULL}, &export));
    assert_true(model_export(scope, &export, (struct sink){count_piece, &counting}));
    assert_int_equal(export.rows, 20003);
    assert_true(counting.pieces > 50);
    assert_in_range(counting.largest, 65536, 70000);
    assert_true(counting.bytes > 5000000);
    assert_false(db_in_transaction(scope->db));
}

/* All rows are of one moment, also where others write meanwhile. */
struct meddling {
    struct test_database *database;
    struct kept kept;
};

static bool meddle(void *to, const char *data, size_t length)
{
    struct meddling *meddling = to;
    struct sink sink = kept_sink(&meddling->kept);

    if (meddling->kept.count == 0)
        asking_outside(meddling->database,
                       "WITH gone AS (UPDATE things SET is_active = false WHERE id % 2 = 0"
                       " RETURNING 1), more AS (UPDATE things SET amount = 99 WHERE id % 2 = 1"
                       " RETURNING 1) SELECT (SELECT count(*) FROM gone) > 9000",
                       "t");
    return sink.write(sink.to, data, length);
}

static void test_moment(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct meddling meddling = {.database = database};
    struct export export;

    fill(database);
    kept_begin(&meddling.kept, scope);
    assert_true(decode(scope, (const char *const[]){"sort", "id", NULL}, &export));
    assert_true(model_export(scope, &export, (struct sink){meddle, &meddling}));
    assert_int_equal(export.rows, 20003);
    assert_null(strstr(meddling.kept.text.data, ",99,"));
}

static bool dawdle(void *to, const char *data, size_t length)
{
    int *left = to;

    (void)data;
    (void)length;
    if (--*left >= 0)
        usleep(400000);
    return true;
}

/* What a client takes is not what a statement takes. */
static void test_slow_sink(void **state)
{
    struct test_database *database = *state;
    struct export export;
    int left = 3;

    fill(database);
    database->config.db_statement_timeout_ms = 300;
    asking_terminate(database, &database->scope);
    test_database_renew(database);
    assert_true(db_ensure(&database->scope));
    assert_true(decode(&database->scope, (const char *const[]){"sort", "id", NULL}, &export));
    assert_true(model_export(&database->scope, &export, (struct sink){dawdle, &left}));
    assert_int_equal(export.rows, 20003);
}

static void test_inside(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(db_begin(scope));
    asking_text(scope, "DELETE FROM things WHERE id <> 1");
    assert_string_equal(give(scope, (const char *const[]){NULL}), HEAD PLAIN);
    assert_true(db_in_transaction(scope->db));
    db_rollback(scope);
    asking_expect(scope, "SELECT count(*) FROM things", "4");
}

static void test_broken_sink(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct export export;
    struct kept kept;

    fill(database);
    kept_begin(&kept, scope);
    kept.limit = 3;
    assert_true(decode(scope, (const char *const[]){NULL}, &export));
    assert_false(model_export(scope, &export, kept_sink(&kept)));
    assert_string_equal(scope->error.message, "the sink is full");
    assert_int_equal(kept.count, 3);
    assert_false(db_in_transaction(scope->db));
    test_database_renew(database);
    asking_expect(&database->scope, "SELECT count(*) FROM pg_cursors WHERE name <> ''", "0");
}

static void test_faults(void **state)
{
    struct test_database *database = *state;

    query_faults_begin("40001");
    while (query_faults_next()) {
        const char *given = give(&database->scope, (const char *const[]){NULL});

        query_faults_stop();
        assert_int_equal(given != NULL, !query_faults_hit());
        assert_false(db_in_transaction(database->db));
        test_database_renew(database);
        assert_true(db_ensure(&database->scope));
    }
    assert_true(query_faults_count() > 3);
    faults_begin();
    while (faults_next()) {
        const char *given = give(&database->scope, (const char *const[]){"format", "json", NULL});

        faults_stop();
        assert_int_equal(given != NULL, !faults_hit());
        test_database_renew(database);
        assert_true(db_ensure(&database->scope));
    }
    assert_true(faults_count() > 3);
}

#define TEST(sentence, test)                                                                       \
    {                                                                                              \
        sentence, test, make, test_database_drop, NULL                                             \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("CSV has the list's rows in the list's order, every value as it is", test_csv),
        TEST("NDJSON has an object in each line, JSON an array of them", test_json),
        TEST("what is about pages or about the columns of a row is refused", test_parameters),
        TEST("what is computed or never shown is no part of it", test_columns),
        TEST("the number of rows is known beforehand, or estimated", test_count),
        TEST("rows come in pieces, whose number alone grows", test_pieces),
        TEST("all rows are of one moment", test_moment),
        TEST("a sink that takes its time meets no limit of time", test_slow_sink),
        TEST("an open transaction is seen and stays open", test_inside),
        TEST("a sink that fails ends it, and the connection is free", test_broken_sink),
        TEST("every failure on the way is told", test_faults),
    };

    return cmocka_run_group_tests_name("model/export", tests, NULL, NULL);
}
