/* second_factor_test.c - tests of services/second_factor: codes, clocks and what is kept */
#include "keel/services/second_factor.h"

#include "../support/authenticator.h"
#include "../support/faults.h"
#include "../support/query_faults.h"
#include "accounts.h"

#include "keel/core/json.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define EMAIL "ada@example.com"
#define NOON  INT64_C(1767960000) /* the first second of a code's thirty */

static int make(void **state)
{
    accounts_make(state);
    struct test_database *database = *state;

    assert_int_equal(accounts_add(&database->scope, EMAIL, "password-1", "editor"), 1);
    test_database_renew(database);
    return 0;
}

/* An account's app, at a time that the test says; texts of its own, as scopes come and go. */
struct phone {
    struct test_database *database;
    char secret[33];
    char recovery_code[20];
};

static struct scope *at(struct phone *phone, int64_t seconds)
{
    test_database_renew(phone->database);
    phone->database->scope.now = seconds * 1000000;
    return &phone->database->scope;
}

static const char *first_of(struct scope *scope, const char *list)
{
    struct json_object *json;

    assert_true(json_parse(scope, list, strlen(list), &json));
    return json_object_get_string(json_object_array_get_idx(json, 0));
}

/* Turned on at NOON - 3600, so that no code of these tests was used yet. */
static struct phone turn_on(struct test_database *database)
{
    struct phone phone = {.database = database};
    struct scope *scope = at(&phone, NOON - 3600);
    struct totp_secret secret;
    struct recovery_codes codes;
    char code[7];

    assert_true(second_factor_begin(scope, 1, EMAIL, &secret));
    assert_int_equal(strlen(secret.secret), sizeof phone.secret - 1);
    memcpy(phone.secret, secret.secret, sizeof phone.secret);
    authenticator_show(phone.secret, NOON - 3600, code);
    assert_true(second_factor_confirm(scope, 1, code, &codes));
    const char *first = first_of(scope, codes.recovery_codes.text);

    assert_int_equal(strlen(first), sizeof phone.recovery_code - 1);
    memcpy(phone.recovery_code, first, sizeof phone.recovery_code);
    return phone;
}

/* Claim: what the app shows at one time counts where the server's clock says another. */
static bool counts(struct phone *phone, int64_t shown, int64_t server)
{
    struct scope *scope = at(phone, server);
    bool right = false;
    char code[7];

    authenticator_show(phone->secret, shown, code);
    assert_true(second_factor_check(scope, 1, code, &right));
    return right;
}

static void test_clocks(void **state)
{
    struct phone phone = turn_on(*state);

    assert_false(counts(&phone, NOON - 60, NOON));
    assert_true(counts(&phone, NOON - 30, NOON));
    assert_true(counts(&phone, NOON + 30, NOON + 29));
    assert_false(counts(&phone, NOON + 90, NOON + 59));
    assert_true(counts(&phone, NOON + 90, NOON + 60));
}

/* Neither a code again nor one before it, wherever the clock is set. */
static void test_set_clocks(void **state)
{
    struct phone phone = turn_on(*state);
    struct scope *scope;
    bool right;

    assert_true(counts(&phone, NOON, NOON));
    assert_false(counts(&phone, NOON, NOON + 29));
    assert_false(counts(&phone, NOON - 30, NOON));
    assert_false(counts(&phone, NOON - 1800, NOON - 1800));
    scope = at(&phone, NOON - 1800);
    assert_true(second_factor_check(scope, 1, phone.recovery_code, &right));
    assert_true(right);
    assert_true(counts(&phone, NOON + 30, NOON + 30));
    assert_true(counts(&phone, NOON + 86400, NOON + 86400));
    assert_false(counts(&phone, NOON + 60, NOON + 60));
}

static void test_others(void **state)
{
    static const char *const codes[] = {"",
                                        "1",
                                        "12345",
                                        "1234567",
                                        "-12345",
                                        "12345x",
                                        "0x1234",
                                        "      ",
                                        "000000",
                                        "----",
                                        "\303\204",
                                        "0000-0000-0000-000",
                                        "0000-0000-0000-00000"};
    struct phone phone = turn_on(*state);

    for (size_t i = 0; i < COUNT(codes); i++) {
        bool right = true;

        assert_true(second_factor_check(at(&phone, NOON), 1, codes[i], &right));
        assert_false(right);
    }
    /* An account that has none, and one that is none. */
    for (int64_t user = 2; user < 4; user++) {
        bool right;
        struct scope *scope = at(&phone, NOON);

        assert_false(second_factor_check(scope, user, phone.recovery_code, &right));
        asking_failed(scope, ERR_CONFLICT);
    }
}

static void test_rollback(void **state)
{
    struct phone phone = turn_on(*state);
    struct scope *scope = at(&phone, NOON);
    bool right, is_on;
    char code[7];

    authenticator_show(phone.secret, NOON, code);
    assert_true(db_begin(scope));
    assert_true(second_factor_check(scope, 1, code, &right) && right);
    db_rollback(scope);
    assert_true(counts(&phone, NOON, NOON));
    scope = at(&phone, NOON);
    assert_true(db_begin(scope));
    assert_true(second_factor_remove(scope, 1, &right) && right);
    db_rollback(scope);
    assert_true(second_factor_is_on(scope, 1, &is_on) && is_on);
    assert_true(second_factor_remove(scope, 1, &right) && right);
    assert_true(second_factor_is_on(scope, 1, &is_on) && !is_on);
    assert_true(second_factor_remove(scope, 1, &right) && !right);
}

/* All of it once, taken back: what each round of faults tries. */
static bool do_all(struct scope *scope, struct phone *phone)
{
    struct recovery_codes codes;
    struct totp_secret secret;
    bool right, was_there;
    char code[7];

    authenticator_show(phone->secret, NOON, code);
    return db_begin(scope) && second_factor_check(scope, 1, code, &right) &&
           second_factor_check(scope, 1, phone->recovery_code, &right) &&
           second_factor_renew_codes(scope, 1, &codes) &&
           second_factor_remove(scope, 1, &was_there) &&
           second_factor_begin(scope, 1, EMAIL, &secret);
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
    struct phone phone = turn_on(*state);

    faults_begin();
    while (faults_next()) {
        struct scope *scope = at(&phone, NOON);
        bool done = do_all(scope, &phone);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        asking_failed(scope, done ? ERR_NONE : ERR_UNAVAILABLE);
        take_back(scope);
    }
    assert_true(faults_count() > 10);
}

static void test_no_database(void **state)
{
    struct phone phone = turn_on(*state);

    query_faults_begin(NULL);
    while (query_faults_next()) {
        struct scope *scope = at(&phone, NOON);
        bool done = do_all(scope, &phone);

        query_faults_stop();
        assert_int_equal(done, !query_faults_hit());
        asking_failed(scope, done ? ERR_NONE : ERR_UNAVAILABLE);
        take_back(scope);
    }
    assert_true(query_faults_count() > 7);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a code counts while clocks are thirty seconds apart", test_clocks),
        TEST("a clock that is set makes no code count again", test_set_clocks),
        TEST("what is no code is wrong, and nobody else has one", test_others),
        TEST("what is rolled back was not used", test_rollback),
        TEST("lack of memory is told", test_no_memory),
        TEST("a database that goes away is told", test_no_database),
    };

    return cmocka_run_group_tests_name("services/second_factor", tests, NULL, NULL);
}
