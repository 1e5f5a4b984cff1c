/* database_test.c - pipelines that read from the database, ask it, and write into it */
#include "keel/pipeline/builtin.h"
#include "keel/pipeline/pipeline.h"

#include "../support/asking.h"
#include "../support/listing.h"
#include "../support/pieces.h"
#include "../support/query_faults.h"
#include "../support/unit.h"

#include <stdlib.h>
#include <string.h>

static int make(void **state)
{
    listing_make(state);
    struct test_database *database = *state;

    asking_text(&database->scope, "CREATE TABLE target (n bigint PRIMARY KEY, twice text)");
    test_database_renew(database);
    return 0;
}

struct run {
    struct scope *scope;
    struct flow flow;
    struct kept output;
    struct pipeline_watch watch;
    char rejects[256];
    char position[32];
    int holds, shows, end_after;
    bool ended;
};

static bool hold(void *context)
{
    struct run *run = context;

    run->holds++;
    assert_true(db_in_transaction(run->scope->db));
    return true;
}

static bool save(void *context, const char *position)
{
    struct run *run = context;

    assert_true(strlen(position) < sizeof run->position);
    memcpy(run->position, position, strlen(position) + 1);
    return true;
}

static void show(void *context, const struct pipeline_counts *counts, double fraction)
{
    struct run *run = context;

    (void)counts;
    (void)fraction;
    run->shows++;
}

static bool ends(void *context)
{
    struct run *run = context;

    return run->end_after && run->shows > run->end_after;
}

static bool reject(void *context, const struct row_fault *fault)
{
    struct run *run = context;

    strncat(run->rejects, fault->value, sizeof run->rejects - strlen(run->rejects) - 1);
    strncat(run->rejects, " ", sizeof run->rejects - strlen(run->rejects) - 1);
    return true;
}

static void prepare(struct run *run, struct scope *scope)
{
    *run = (struct run){.scope = scope};
    kept_begin(&run->output, scope);
    run->watch = (struct pipeline_watch){hold, save, show, ends, reject, run};
    run->flow =
        (struct flow){.scope = scope, .watch = &run->watch, .sink = kept_sink(&run->output)};
}

static const char *const number_columns[] = {"n", "twice", NULL};

static const struct sql all_numbers = {"all_numbers",
                                       "SELECT i, i * 2 FROM generate_series(1, $1::int) i", 1};
static const struct sql numbers_behind = {
    "numbers_behind",
    "SELECT i, i * 2 FROM generate_series(1, $1::int) i WHERE i > coalesce($2::int, 0)"
    " ORDER BY i LIMIT 1000",
    2};
static const struct sql keep_numbers = {
    "keep_numbers",
    "INSERT INTO target SELECT * FROM unnest($1::bigint[], $2::text[])"
    " ON CONFLICT (n) DO UPDATE SET twice = EXCLUDED.twice || '!'",
    2};

static const struct pipeline by_cursor = {
    .name = "by cursor",
    .reader = {&query_reader_part, &(const struct query_reader){&all_numbers, number_columns, NULL},
               "numbers"},
    .writer = {&statement_writer_part,
               &(const struct statement_writer){&keep_numbers, number_columns}, "target"}};

static const struct pipeline by_key = {
    .name = "by key",
    .reader = {&keyed_query_reader_part,
               &(const struct query_reader){&numbers_behind, number_columns, "n"}, "numbers"},
    .writer = {&statement_writer_part,
               &(const struct statement_writer){&keep_numbers, number_columns}, "target"}};

static bool run_numbers(struct run *run, struct scope *scope, const struct pipeline *pipeline,
                        const char *const *count)
{
    prepare(run, scope);
    run->flow.parameters = count;
    run->flow.parameter_count = 1;
    return pipeline_run(pipeline, &run->flow, &run->ended);
}

static const char *const five_thousand[] = {"5000"};

static void test_cursor(void **state)
{
    struct test_database *database = *state;
    struct run run;

    assert_true(run_numbers(&run, &database->scope, &by_cursor, five_thousand));
    assert_true(run.ended);
    assert_int_equal(run.holds, 1);
    assert_int_equal(run.flow.counts.written, 5000);
    asking_expect(&database->scope, "SELECT count(*) || ' ' || sum(twice::int) FROM target",
                  "5000 25005000");
}

/* What one transaction holds is there whole, or not at all. */
static void test_cursor_ended(void **state)
{
    struct test_database *database = *state;
    struct run run;

    prepare(&run, &database->scope);
    run.end_after = 2;
    run.flow.parameters = five_thousand;
    run.flow.parameter_count = 1;
    assert_true(pipeline_run(&by_cursor, &run.flow, &run.ended));
    assert_false(run.ended);
    assert_false(db_in_transaction(database->db));
    asking_expect(&database->scope, "SELECT count(*) FROM target", "0");
}

