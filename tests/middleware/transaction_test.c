/* transaction_test.c - tests of middleware/transaction: one transaction, again where it is safe */
#include "keel/db/migrate.h"
#include "middleware/stages.h"

#include "../support/asking.h"
#include "../support/faults.h"
#include "../support/query_faults.h"
#include "../support/unit.h"

#include <stdlib.h>
#include <string.h>

/* An exchange that has come to its handler, and what the handler is to do. */
struct trial {
    struct exchange exchange; /* must be first: handlers get its address */
    struct app app;
    struct test_database *database;
    const char *sqlstate; /* what goes wrong; NULL: nothing */
    int times;            /* how often it does */
    int calls;            /* of the handler */
};

/* As its migration has it. */
static void make_audit_log(struct scope *scope)
{
    struct migration_set set;

    assert_true(migrations_embedded(scope, &set));
    for (size_t i = 0; i < set.count; i++) {
        if (strcmp(set.list[i].name, "audit") == 0)
            assert_true(db_script(scope, "audit", set.list[i].up));
    }
}

static int make(void **state)
{
    struct trial *trial = calloc(1, sizeof *trial);
    void *database = NULL;

    assert_non_null(trial);
    test_database_make(&database);
    trial->database = database;
    asking_text(&trial->database->scope, "CREATE TABLE t (a int)");
    make_audit_log(&trial->database->scope);
    trial->app.config = trial->database->config;
    trial->app.db = trial->database->db;
    trial->exchange.app = &trial->app;
    *state = trial;
    return 0;
}

static int drop(void **state)
{
    struct trial *trial = *state;
    void *database = trial->database;

    test_database_drop(&database);
    free(trial);
    return 0;
}

/* Adds a row, says so in a header and in the data, and then goes wrong if it is to. */
static bool add_row(struct exchange *exchange)
{
    struct trial *trial = (struct trial *)exchange;
    struct scope *scope = &exchange->scope;
    struct rows rows;

    trial->calls++;
    if (!asking_query(scope, "INSERT INTO t VALUES (1) RETURNING a", NO_PARAMS, &rows))
        return false;
    response_header(&exchange->response, "Location", "/api/t/1");
    buffer_add_text(&exchange->response.data, row_text(&rows, 0, 0));
    if (!trial->sqlstate || trial->calls > trial->times)
        return true;
    return asking_query(scope,
                        scope_format(scope,
                                     "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '%s'; "
                                     "END $$",
                                     trial->sqlstate),
                        NO_PARAMS, &rows);
}

static bool refuse(struct exchange *exchange)
{
    add_row(exchange);
    return fail(&exchange->scope, ERR_CONFLICT, "No");
}

/* A defect of a handler: nobody was told why. */
static bool give_up(struct exchange *exchange)
{
    add_row(exchange);
    return false;
}

/* Whether it runs inside a transaction is told in the data. */
static bool look(struct exchange *exchange)
{
    struct rows rows;

    if (!asking_query(&exchange->scope, "SELECT 1", NO_PARAMS, &rows))
        return false;
    bool inside = PQtransactionStatus(db_connection(exchange->scope.db)) == PQTRANS_INTRANS;

    buffer_add_text(&exchange->response.data, inside ? "inside" : "outside");
    return true;
}

static bool run(struct trial *trial, const struct route *route)
{
    struct exchange *exchange = &trial->exchange;

    trial->calls = 0;
    exchange->route = route;
    scope_begin(&exchange->scope, &trial->app.config, trial->app.db, NULL);
    response_begin(&exchange->response, &exchange->scope.arena);
    response_header(&exchange->response, "Vary", "Origin");
    return db_ensure(&exchange->scope) && stage_transaction(exchange);
}

static void finish(struct trial *trial)
{
    scope_end(&trial->exchange.scope);
}

static int64_t ask_number(struct trial *trial, const char *statement)
{
    char *text = test_database_ask(trial->database, statement);
    int64_t number = strtoll(text, NULL, 10);

    free(text);
    return number;
}

/* How many there are; the audit log has an entry for each of them and no other. */
static int64_t count_rows(struct trial *trial)
{
    int64_t count = ask_number(trial, "SELECT count(*) FROM t");

    assert_int_equal(ask_number(trial, "SELECT count(*) FROM audit_log WHERE route = 't.add'"),
                     count);
    return count;
}

static const struct route adding = {
    .id = "t.add", .method = POST, .handler = add_row, .success = 201, .message = "Added"};
