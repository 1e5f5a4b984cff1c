/* seal_test.c - tests of core/seal: what only the key's owner can read */
#include "keel/core/seal.h"

#include "../support/faults.h"
#include "../support/unit.h"

#include <stdlib.h>
#include <string.h>

#define KEY    "a key of tests, long enough to be one"
#define SECRET "twenty bytes of it.."

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

static const char *seal(struct scope *scope)
{
    const char *text = seal_write(scope, KEY, "totp:1", SECRET, strlen(SECRET));

    assert_non_null(text);
    return text;
}

static void test_round_trip(void **state)
{
    static const size_t lengths[] = {0, 1, 15, 16, 17, 20, 4096};
    char bytes[4096];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 31);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        const char *text = seal_write(*state, KEY, "totp:1", bytes, lengths[i]);
        unsigned char *read;
        size_t length;

        assert_non_null(text);
        assert_true(seal_read(*state, KEY, "totp:1", text, &read, &length));
        assert_int_equal(length, lengths[i]);
        assert_memory_equal(read, bytes, length);
    }
    assert_null(seal_write(*state, KEY, "totp:1", bytes, 4097));
}

static void test_new_each_time(void **state)
{
    const char *first = seal(*state), *second = seal(*state);

    assert_string_not_equal(first, second);
    assert_int_equal(strncmp(first, "v1.", 3), 0);
    assert_null(strstr(first, SECRET));
}

static void must_refuse(struct scope *scope, const char *key, const char *context, const char *text)
{
    unsigned char *bytes;
    size_t length;

    if (seal_read(scope, key, context, text, &bytes, &length))
        unit_fail("<%s> was read", text);
    assert_int_equal(scope->error.kind, ERR_INTERNAL);
    assert_null(strstr(scope->error.message, SECRET));
    scope_clear_error(scope);
}

static void test_others(void **state)
{
    static const char *const texts[] = {"", "v1.", "v1.AAAA", "v2.AAAA", "plain", "v1.!!!!"};
    const char *text = seal(*state);

    must_refuse(*state, KEY ".", "totp:1", text);
    must_refuse(*state, "", "totp:1", text);
    must_refuse(*state, KEY, "totp:2", text);
    must_refuse(*state, KEY, "", text);
    for (size_t i = 0; i < COUNT(texts); i++)
        must_refuse(*state, KEY, "totp:1", texts[i]);
}

/* Whichever character is another one, and wherever it ends. */
static void test_changed(void **state)
{
    struct scope *scope = *state;
    const char *text = seal(scope);
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        char *changed = scope_copy(scope, text, length);

        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        must_refuse(scope, KEY, "totp:1", changed);
        must_refuse(scope, KEY, "totp:1", scope_copy(scope, text, i));
    }
}

static void test_no_memory(void **state)
{
    unsigned rounds = 0;

    (void)state;
    faults_begin();
    for (; faults_next(); rounds++) {
        struct scope scope;
        unsigned char *bytes;
        size_t length;

        scope_begin(&scope, NULL, NULL, NULL);
        const char *text = seal_write(&scope, KEY, "totp:1", SECRET, strlen(SECRET));
        bool done = text && seal_read(&scope, KEY, "totp:1", text, &bytes, &length);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        assert_int_equal(scope.error.kind, done ? ERR_NONE : ERR_UNAVAILABLE);
        scope_end(&scope);
    }
    assert_true(rounds > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("what is sealed can be read again", test_round_trip),
        FIXTURE_TEST("the same secret never looks the same", test_new_each_time),
        FIXTURE_TEST("another key, row or form is refused", test_others),
        FIXTURE_TEST("a text that was changed or cut is refused", test_changed),
        {"lack of memory is told", test_no_memory, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("core/seal", tests, NULL, NULL);
}