static void test_inside(void **state)
{
    struct test_database *database = *state;
    struct run run;

    assert_true(db_begin(&database->scope));
    assert_true(run_numbers(&run, &database->scope, &by_cursor, five_thousand));
    assert_int_equal(run.holds, 0);
    asking_outside(database, "SELECT count(*) FROM target", "0");
    assert_true(db_commit(&database->scope));
    asking_outside(database, "SELECT count(*) FROM target", "5000");
}

static void test_key(void **state)
{
    struct test_database *database = *state;
    struct run run;

    prepare(&run, &database->scope);
    run.end_after = 2;
    run.flow.parameters = five_thousand;
    run.flow.parameter_count = 1;
    assert_true(pipeline_run(&by_key, &run.flow, &run.ended));
    assert_false(run.ended);
    assert_int_equal(run.holds, 2);
    assert_string_equal(run.position, "2000");
    asking_outside(database, "SELECT count(*) FROM target", "2000");
    struct run rest;

    prepare(&rest, &database->scope);
    rest.flow.parameters = five_thousand;
    rest.flow.parameter_count = 1;
    rest.flow.position = run.position;
    assert_true(pipeline_run(&by_key, &rest.flow, &rest.ended));
    assert_true(rest.ended);
    assert_int_equal(rest.flow.counts.read, 3000);
    asking_outside(database, "SELECT count(*) FROM target WHERE twice NOT LIKE '%!'", "5000");
}

static void test_faults(void **state)
{
    struct test_database *database = *state;
    const struct pipeline *const pipelines[] = {&by_cursor, &by_key};
    static const char *const few[] = {"300"};

    for (size_t i = 0; i < COUNT(pipelines); i++) {
        query_faults_begin("40001");
        while (query_faults_next()) {
            struct run run;
            bool done = run_numbers(&run, &database->scope, pipelines[i], few);

            query_faults_stop();
            assert_int_equal(done, !query_faults_hit());
            assert_int_equal(done, database->scope.error.kind == ERR_NONE);
            assert_false(db_in_transaction(database->db));
            test_database_renew(database);
            assert_true(db_ensure(&database->scope));
        }
        assert_true(query_faults_count() > 2);
    }
}

static const char *const repeated_columns[] = {"k", "n", NULL};
static const struct sql repeated = {
    "repeated", "SELECT nullif(i % 700, 5), i FROM generate_series(0, 2999) i", 0};

static const struct pipeline deduplicated = {
    .name = "deduplicated",
    .reader = {&query_reader_part, &(const struct query_reader){&repeated, repeated_columns, NULL},
               "rows"},
    .steps = {{&deduplicate_step, &(const struct row_key){"k"}, "by k"}},
    .writer = {&csv_writer_part, NULL, "a file"}};

static void test_deduplicate(void **state)
{
    struct test_database *database = *state;

    /* Again: what an earlier run has seen is forgotten. */
    for (int round = 0; round < 2; round++) {
        struct run run;

        prepare(&run, &database->scope);
        assert_true(pipeline_run(&deduplicated, &run.flow, &run.ended));
        /* 699 keys, each by its first row, and the five rows without one. */
        assert_int_equal(run.flow.counts.written, 699 + 5);
        assert_int_equal(run.flow.counts.dropped, 3000 - 704);
        assert_non_null(strstr(run.output.text.data, "\n699,699\n"));
        assert_null(strstr(run.output.text.data, "\n0,700\n"));
        assert_non_null(strstr(run.output.text.data, "\n,705\n"));
    }
}

static const char *const path_columns[] = {"category", NULL};
static const struct sql paths = {
    "paths",
    "SELECT (ARRAY['Kitchen', 'Kitchen > Kettles', NULL, 'Kettles', 'Gone', ''])[i % 6 + 1]"
    " FROM generate_series(0, 11) i",
    0};

static const struct pipeline looked_up = {
    .name = "looked up",
    .reader = {&query_reader_part, &(const struct query_reader){&paths, path_columns, NULL},
               "rows"},
    .steps = {{&lookup_step, &category_by_path, "the category"}},
    .writer = {&csv_writer_part, NULL, "a file"}};

static void test_lookup(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct run run;

    asking_text(scope, "INSERT INTO categories (name) VALUES ('Kitchen'), ('Gone')");
    asking_text(scope, "INSERT INTO categories (name, parent_id) SELECT 'Kettles', id FROM"
                       " categories WHERE name = 'Kitchen'");
    asking_text(scope, "UPDATE categories SET is_active = false WHERE name = 'Gone'");
    prepare(&run, scope);
    unsigned before = scope->queries;

    assert_true(pipeline_run(&looked_up, &run.flow, &run.ended));
    assert_string_equal(run.output.text.data,
                        "category,category_id\nKitchen,41\nKitchen > Kettles,43\n,\n"
                        "Kitchen,41\nKitchen > Kettles,43\n,\n");
    assert_string_equal(run.rejects, "Kettles Gone  Kettles Gone  ");
    /* BEGIN, SET, DECLARE, FETCH, one question, COMMIT: no question for each row. */
    assert_in_range(scope->queries - before, 5, 7);
}