static const struct route refusing = {
    .id = "t.add", .method = POST, .handler = refuse, .success = 201};

static void test_commit(void **state)
{
    struct trial *trial = *state;

    assert_true(run(trial, &adding));
    assert_int_equal(trial->exchange.response.status, 201);
    assert_string_equal(trial->exchange.response.message, "Added");
    assert_string_equal(trial->exchange.response.data.data, "1");
    finish(trial);
    assert_int_equal(count_rows(trial), 1);
}

static void test_rollback(void **state)
{
    struct trial *trial = *state;

    assert_false(run(trial, &refusing));
    asking_failed(&trial->exchange.scope, ERR_CONFLICT);
    assert_int_equal(trial->calls, 1);
    /* No place of a row that is not there; what earlier stages said stays. */
    assert_string_equal(scope_copy(&trial->exchange.scope, trial->exchange.response.headers.data,
                                   trial->exchange.response.headers.length),
                        "Vary: Origin\r\n");
    finish(trial);
    assert_int_equal(count_rows(trial), 0);
}

/* What a refusal leaves behind is told as the refusal that it is. */
static bool refuse_and_keep(struct exchange *exchange)
{
    return refuse(exchange) || fail_and_keep(&exchange->scope);
}

static void test_kept(void **state)
{
    static const struct route keeping = {
        .id = "t.add", .method = POST, .handler = refuse_and_keep, .success = 201};
    struct trial *trial = *state;

    assert_false(run(trial, &keeping));
    asking_failed(&trial->exchange.scope, ERR_CONFLICT);
    finish(trial);
    assert_int_equal(count_rows(trial), 1);
    assert_int_equal(ask_number(trial, "SELECT status FROM audit_log"), 409);
}

/* Its entry in the audit log cannot be written: then neither is what it would tell. */
static void test_unrecorded(void **state)
{
    static const struct route keeping = {
        .id = "t.add", .method = POST, .handler = refuse_and_keep, .success = 201};
    struct trial *trial = *state;

    asking_text(&trial->database->scope, "ALTER TABLE audit_log ADD CHECK (status = 0)");
    assert_false(run(trial, &adding));
    asking_failed(&trial->exchange.scope, ERR_VALIDATION);
    finish(trial);
    assert_false(run(trial, &keeping));
    asking_failed(&trial->exchange.scope, ERR_VALIDATION);
    assert_int_equal(PQtransactionStatus(db_connection(trial->app.db)), PQTRANS_IDLE);
    finish(trial);
    assert_int_equal(count_rows(trial), 0);
}

static void test_silent(void **state)
{
    static const struct route silent = {
        .id = "t.silent", .method = POST, .handler = give_up, .success = 201};
    struct trial *trial = *state;

    assert_false(run(trial, &silent));
    asking_failed(&trial->exchange.scope, ERR_INTERNAL);
    finish(trial);
    assert_int_equal(count_rows(trial), 0);
}

static void test_where(void **state)
{
    static const struct {
        struct route route;
        const char *where;
    } cases[] = {
        {{.id = "t.look", .method = GET, .handler = look, .success = 200}, "outside"},
        {{.id = "t.look", .method = POST, .handler = look, .success = 200}, "inside"},
        {{.id = "t.look", .method = DELETE, .handler = look, .success = 200}, "inside"},
        {{.id = "t.look",
          .method = POST,
          .handler = look,
          .success = 200,
          .flags = ROUTE_NO_TRANSACTION},
         "outside"},
    };
    struct trial *trial = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(run(trial, &cases[i].route));
        assert_string_equal(trial->exchange.response.data.data, cases[i].where);
        assert_int_equal(PQtransactionStatus(db_connection(trial->app.db)), PQTRANS_IDLE);
        finish(trial);
    }
}

/* There SET LOCAL is the only way to bound a statement, so a read needs a transaction too. */
static void test_pooled(void **state)
{
    static const struct route route = {.method = GET, .handler = look, .success = 200};
    struct trial *trial = *state;

    trial->app.config.db_prepared = false;
    assert_true(run(trial, &route));
    assert_string_equal(trial->exchange.response.data.data, "inside");
    assert_int_equal(PQtransactionStatus(db_connection(trial->app.db)), PQTRANS_IDLE);
    finish(trial);
}

