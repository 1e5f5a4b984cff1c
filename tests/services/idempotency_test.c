/* idempotency_test.c - tests of services/idempotency: answers kept under their callers' keys */
#include "keel/services/idempotency.h"

#include "accounts.h"

#include "../support/pooler.h"

#include <string.h>

#define HASH  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static const struct kept_request request = {"key", HASH};
static const struct kept_answer given = {201, "ETag: \"1\"\r\n", "{\"a\":\"\xe2\x82\xac\\n\"}\n"};

static struct identity identity;

static int make(void **state)
{
    accounts_make(state);
    struct test_database *database = *state;

    identity.user_id = accounts_add(&database->scope, "ada@example.org", "password-1", "editor");
    database->config.idempotency_hours = 2;
    database->scope.caller = &identity;
    return 0;
}

static struct scope *renew(struct test_database *database)
{
    test_database_renew(database);
    database->scope.caller = &identity;
    return &database->scope;
}

static void keep(struct scope *scope)
{
    struct kept_answer answer;
    bool found = true;

    assert_true(db_begin(scope));
    assert_true(idempotency_claim(scope, &request, &found, &answer));
    assert_false(found);
    assert_true(idempotency_keep(scope, &request, &given));
    assert_true(db_commit(scope));
}

/* Claims the key once more; whether there was an answer, which must then be the one that was given.
 */
static bool is_kept(struct scope *scope)
{
    struct kept_answer answer;
    bool found;

    assert_true(db_begin(scope));
    assert_true(idempotency_claim(scope, &request, &found, &answer));
    if (found) {
        assert_int_equal(answer.status, given.status);
        assert_string_equal(answer.headers, given.headers);
        assert_string_equal(answer.body, given.body);
    }
    db_rollback(scope);
    return found;
}

static void test_kept(void **state)
{
    struct test_database *database = *state;

    keep(&database->scope);
    assert_true(is_kept(renew(database)));
    assert_true(is_kept(renew(database)));
    identity.user_id = accounts_add(&database->scope, "bob@example.org", "password-1", "editor");
    assert_false(is_kept(renew(database)));
}

static void test_rolled_back(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct kept_answer answer;
    bool found;

    assert_true(db_begin(scope));
    assert_true(idempotency_claim(scope, &request, &found, &answer));
    assert_true(idempotency_keep(scope, &request, &given));
    db_rollback(scope);
    assert_false(is_kept(renew(database)));
}

/* As a refusal does that must leave something behind. */
static void test_without_answer(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct kept_answer answer;
    bool found;

    assert_true(db_begin(scope));
    assert_true(idempotency_claim(scope, &request, &found, &answer));
    assert_true(db_commit(scope));
    assert_false(is_kept(renew(database)));
    keep(renew(database));
    assert_true(is_kept(renew(database)));
}

static void test_other_request(void **state)
{
    static const struct kept_request other = {"key", OTHER};
    struct test_database *database = *state;
    struct kept_answer answer;
    bool found;

    keep(&database->scope);
    struct scope *scope = renew(database);

    assert_true(db_begin(scope));
    assert_false(idempotency_claim(scope, &other, &found, &answer));
    asking_failed(scope, ERR_IDEMPOTENCY_MISMATCH);
    db_rollback(scope);
}

static void test_over(void **state)
{
    struct test_database *database = *state;
    int64_t count = 0;

    keep(&database->scope);
    asking_text(&database->scope,
                "UPDATE idempotency_keys SET created_at = now() - interval '119 minutes'");
    assert_true(is_kept(renew(database)));
    assert_true(idempotency_purge(&database->scope, &count));
    assert_int_equal(count, 0);
    asking_text(&database->scope,
                "UPDATE idempotency_keys SET created_at = now() - interval '120 minutes'");
    assert_false(is_kept(renew(database)));
    assert_true(idempotency_purge(&database->scope, &count));
    assert_int_equal(count, 1);
    asking_expect(&database->scope, "SELECT count(*) FROM idempotency_keys", "0");
}

/* Without named statements, and with whatever session the pooler lends for a transaction. */
static void test_pooled(void **state)
{
    struct test_database *database = *state;
    struct pooler pooler;
    struct scope scopes[2];
    char url[256];

    pooler_start(&pooler, database->name, database->name);
    database->config.db_prepared = false;
    snprintf(url, sizeof url, "host=%s port=6432 dbname=%s", pooler.folder, database->name);
    for (size_t i = 0; i < COUNT(scopes); i++) {
        scope_begin(&scopes[i], &database->config, NULL, NULL);
        scopes[i].caller = &identity;
        assert_true(db_open(&scopes[i], url, &scopes[i].db));
        assert_true(db_ensure(&scopes[i]));
    }
    keep(&scopes[0]);
    assert_true(is_kept(&scopes[1]));
    assert_true(is_kept(&scopes[0]));
    for (size_t i = 0; i < COUNT(scopes); i++) {
        db_close(scopes[i].db);
        scope_end(&scopes[i]);
    }
    pooler_stop(&pooler);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("an answer is kept for who was given it", test_kept),
        TEST("what is rolled back was never asked", test_rolled_back),
        TEST("what was refused, though something was saved, is asked again", test_without_answer),
        TEST("a key stands for one request", test_other_request),
        TEST("an answer is kept for its hours and then goes", test_over),
        TEST("behind a transaction pooler it is the same", test_pooled),
    };

    return cmocka_run_group_tests_name("services/idempotency", tests, NULL, NULL);
}
