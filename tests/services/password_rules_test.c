/* password_rules_test.c - tests of services/password_rules: which passwords may be chosen */
#include "keel/services/password.h"

#include "../support/faults.h"
#include "../support/unit.h"

#include "embedded.h"
#include "keel/core/text.h"

#include <string.h>
#include <strings.h>

static int begin(void **state)
{
    static struct scope scope;

    scope_begin(&scope, NULL, NULL, NULL);
    *state = &scope;
    return 0;
}

static int end(void **state)
{
    scope_end(*state);
    return 0;
}

/* NULL `code`: it may be chosen. */
static void expect(struct scope *scope, const char *password, const char *code)
{
    bool good = password_check_new(scope, "new_password", password, " Ada.Lovelace@example.com ");

    if (good != !code)
        unit_fail("<%s> %s\n", password, good ? "was let through" : scope->error.message);
    if (code) {
        assert_int_equal(scope->error.kind, ERR_VALIDATION);
        assert_string_equal(scope->error.fields->field, "new_password");
        assert_string_equal(scope->error.fields->code, code);
    }
    scope_clear_error(scope);
}

static void test_choices(void **state)
{
    static const struct {
        const char *password, *code;
    } cases[] = {
        {"correct horse battery", NULL},
        {"Qr7-vm2.kX", NULL},
        {"password123 and more", NULL},
        {"          ", NULL},
        {"123456789", "too_short"},
        {"", "too_short"},
        {"1234567890", "too_common"},
        {"qwertyuiop", "too_common"},
        {"QWERTYuiop", "too_common"},
        {"Password123", "too_common"},
        {"0000000000", "too_common"},
        {"zzzzzzzzzz", "too_common"},
        {"ada.lovelace@example.com", "too_common"},
        {"ADA.LOVELACE@example.com", "too_common"},
        {"Ada.Lovelace", "too_common"},
        {"Ada.Lovelace@", NULL},
        {"# common_passwords.txt", NULL},
        {"123456789\n1234567890", NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        expect(*state, cases[i].password, cases[i].code);
}

static void test_lengths(void **state)
{
    char password[1026];

    memset(password, 'x', sizeof password);
    password[1025] = '\0';
    expect(*state, password, "too_long");
    password[1024] = '\0';
    expect(*state, password, NULL);
}

/* An address whose own letters are all there is. */
static void test_odd_addresses(void **state)
{
    static const char *const addresses[] = {"", "@", "a@b.c", "no address"};

    for (size_t i = 0; i < COUNT(addresses); i++)
        assert_true(password_check_new(*state, "password", "some good words", addresses[i]));
}

/* What the comparison relies on, and nothing in it that the length refuses already. */
static void test_list(void **state)
{
    const char *rest = embedded_passwords[0].text;
    const char *before = "";
    const char *line;
    size_t length, count = 0, before_length = 0;

    (void)state;
    while (text_next(&rest, '\n', &line, &length)) {
        if (length == 0 || *line == '#')
            continue;
        size_t shorter = length < before_length ? length : before_length;
        int order = memcmp(before, line, shorter);

        if (length < 10 || order > 0 || (order == 0 && before_length >= length))
            unit_fail("%.*s is too short or out of order\n", (int)length, line);
        for (size_t i = 0; i < length; i++)
            assert_true(line[i] >= ' ' && line[i] <= '~' && !(line[i] >= 'A' && line[i] <= 'Z'));
        before = line;
        before_length = length;
        count++;
    }
    assert_true(count >= 1000);
}

static void test_no_memory(void **state)
{
    struct scope *scope = *state;

    faults_begin();
    while (faults_next()) {
        bool good = password_check_new(scope, "password", "1234567890", "a@b.c");

        faults_stop();
        assert_false(good);
        assert_int_equal(scope->error.kind, faults_hit() ? ERR_UNAVAILABLE : ERR_VALIDATION);
        scope_clear_error(scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("the commonest passwords and the address are refused", test_choices),
        FIXTURE_TEST("1024 bytes are taken whole, more are refused", test_lengths),
        FIXTURE_TEST("an address that is none is no obstacle", test_odd_addresses),
        FIXTURE_TEST("the list is sorted, in lower case, and of ten bytes and more", test_list),
        FIXTURE_TEST("lack of memory is an error", test_no_memory),
    };

    return cmocka_run_group_tests_name("services/password_rules", tests, NULL, NULL);
}