static void test_again(void **state)
{
    static const char *const states[] = {"40001", "40P01", "0A000"};
    struct trial *trial = *state;

    trial->app.config.db_retries = 3;
    trial->times = 3;
    for (size_t i = 0; i < COUNT(states); i++) {
        trial->sqlstate = states[i];
        if (!run(trial, &adding))
            unit_fail("%s: %s\n", states[i], trial->exchange.scope.error.detail);
        assert_int_equal(trial->calls, 4);
        /* Nothing of the failed attempts is left, and what the stages before added is. */
        assert_string_equal(trial->exchange.response.headers.data,
                            "Vary: Origin\r\nLocation: /api/t/1\r\n");
        assert_string_equal(trial->exchange.response.data.data, "1");
        finish(trial);
        assert_int_equal(count_rows(trial), (int64_t)i + 1);
    }
}

static void test_bounded(void **state)
{
    struct trial *trial = *state;

    trial->sqlstate = "40001";
    trial->times = 100;
    trial->app.config.db_retries = 2;
    assert_false(run(trial, &adding));
    asking_failed(&trial->exchange.scope, ERR_UNAVAILABLE);
    assert_int_equal(trial->calls, 3);
    finish(trial);
    trial->app.config.db_retries = 0;
    assert_false(run(trial, &adding));
    assert_int_equal(trial->calls, 1);
    finish(trial);
    assert_int_equal(count_rows(trial), 0);
}

static void test_once_only(void **state)
{
    static const char *const states[] = {"23505", "57014", "53200", "57P01", "25006", "XX000"};
    struct trial *trial = *state;

    trial->times = 1;
    for (size_t i = 0; i < COUNT(states); i++) {
        trial->sqlstate = states[i];
        assert_false(run(trial, &adding));
        assert_int_equal(trial->calls, 1);
        finish(trial);
    }
    assert_int_equal(count_rows(trial), 0);
}

/* Each statement in turn fails to serialize, BEGIN and COMMIT among them. */
static void test_each_statement_again(void **state)
{
    struct trial *trial = *state;
    int64_t rows = 0;

    query_faults_begin("40001");
    while (query_faults_next()) {
        bool done = run(trial, &adding);

        query_faults_stop();
        if (!done)
            unit_fail("%s\n", trial->exchange.scope.error.detail);
        finish(trial);
        assert_int_equal(count_rows(trial), ++rows);
    }
    assert_true(query_faults_count() > 2);
}

static void test_each_statement_lost(void **state)
{
    struct trial *trial = *state;
    int64_t rows = 0;

    query_faults_begin(NULL);
    while (query_faults_next()) {
        bool done = run(trial, &adding);

        query_faults_stop();
        assert_int_equal(done, !query_faults_hit());
        if (!done)
            asking_failed(&trial->exchange.scope, ERR_UNAVAILABLE);
        assert_int_equal(trial->calls, 1);
        finish(trial);
        rows += done;
        assert_int_equal(count_rows(trial), rows);
    }
    assert_true(query_faults_count() > 2);
}

/* Once it is saved, the answer says so: no lack of memory comes in between. */
static void test_no_memory(void **state)
{
    struct trial *trial = *state;
    const struct request request = {.id = "request-1"};
    int64_t rows = 0;

    faults_begin();
    while (faults_next()) {
        struct exchange *exchange = &trial->exchange;
        bool done = run(trial, &adding);
        bool rendered = response_render(&exchange->scope, &request, &exchange->response);

        faults_stop();
        bool said = done && rendered && exchange->response.status == 201;

        finish(trial);
        rows += said;
        assert_int_equal(count_rows(trial), rows);
        assert_int_equal(said, !faults_hit());
    }
    assert_true(faults_count() > 5);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, drop, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("what the handler did is committed and reported", test_commit),
        TEST("what it refused is rolled back", test_rollback),
        TEST("what a refusal keeps is committed, and told with the refusal's status", test_kept),
        TEST("nothing is kept without its entry in the audit log", test_unrecorded),
        TEST("a handler that fails without a word is an error, not a success", test_silent),
        TEST("writes run in a transaction, reads and those that say so do not", test_where),
        TEST("behind a transaction pooler reads run in one too", test_pooled),
        TEST("a serialization failure, a deadlock and a stale plan run again, from nothing",
             test_again),
        TEST("not for ever", test_bounded),
        TEST("everything else runs once", test_once_only),
        TEST("a serialization failure at any statement leaves one row", test_each_statement_again),
        TEST("a connection lost at any statement leaves none", test_each_statement_lost),
        TEST("lack of memory anywhere leaves a row exactly where the answer says so",
             test_no_memory),
    };

    return cmocka_run_group_tests_name("middleware/transaction", tests, NULL, NULL);
}
