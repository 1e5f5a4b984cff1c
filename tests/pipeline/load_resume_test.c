/* load_resume_test.c - tests of pipeline/load: interrupted, cancelled, taken over, and gone on with
 */
#include "../support/faults.h"
#include "../support/query_faults.h"
#include "loading.h"

#include <stdlib.h>

/* So many that reading takes several batches and writing several steps. */
#define ROWS 20000

/* Ends the work when it has looked so often. */
struct patience {
    int looks;
};

static bool must_end(void *context)
{
    struct patience *patience = context;

    return patience->looks-- <= 0;
}

/* "Row 17,17" and so on. */
static char *many_rows(size_t *length)
{
    char *text = malloc(ROWS * 32);
    size_t at = 0;

    assert_non_null(text);
    at += (size_t)sprintf(text, "name,price\n");
    for (int i = 1; i <= ROWS; i++)
        at += (size_t)sprintf(text + at, "Row %d,%d\n", i, i % 1000);
    *length = at;
    return text;
}

static void order_many(struct loading *loading, const struct loading_case *wanted)
{
    size_t length;
    char *text = many_rows(&length);

    loading_order(loading, wanted, text, length);
    free(text);
}

static void expect_once(struct loading *loading)
{
    asking_expect(loading_renew(loading),
                  "SELECT count(*) || ' ' || count(DISTINCT name) FROM items", "20000 20000");
    assert_string_equal(loading_outcome(loading), "succeeded 20000 20000 0 0 0");
}

static const struct loading_case best = {.mode = "best_effort"};
static const struct loading_case whole = {.mode = "all_or_nothing"};

/* However often it ends, and wherever. */
static void test_interrupted(void **state)
{
    struct loading *loading = *state;
    int ends = 0;

    order_many(loading, &best);
    for (;;) {
        struct patience patience = {1 + ends % 3};
        const struct load_watch watch = {.context = &patience, .must_end = must_end};

        if (loading_run(loading, NULL, &watch) == LOAD_CONCLUDED)
            break;
        ends++;
        assert_string_equal(asking_text(&loading->database->scope, "SELECT status FROM imports"),
                            "running");
    }
    assert_true(ends > 3);
    expect_once(loading);
}

/* Of one transaction nothing is there before all is. */
static void test_whole_interrupted(void **state)
{
    struct loading *loading = *state;
    enum load_outcome outcome;

    order_many(loading, &whole);
    for (int looks = 2;; looks++) {
        struct patience patience = {looks};
        const struct load_watch watch = {.context = &patience, .must_end = must_end};

        outcome = loading_run(loading, NULL, &watch);
        if (outcome == LOAD_CONCLUDED)
            break;
        asking_expect(&loading->database->scope, "SELECT count(*) FROM items", "0");
    }
    expect_once(loading);
}

/* A crash of PostgreSQL empties what is not logged, before and after rows were written. */
static void test_emptied(void **state)
{
    struct loading *loading = *state;
    struct patience patience = {.looks = 2};
    const struct load_watch watch = {.context = &patience, .must_end = must_end};

    order_many(loading, &best);
    assert_int_equal(loading_run(loading, NULL, &watch), LOAD_INTERRUPTED);
    asking_expect(&loading->database->scope, "SELECT count(*) > 0 FROM import_1", "t");
    asking_text(&loading->database->scope, "TRUNCATE import_1");
    patience.looks = 5;
    assert_int_equal(loading_run(loading, NULL, &watch), LOAD_INTERRUPTED);
    asking_expect(&loading->database->scope, "SELECT count(*) BETWEEN 1 AND 19999 FROM items", "t");
    asking_text(&loading->database->scope, "TRUNCATE import_1");
    assert_int_equal(loading_run(loading, NULL, NULL), LOAD_CONCLUDED);
    expect_once(loading);
}

/* What was refused before is neither forgotten nor told twice. */
static void test_emptied_rejects(void **state)
{
    struct loading *loading = *state;
    struct patience patience = {.looks = 2};
    const struct load_watch watch = {.context = &patience, .must_end = must_end};
    static char text[ROWS * 16];
    size_t at = (size_t)sprintf(text, "id,name,price\n");

    for (int i = 1; i <= 3000; i++)
        at += (size_t)sprintf(text + at, "%d,N,%s\n", i % 100 == 0 ? 1 : i,
                              i % 100 == 50 ? "x" : "1");
    loading_order(loading, &best, text, at);
    assert_int_equal(loading_run(loading, NULL, &watch), LOAD_INTERRUPTED);
    asking_expect(&loading->database->scope, "SELECT rows_rejected FROM imports", "60");
    asking_expect(&loading->database->scope, "SELECT place_done BETWEEN 1 AND 2999 FROM imports",
                  "t");
    asking_text(&loading->database->scope, "TRUNCATE import_1");
    assert_int_equal(loading_run(loading, NULL, NULL), LOAD_CONCLUDED);
    assert_string_equal(loading_outcome(loading), "succeeded 3000 2940 0 0 60");
    asking_expect(&loading->database->scope,
                  "SELECT count(*) || ' ' || count(DISTINCT line) FROM import_rejects", "60 60");
    asking_expect(&loading->database->scope, "SELECT count(*) FROM items", "2940");
}

