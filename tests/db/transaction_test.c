/* transaction_test.c - tests of db/transaction: what begin, commit and rollback can hide */
#include "keel/db/db.h"

#include "../support/asking.h"
#include "../support/unit.h"

#include <string.h>
#include <sys/socket.h>

static int make(void **state)
{
    test_database_make(state);
    struct test_database *database = *state;

    asking_text(&database->scope, "CREATE TABLE t (a int)");
    test_database_renew(database);
    return 0;
}

static PGTransactionStatusType status(struct scope *scope)
{
    return PQtransactionStatus(db_connection(scope->db));
}

/* Has `body`, in plpgsql, run when a transaction that inserted into t commits. */
static void at_commit(struct test_database *database, const char *body)
{
    struct scope *scope = &database->scope;
    const char *function = scope_format(
        scope,
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN %s; RETURN "
        "NULL; END $$",
        body);

    asking_text(scope, function);
    asking_text(scope, "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY "
                       "DEFERRED FOR EACH ROW EXECUTE FUNCTION late()");
    test_database_renew(database);
    assert_true(db_begin(&database->scope));
    asking_text(&database->scope, "INSERT INTO t VALUES (1)");
}

static void test_lazy(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(db_begin(scope));
    assert_true(db_in_transaction(scope->db));
    assert_int_equal(status(scope), PQTRANS_IDLE);
    assert_true(db_commit(scope));
    assert_false(db_in_transaction(scope->db));
    assert_true(db_begin(scope));
    db_rollback(scope);
    assert_int_equal(scope->queries, 0);
    assert_true(db_begin(scope));
    asking_text(scope, "SELECT 1");
    assert_int_equal(status(scope), PQTRANS_INTRANS);
    assert_true(db_commit(scope));
    assert_int_equal(status(scope), PQTRANS_IDLE);
    assert_int_equal(scope->queries, 3);
}

static void test_commit(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(db_begin(scope));
    asking_text(scope, "INSERT INTO t VALUES (1)");
    asking_text(scope, "INSERT INTO t VALUES (2)");
    asking_outside(database, "SELECT count(*) FROM t", "0");
    assert_true(db_commit(scope));
    asking_outside(database, "SELECT count(*) FROM t", "2");
}

static void test_rollback(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(db_begin(scope));
    asking_text(scope, "INSERT INTO t VALUES (1)");
    fail(scope, ERR_CONFLICT, "first");
    db_rollback(scope);
    asking_failed(scope, ERR_CONFLICT);
    assert_string_equal(scope->error.message, "first");
    assert_false(db_in_transaction(scope->db));
    assert_int_equal(status(scope), PQTRANS_IDLE);
    asking_outside(database, "SELECT count(*) FROM t", "0");
}

static void test_failed_scope(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(db_begin(scope));
    asking_text(scope, "INSERT INTO t VALUES (1)");
    fail(scope, ERR_CONFLICT, "the handler forgot that it failed");
    assert_false(db_commit(scope));
    db_rollback(scope);
    asking_outside(database, "SELECT count(*) FROM t", "0");
    scope_clear_error(scope);
    fail(scope, ERR_CONFLICT, "failed before");
    assert_false(db_begin(scope));
    assert_false(db_in_transaction(scope->db));
}

/* PostgreSQL answers such a COMMIT without an error. */
static void test_tag(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    assert_true(db_begin(scope));
    asking_text(scope, "INSERT INTO t VALUES (1)");
    assert_false(asking_query(scope, "SELECT 1 / 0", NO_PARAMS, &rows));
    scope_clear_error(scope);
    assert_false(db_commit(scope));
    asking_failed(scope, ERR_INTERNAL);
    assert_non_null(strstr(scope->error.detail, "ROLLBACK"));
    asking_outside(database, "SELECT count(*) FROM t", "0");
    scope_clear_error(scope);
    assert_true(db_ensure(scope));
    asking_expect(scope, "SELECT 1", "1");
}

/* The error says that nobody knows, so that nobody repeats blindly. */
static void expect_unknown(struct test_database *database)
{
    struct scope *scope = &database->scope;

    assert_false(db_commit(scope));
    asking_failed(scope, ERR_UNAVAILABLE);
    assert_false(scope->error.retryable);
    assert_non_null(strstr(scope->error.message, "before repeating"));
    assert_non_null(strstr(scope->error.detail, "outcome unknown"));
    assert_false(db_in_transaction(scope->db));
    db_rollback(scope);
    test_database_renew(database);
    asking_expect(&database->scope, "SELECT 1", "1");
}

static void test_cut_at_commit(void **state)
{
    struct test_database *database = *state;

    assert_true(db_begin(&database->scope));
    asking_text(&database->scope, "INSERT INTO t VALUES (1)");
    assert_int_equal(shutdown(PQsocket(db_connection(database->db)), SHUT_RDWR), 0);
    expect_unknown(database);
}

