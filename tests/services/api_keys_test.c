/* api_keys_test.c - tests of services/api_keys: making, rotating and recognising keys */
#include "keel/services/api_keys.h"

#include "../support/faults.h"
#include "../support/query_faults.h"
#include "accounts.h"

#include <string.h>

#define EMAIL "ada@example.com"

static int make(void **state)
{
    accounts_make(state);
    struct test_database *database = *state;

    assert_int_equal(accounts_add(&database->scope, EMAIL, "password-1", "editor"), 1);
    test_database_renew(database);
    return 0;
}

static const struct api_key_request plain = {.name = "import", .expires_in = {.is_null = true}};
static const struct api_key_rotation usual = {.overlap_s = {.is_null = true}};

static bool is_known(struct scope *scope, const char *text)
{
    struct identity identity;
    bool known = api_key_identify(scope, text, &identity);

    asking_failed(scope, known ? ERR_NONE : ERR_UNAUTHORIZED);
    scope_clear_error(scope);
    return known;
}

static void test_identity(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct identity identity;
    struct api_key key;

    assert_true(api_key_create(scope, 1, &plain, &key));
    assert_string_equal(key.name, "import");
    assert_string_equal(key.networks.text, "[]");
    assert_int_equal(key.expires_at.us, 0);
    assert_true(api_key_is_meant(key.key));
    assert_true(api_key_identify(scope, key.key, &identity));
    assert_int_equal(identity.user_id, 1);
    assert_int_equal(identity.session_id, 0);
    assert_int_equal(identity.api_key_id, key.id);
    assert_string_equal(identity.email, EMAIL);
    scope->caller = &identity;
    assert_true(scope_may(scope, "items:write"));
    assert_false(scope_may(scope, "users:read"));
    asking_text(scope, "DELETE FROM users");
    assert_false(is_known(scope, key.key));
}

static void test_end(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct api_key_request request = plain;
    struct api_key key;

    request.expires_in = (struct maybe_int){.value = 60};
    assert_true(api_key_create(scope, 1, &request, &key));
    assert_true(key.expires_at.us > scope->now && key.expires_at.us <= scope->now + 60000000);
    assert_true(is_known(scope, key.key));
    asking_text(scope, "UPDATE api_keys SET expires_at = now()");
    assert_false(is_known(scope, key.key));
    request = plain;
    request.expires_at.us = scope->now;
    assert_false(api_key_create(scope, 1, &request, &key));
    asking_failed(scope, ERR_VALIDATION);
}

static void test_rotation(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct api_key first, second, third;

    database->config.key_overlap_s = 60;
    assert_true(api_key_create(scope, 1, &plain, &first));
    assert_true(api_key_rotate(scope, 1, first.id, &usual, &second));
    assert_true(is_known(scope, first.key) && is_known(scope, second.key));
    assert_true(second.previous_until.us > scope->now);
    assert_true(api_key_rotate(scope, 1, first.id, &(struct api_key_rotation){{0}}, &third));
    assert_false(is_known(scope, first.key) || is_known(scope, second.key));
    assert_true(is_known(scope, third.key));
    assert_int_equal(third.previous_until.us, 0);
    assert_false(api_key_rotate(scope, 2, first.id, &usual, &second));
    asking_failed(scope, ERR_NOT_FOUND);
}

/* All of it once, taken back: what each round of faults tries. */
static bool do_all(struct scope *scope)
{
    struct api_key key;
    struct identity identity;
    struct rows rows;

    return db_begin(scope) && api_key_create(scope, 1, &plain, &key) &&
           api_key_identify(scope, key.key, &identity) &&
           api_key_rotate(scope, 1, key.id, &usual, &key) && api_keys_list(scope, 1, &rows) &&
           api_key_delete(scope, 1, key.id);
}

static void take_back(struct scope *scope)
{
    if (db_in_transaction(scope->db))
        db_rollback(scope);
    scope_clear_error(scope);
    assert_true(db_ensure(scope));
}

static void test_no_memory(void **state)
{
    struct test_database *database = *state;

    faults_begin();
    while (faults_next()) {
        test_database_renew(database);
        bool done = do_all(&database->scope);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        asking_failed(&database->scope, done ? ERR_NONE : ERR_UNAVAILABLE);
        take_back(&database->scope);
    }
    assert_true(faults_count() > 10);
    asking_expect(&database->scope, "SELECT count(*) FROM api_keys", "0");
}

static void test_no_database(void **state)
{
    struct test_database *database = *state;

    query_faults_begin(NULL);
    while (query_faults_next()) {
        test_database_renew(database);
        bool done = do_all(&database->scope);

        query_faults_stop();
        assert_int_equal(done, !query_faults_hit());
        asking_failed(&database->scope, done ? ERR_NONE : ERR_UNAVAILABLE);
        take_back(&database->scope);
    }
    assert_true(query_faults_count() > 8);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a key stands for its account until that is gone", test_identity),
        TEST("a key ends when it was said to", test_end),
        TEST("a rotated key has its new secret, and the one before for a while", test_rotation),
        TEST("lack of memory is told", test_no_memory),
        TEST("a database that goes away is told", test_no_database),
    };

    return cmocka_run_group_tests_name("services/api_keys", tests, NULL, NULL);
}