static void test_cancelled(void **state)
{
    struct loading *loading = *state;
    struct patience patience = {.looks = 4};
    const struct load_watch watch = {.context = &patience, .must_end = must_end};

    order_many(loading, &best);
    assert_int_equal(loading_run(loading, NULL, &watch), LOAD_INTERRUPTED);
    asking_expect(&loading->database->scope, "SELECT count(*) > 0 FROM items", "t");
    assert_true(imports_cancel(loading_renew(loading), loading->id));
    assert_int_equal(loading_run(loading, NULL, NULL), LOAD_CANCELLED);
    /* What is written stays, and is told. */
    asking_expect(&loading->database->scope,
                  "SELECT status || (rows_accepted = (SELECT count(*) FROM items)) FROM imports",
                  "cancelledtrue");
    assert_false(imports_cancel(&loading->database->scope, loading->id));
    asking_failed(&loading->database->scope, ERR_CONFLICT);
}

/* Whoever begins later goes on; the other one can save nothing any more. */
struct rival {
    struct loading *loading;
    struct scope *scope;
    int looks;
};

static bool take_over(void *context)
{
    struct rival *rival = context;
    static const struct load_watch nobody = {0};
    enum load_outcome outcome;

    if (rival->looks-- == 0) {
        assert_true(load_run(rival->scope, &items_model, rival->loading->id, &nobody, &outcome));
        assert_int_equal(outcome, LOAD_CONCLUDED);
    }
    return false;
}

static void test_taken_over(void **state)
{
    struct loading *loading = *state;

    for (int looks = 1; looks < 6; looks++) {
        struct rival rival = {loading, test_database_open(loading->database), looks};
        const struct load_watch watch = {.context = &rival, .must_end = take_over};
        enum load_outcome outcome;

        asking_text(loading_renew(loading), "TRUNCATE items");
        order_many(loading, &best);
        assert_false(load_run(loading_renew(loading), &items_model, loading->id, &watch, &outcome));
        asking_failed(&loading->database->scope, ERR_CONFLICT);
        expect_once(loading);
        test_database_close(rival.scope);
    }
}

/* Three rows of which one is refused by the database alone, and all kinds of statements. */
static const struct loading_case some = {
    .mode = "best_effort",
    .on_conflict = "update",
    .file = "id,name,price,category_id\n1,A,1,1\n2,B,1,2\n,C,x,1\n4,D,4,\n",
    .outcome = "succeeded 4 2 1 0 2",
    .rejects = "3:category_id:not_found:2 4:price:invalid_number:x",
    .rows = "1:A:1.00:0:1:2:on 4:D:4.00:0:0:1:on"};

static void prepare_some(struct loading *loading)
{
    struct scope *scope = loading_renew(loading);

    assert_true(db_ensure(scope));
    asking_text(scope, "TRUNCATE items RESTART IDENTITY");
    asking_text(scope, "INSERT INTO items (name, price) VALUES ('Old', 1)");
    loading_order(loading, &some, some.file, strlen(some.file));
    loading_renew(loading);
}

/* A try that failed has saved nothing wrong: the next one comes to the same as if it had not been.
 */
static void expect_some(struct loading *loading)
{
    assert_true(db_ensure(loading_renew(loading)));
    assert_int_equal(loading_run(loading, NULL, NULL), LOAD_CONCLUDED);
    assert_string_equal(loading_outcome(loading), some.outcome);
    assert_string_equal(loading_rejects(loading), some.rejects);
    assert_string_equal(loading_rows(loading, NULL), some.rows);
}

static bool try_some(struct loading *loading)
{
    static const struct load_watch nobody = {0};
    enum load_outcome outcome;

    return load_run(&loading->database->scope, &items_model, loading->id, &nobody, &outcome);
}

static void test_query_faults(void **state)
{
    struct loading *loading = *state;
    static const char *const sqlstates[] = {NULL, "40001", "XX000"};

    for (size_t i = 0; i < COUNT(sqlstates); i++) {
        query_faults_begin(sqlstates[i]);
        prepare_some(loading);
        while (query_faults_next()) {
            try_some(loading);
            query_faults_stop();
            expect_some(loading);
            prepare_some(loading);
        }
        assert_true(query_faults_count() > 20);
    }
}

static void test_memory_faults(void **state)
{
    struct loading *loading = *state;

    faults_begin();
    prepare_some(loading);
    while (faults_next()) {
        bool done = try_some(loading);

        faults_stop();
        if (!done)
            assert_int_not_equal(loading->database->scope.error.kind, ERR_NONE);
        expect_some(loading);
        prepare_some(loading);
    }
    assert_true(faults_count() > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOADING_TEST("Each row is there once, however often it is interrupted", test_interrupted),
        LOADING_TEST("Of one transaction nothing is there before all is", test_whole_interrupted),
        LOADING_TEST("What a crash of PostgreSQL emptied is read again", test_emptied),
        LOADING_TEST("Reading again tells no refusal twice", test_emptied_rejects),
        LOADING_TEST("What is cancelled ends, and what it wrote stays", test_cancelled),
        LOADING_TEST("Whoever takes it over goes on alone", test_taken_over),
        LOADING_TEST("A statement that fails loses and doubles nothing", test_query_faults),
        LOADING_TEST("Nor does a lack of memory", test_memory_faults),
    };

    return cmocka_run_group_tests_name("pipeline/load_resume", tests, NULL, NULL);
}