static void test_deadline_at_commit(void **state)
{
    struct test_database *database = *state;

    at_commit(database, "PERFORM pg_sleep(0.5)");
    database->config.db_deadline_ms = 100;
    assert_false(db_commit(&database->scope));
    asking_failed(&database->scope, ERR_UNAVAILABLE);
    assert_non_null(strstr(database->scope.error.message, "before repeating"));
    assert_false(database->scope.error.retryable);
    database->config.db_deadline_ms = 8000;
    /* It was done after all: that is why it is not repeated. */
    for (int i = 0; i < 20; i++)
        asking_outside(database, "SELECT pg_sleep(0.05)", "");
    asking_outside(database, "SELECT count(*) FROM t", "1");
}

static void test_terminated_at_commit(void **state)
{
    struct test_database *database = *state;

    at_commit(database, "PERFORM pg_terminate_backend(pg_backend_pid())");
    expect_unknown(database);
}

/* As a pooler says it when it lost the server in mid-sentence. */
static void test_pooler_lost_server(void **state)
{
    struct test_database *database = *state;

    at_commit(database, "RAISE EXCEPTION 'server conn crashed?' USING ERRCODE = '08P01'");
    expect_unknown(database);
}

static void test_retryable(void **state)
{
    static const char *const states[] = {"40001", "40P01"};

    for (size_t i = 0; i < COUNT(states); i++) {
        struct test_database *database = *state;
        struct scope *scope = &database->scope;
        struct rows rows;
        const char *raise = scope_format(
            scope, "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '%s'; END $$", states[i]);

        assert_true(db_begin(scope));
        asking_text(scope, "INSERT INTO t VALUES (1)");
        assert_false(asking_query(scope, raise, NO_PARAMS, &rows));
        asking_failed(scope, ERR_UNAVAILABLE);
        assert_true(scope->error.retryable);
        db_rollback(scope);
        scope_clear_error(scope);
        assert_true(db_ensure(scope));
        asking_expect(scope, "SELECT count(*) FROM t", "0");
    }
}