static const char *const many_columns[] = {"name", NULL};
static const struct sql many_names = {"many_names",
                                      "SELECT 'name ' || i FROM generate_series(1, 12000) i", 0};
static const struct sql find_all = {"find_all",
                                    "SELECT name, substr(name, 6) FROM unnest($1::text[]) name", 1};
static const struct row_lookup by_name = {"name", "id", &find_all};

static const struct pipeline many_looked_up = {
    .name = "many",
    .reader = {&query_reader_part, &(const struct query_reader){&many_names, many_columns, NULL},
               "rows"},
    .steps = {{&lookup_step, &by_name, "its id"}},
    .writer = {&csv_writer_part, NULL, "a file"}};

/* More names than are remembered. */
static void test_many_names(void **state)
{
    struct test_database *database = *state;
    struct run run;

    prepare(&run, &database->scope);
    assert_true(pipeline_run(&many_looked_up, &run.flow, &run.ended));
    assert_int_equal(run.flow.counts.written, 12000);
    assert_non_null(strstr(run.output.text.data, "\nname 1,1\n"));
    assert_non_null(strstr(run.output.text.data, "\nname 12000,12000\n"));
}

/* The day's rows, as "category items units value;". */
static const char *describe_day(struct scope *scope, const char *day)
{
    return asking_text(
        scope, scope_format(scope,
                            "SELECT string_agg(concat_ws(' ', coalesce(category_id, 0), items,"
                            " units, value), ';' ORDER BY category_id) FROM inventory_daily WHERE"
                            " day = %s",
                            day));
}

static void count(struct scope *scope, const char *day)
{
    struct run run;

    prepare(&run, scope);
    run.flow.parameters = &day;
    run.flow.parameter_count = 1;
    assert_true(pipeline_run(pipeline_find("inventory.daily"), &run.flow, &run.ended));
    assert_true(run.ended);
}

#define TODAY "(now() AT TIME ZONE 'UTC')::date"

static void test_inventory(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    count(scope, NULL);
    assert_string_equal(describe_day(scope, TODAY), "");
    asking_text(scope, "INSERT INTO items (name, price, quantity, category_id, is_active) VALUES"
                       " ('a', 1.50, 4, 1, true), ('b', 2.25, 2, 1, true), ('c', 99, 9, 1, false),"
                       " ('d', 10, 0, 2, true), ('e', 99999999.99, 2147483647, NULL, true)");
    count(scope, NULL);
    assert_string_equal(describe_day(scope, TODAY),
                        "1 2 6 10.50;2 1 0 0.00;0 1 2147483647 214748364678525163.53");
    /* Counted again, the day is as it is now: nothing doubled, nothing old left. */
    asking_text(scope, "UPDATE items SET is_active = false WHERE name IN ('d', 'e')");
    asking_text(scope, "UPDATE items SET category_id = 3 WHERE name = 'a'");
    count(scope, NULL);
    count(scope, NULL);
    assert_string_equal(describe_day(scope, TODAY), "1 1 2 4.50;2 0 0 0.00;3 1 4 6.00;0 0 0 0.00");
    count(scope, "2026-01-12");
    assert_string_equal(describe_day(scope, "'2026-01-12'"), "1 1 2 4.50;3 1 4 6.00");
}

static void test_find(void **state)
{
    (void)state;
    assert_null(pipeline_find("nothing"));
    for (size_t i = 0; i < keel_pipelines.count; i++) {
        const struct pipeline *pipeline = keel_pipelines.list[i];

        assert_ptr_equal(pipeline_find(pipeline->name), pipeline);
        assert_true(pipeline->summary && pipeline->reader.what && pipeline->writer.what);
    }
}

#define TEST(sentence, test)                                                                       \
    {                                                                                              \
        sentence, test, make, listing_drop, NULL                                                   \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a query's rows are read by a cursor and written in batches", test_cursor),
        TEST("what one transaction holds is not kept in part", test_cursor_ended),
        TEST("a transaction of the caller's is left to the caller", test_inside),
        TEST("by key each batch is committed, and the rest is read later", test_key),
        TEST("every statement that fails ends it, with nothing left open", test_faults),
        TEST("of rows with one key the first is left", test_deduplicate),
        TEST("categories are found by their path, once for a batch", test_lookup),
        TEST("more names than are remembered are found, too", test_many_names),
        TEST("the day's stock is counted by category, as often as one likes", test_inventory),
        TEST("each pipeline is found by its name and says what it does", test_find),
    };

    return cmocka_run_group_tests_name("pipeline/database", tests, NULL, NULL);
}
