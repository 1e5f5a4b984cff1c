/* purge_test.c - tests of model/purge: what is removed for good, what is kept, who may be there */
#include "keel/model/purge.h"

#include "../support/asking.h"
#include "../support/faults.h"
#include "../support/query_faults.h"
#include "../support/unit.h"

struct row {
    int64_t id;
    bool is_active;
    struct instant updated_at;
};

static const struct column columns[] = {
    {INT(struct row, id), .uses = READ, .doc = "Identifier."},
    {BOOL(struct row, is_active), .uses = READ, .doc = "False: deleted."},
    {TIME(struct row, updated_at), .uses = READ, .doc = "When it was last changed."},
};

#define MODEL(table_name)                                                                          \
    {                                                                                              \
        .name = "Row", .plural = table_name, .table = table_name, COLUMNS(columns),                \
        .size = sizeof(struct row), .soft_delete = true, .purge = true                             \
    }

static const struct model boxes = MODEL("boxes");
static const struct model parts = MODEL("parts");
/* Boxes first, although parts refer to them. */
static const struct model *const models[] = {&boxes, &parts};

enum { BOXES, PARTS };

static const char tables[] =
    "CREATE TABLE boxes (id bigint PRIMARY KEY, parent_id bigint REFERENCES boxes,"
    " is_active boolean NOT NULL DEFAULT false,"
    " updated_at timestamptz NOT NULL DEFAULT now() - interval '10 days');"
    "CREATE TABLE parts (id bigint PRIMARY KEY, box_id bigint REFERENCES boxes ON DELETE RESTRICT,"
    " is_active boolean NOT NULL DEFAULT false,"
    " updated_at timestamptz NOT NULL DEFAULT now() - interval '10 days');"
    "CREATE TABLE labels (part_id bigint REFERENCES parts ON DELETE CASCADE)";

static int make(void **state)
{
    test_database_make(state);
    struct test_database *database = *state;

    assert_true(db_script(&database->scope, "tables", tables));
    return 0;
}

static void run(struct scope *scope, const char *text)
{
    if (!db_script(scope, "test", text))
        unit_fail("%s: %s", text, scope->error.detail);
}

static void expect_counts(struct scope *scope, int64_t days, const struct purge_count *wanted)
{
    struct purge_count counts[COUNT(models)];

    if (!purge_deleted(scope, models, COUNT(models), days, counts))
        unit_fail("%s: %s", scope->error.message, scope->error.detail);
    for (size_t i = 0; i < COUNT(models); i++) {
        assert_int_equal(counts[i].removed, wanted[i].removed);
        assert_int_equal(counts[i].kept, wanted[i].kept);
    }
}

static void test_old(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    static const struct purge_count one[] = {[PARTS] = {1, 0}}, none[] = {{0, 0}, {0, 0}};

    run(scope, "INSERT INTO parts (id, is_active, updated_at) VALUES"
               " (1, true, now() - interval '99 days'), (2, false, now() - interval '6 days'),"
               " (3, false, now() - interval '8 days'); INSERT INTO labels VALUES (3)");
    expect_counts(scope, 9, none);
    expect_counts(scope, 7, one);
    expect_counts(scope, 7, none);
    asking_expect(scope, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM parts", "1 2");
    asking_expect(scope, "SELECT count(*) FROM labels", "0");
}

static void test_referred(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    static const struct purge_count some[] = {[BOXES] = {1, 2}, [PARTS] = {1, 0}};

    run(scope, "INSERT INTO boxes (id, parent_id) VALUES (1, NULL), (2, 1), (3, NULL);"
               "INSERT INTO parts (id, box_id, is_active) VALUES (1, 2, true), (2, 2, false), (3, "
               "3, false);"
               "UPDATE parts SET updated_at = now() WHERE id = 2");
    expect_counts(scope, 1, some);
    asking_expect(scope, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM boxes", "1 2");
    asking_expect(scope, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM parts", "1 2");
}

static void test_batches(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    static const struct purge_count all[] = {[BOXES] = {50, 0}, [PARTS] = {2500, 0}};

    run(scope, "INSERT INTO boxes (id, parent_id) SELECT i, nullif(i - 1, 0) FROM"
               " generate_series(1, 50) AS i;"
               "INSERT INTO parts (id, box_id) SELECT i, 1 + i % 50 FROM"
               " generate_series(1, 2500) AS i;"
               "CREATE TABLE batches (removed bigint);"
               "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN"
               " INSERT INTO batches SELECT count(*) FROM gone; RETURN NULL; END';"
               "CREATE TRIGGER note AFTER DELETE ON parts REFERENCING OLD TABLE AS gone"
               " FOR EACH STATEMENT EXECUTE FUNCTION note()");
    expect_counts(scope, 1, all);
    asking_expect(scope, "SELECT string_agg(removed::text, ' ') FROM batches WHERE removed > 0",
                  "1000 1000 500");
}

/* The other one has not committed yet; nobody waits, and the row is there for them. */
static void test_restored(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct scope *other = test_database_open(database);
    static const struct purge_count one[] = {[PARTS] = {1, 1}}, none[] = {{0, 0}, {0, 0}};

    run(scope, "INSERT INTO parts (id) VALUES (1), (2)");
    assert_true(db_begin(other));
    run(other, "UPDATE parts SET is_active = true WHERE id = 1");
    expect_counts(scope, 1, one);
    assert_true(db_commit(other));
    expect_counts(scope, 1, none);
    asking_expect(scope, "SELECT string_agg(id::text, ' ') FROM parts WHERE is_active", "1");
    test_database_close(other);
}

static void test_trial(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    static const struct purge_count both[] = {[BOXES] = {1, 0}, [PARTS] = {1, 0}};

    run(scope, "INSERT INTO boxes (id) VALUES (1); INSERT INTO parts (id, box_id) VALUES (1, 1)");
    assert_true(db_begin(scope));
    expect_counts(scope, 1, both);
    db_rollback(scope);
    asking_expect(scope, "SELECT (SELECT count(*) FROM boxes) + (SELECT count(*) FROM parts)", "2");
}

static void test_faults(void **state)
{
    struct test_database *database = *state;
    struct purge_count counts[COUNT(models)];

    run(&database->scope, "INSERT INTO boxes (id) VALUES (1)");
    faults_begin();
    while (faults_next()) {
        bool done = purge_deleted(&database->scope, models, COUNT(models), 1, counts);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        test_database_renew(database);
    }
    assert_true(faults_count() > 0);
    query_faults_begin("XX000");
    while (query_faults_next()) {
        bool done = purge_deleted(&database->scope, models, COUNT(models), 1, counts);

        query_faults_stop();
        assert_int_equal(done, !query_faults_hit());
        test_database_renew(database);
    }
    assert_true(query_faults_count() > 0);
}

#define TEST(sentence, test)                                                                       \
    {                                                                                              \
        sentence, test, make, test_database_drop, NULL                                             \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("only what was deleted long ago goes, with what hangs on it by cascade", test_old),
        TEST("what another row refers to is kept and counted", test_referred),
        TEST("a tree and all that refers to it go in batches, the referring first", test_batches),
        TEST("a row that is being restored is not waited for and stays", test_restored),
        TEST("in a transaction of the caller's it is a trial", test_trial),
        TEST("whatever fails on the way is a failure", test_faults),
    };

    return cmocka_run_group_tests_name("model/purge", tests, NULL, NULL);
}