static void test_serialization_at_commit(void **state)
{
    struct test_database *database = *state;
    struct scope *other = test_database_open(database);
    struct scope *scopes[] = {&database->scope, other};

    asking_text(other, "INSERT INTO t VALUES (1), (2)");
    for (size_t i = 0; i < 2; i++) {
        assert_true(db_begin(scopes[i]));
        asking_text(scopes[i], "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
        asking_text(scopes[i], "SELECT sum(a) FROM t");
    }
    asking_text(scopes[0], "INSERT INTO t VALUES (10)");
    asking_text(scopes[1], "INSERT INTO t VALUES (20)");
    assert_true(db_commit(scopes[0]));
    assert_false(db_commit(scopes[1]));
    asking_failed(other, ERR_UNAVAILABLE);
    assert_true(other->error.retryable);
    asking_outside(database, "SELECT sum(a) FROM t", "13");
    test_database_close(other);
}

/* What a deferred constraint says at COMMIT is the caller's mistake, and nothing was kept. */
static void test_refused_at_commit(void **state)
{
    struct test_database *database = *state;

    at_commit(database, "RAISE EXCEPTION 'no' USING ERRCODE = '23514', CONSTRAINT = 't_late'");
    assert_false(db_commit(&database->scope));
    asking_failed(&database->scope, ERR_VALIDATION);
    assert_string_equal(database->scope.error.constraint, "t_late");
    asking_outside(database, "SELECT count(*) FROM t", "0");
    test_database_renew(database);
    asking_expect(&database->scope, "SELECT 1", "1");
}

#define UNREPLICATED                                                                               \
    "The transaction has already committed locally, but might not have been replicated to the "    \
    "standby."

static void test_unreplicated(void **state)
{
    struct test_database *database = *state;

    at_commit(database, "RAISE WARNING 'canceling wait for synchronous replication' USING "
                        "ERRCODE = '01000', DETAIL = '" UNREPLICATED "'");
    assert_false(db_commit(&database->scope));
    asking_failed(&database->scope, ERR_UNAVAILABLE);
    assert_false(database->scope.error.retryable);
    assert_non_null(strstr(database->scope.error.message, "before repeating"));
    asking_outside(database, "SELECT count(*) FROM t", "1");
    test_database_renew(database);
    assert_true(db_begin(&database->scope));
    asking_text(&database->scope, "UPDATE t SET a = 2");
    assert_true(db_commit(&database->scope));
}

static void test_other_warnings(void **state)
{
    struct test_database *database = *state;

    at_commit(database, "RAISE WARNING 'something else' USING ERRCODE = '01000'");
    assert_true(db_commit(&database->scope));
}

static void test_lost_before(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    assert_true(db_begin(scope));
    asking_text(scope, "INSERT INTO t VALUES (1)");
    asking_terminate(database, scope);
    assert_false(asking_query(scope, "INSERT INTO t VALUES (2)", NO_PARAMS, &rows));
    db_rollback(scope);
    assert_false(db_in_transaction(scope->db));
    test_database_renew(database);
    assert_int_equal(status(&database->scope), PQTRANS_IDLE);
    asking_expect(&database->scope, "SELECT count(*) FROM t", "0");
}

static void test_time(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    at_commit(database, "PERFORM pg_sleep(0.2)");
    assert_true(scope->database_us < 200000);
    assert_true(db_commit(scope));
    assert_true(scope->database_us >= 200000);
}

static void test_time_of_rollback(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(db_begin(scope));
    asking_text(scope, "INSERT INTO t VALUES (1)");
    int64_t before = scope->database_us;

    db_rollback(scope);
    assert_true(scope->database_us > before);
}

static void test_savepoint(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    assert_true(db_begin(scope));
    asking_text(scope, "INSERT INTO t VALUES (1)");
    assert_true(db_savepoint(scope));
    asking_text(scope, "INSERT INTO t VALUES (2)");
    assert_true(db_savepoint(scope));
    asking_text(scope, "INSERT INTO t VALUES (3)");
    assert_false(asking_query(scope, "INSERT INTO t VALUES (1 / 0)", NO_PARAMS, &rows));
    assert_false(db_go_back(scope));
    scope_clear_error(scope);
    assert_true(db_go_back(scope));
    asking_expect(scope, "SELECT string_agg(a::text, ',') FROM t", "1,2");
    asking_text(scope, "INSERT INTO t VALUES (4)");
    assert_true(db_go_back(scope));
    assert_true(db_commit(scope));
    asking_expect(scope, "SELECT string_agg(a::text, ',') FROM t", "1,2");
}

static void test_savepoint_first(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(db_begin(scope));
    assert_true(db_savepoint(scope));
    assert_int_equal(status(scope), PQTRANS_INTRANS);
    asking_text(scope, "INSERT INTO t VALUES (1)");
    db_rollback(scope);
    asking_expect(scope, "SELECT count(*) FROM t", "0");
}

/* Only its own time is longer, and only while it lasts. */
static void test_reading(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct rows rows;

    for (int i = 0; i < 2; i++) {
        database->config.db_prepared = i == 0;
        database->config.db_statement_timeout_ms = 4000;
        database->config.db_idle_transaction_timeout_ms = 6000;
        assert_true(db_begin_reading(scope, 30000));
        asking_expect(scope, "SHOW transaction_read_only", "on");
        asking_expect(scope, "SHOW statement_timeout", "34s");
        asking_expect(scope, "SHOW idle_in_transaction_session_timeout", "36s");
        asking_expect(scope, "SHOW client_connection_check_interval", "2s");
        assert_false(asking_query(scope, "INSERT INTO t VALUES (1)", NO_PARAMS, &rows));
        db_rollback(scope);
        scope_clear_error(scope);
        /* A refused write reads as a server that has become a standby. */
        assert_true(db_ensure(scope));
        assert_true(db_begin(scope));
        asking_expect(scope, "SHOW transaction_read_only", "off");
        assert_true(strcmp(asking_text(scope, "SHOW statement_timeout"), "34s") != 0);
        assert_true(db_commit(scope));
    }
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("BEGIN is sent with the first statement, and never for none", test_lazy),
        TEST("a commit shows everything at once", test_commit),
        TEST("a rollback undoes everything and keeps the first error", test_rollback),
        TEST("a unit that has failed neither begins nor commits", test_failed_scope),
        TEST("COMMIT of a failed transaction is noticed by its tag", test_tag),
        TEST("a connection cut at COMMIT leaves an unknown outcome", test_cut_at_commit),
        TEST("a deadline passed at COMMIT leaves an unknown outcome", test_deadline_at_commit),
        TEST("a session ended at COMMIT leaves an unknown outcome", test_terminated_at_commit),
        TEST("a pooler that lost its server at COMMIT does too", test_pooler_lost_server),
        TEST("serialization failures and deadlocks may run again", test_retryable),
        TEST("so may a serialization failure found at COMMIT", test_serialization_at_commit),
        TEST("a deferred constraint is refused at COMMIT", test_refused_at_commit),
        TEST("a commit that no standby confirmed is not reported as done", test_unreplicated),
        TEST("other warnings at COMMIT mean nothing", test_other_warnings),
        TEST("a transaction whose connection went away is over", test_lost_before),
        TEST("a transaction goes back to its newest savepoint and on from there", test_savepoint),
        TEST("a savepoint can be the first there is to a transaction", test_savepoint_first),
        TEST("one that only reads may be kept waiting, and changes nothing", test_reading),
        TEST("what COMMIT takes counts as time of the database", test_time),
        TEST("and so does what ROLLBACK takes", test_time_of_rollback),
    };

    return cmocka_run_group_tests_name("db/transaction", tests, NULL, NULL);
}
