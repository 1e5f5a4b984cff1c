/* key_text_test.c - tests of services/key_text: how an API key is written */
#include "services/key_text.h"

#include "../support/faults.h"
#include "../support/unit.h"

#include <string.h>

/* Checksums computed elsewhere (zlib). */
static const char *const whole[] = {
    "keel_4fQx81Lk0aZd_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA30bYCt",
    "keel_000000000000_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ3FcQTE",
};

static void test_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(whole); i++)
        assert_true(key_text_is_whole(whole[i]));
}

static void test_made(void **state)
{
    struct scope scope;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    for (int i = 0; i < 200; i++) {
        const char *prefix = key_text_make_prefix(&scope);
        const char *first = key_text_make(&scope, prefix);
        const char *second = key_text_make(&scope, prefix);

        assert_true(key_text_is_whole(first) && key_text_is_whole(second));
        assert_true(key_text_is_meant(first));
        assert_int_equal(strlen(prefix), KEY_TEXT_PREFIX_LENGTH);
        assert_int_equal(strncmp(first, prefix, KEY_TEXT_PREFIX_LENGTH), 0);
        assert_string_not_equal(first, second);
        assert_string_not_equal(prefix, key_text_make_prefix(&scope));
        /* A double click takes all of it. */
        assert_int_equal(strspn(first, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                       "abcdefghijklmnopqrstuvwxyz"),
                         KEY_TEXT_LENGTH);
    }
    scope_end(&scope);
}

/* Every character's likely errors: another one, one missing, two swapped. */
static void test_typing_errors(void **state)
{
    char text[KEY_TEXT_LENGTH + 2];

    (void)state;
    for (size_t i = 0; i < KEY_TEXT_LENGTH; i++) {
        memcpy(text, whole[1], KEY_TEXT_LENGTH + 1);
        text[i] = text[i] == 'x' ? 'y' : 'x';
        assert_false(key_text_is_whole(text));
        memcpy(text, whole[1], KEY_TEXT_LENGTH + 1);
        memmove(text + i, text + i + 1, KEY_TEXT_LENGTH - i);
        assert_false(key_text_is_whole(text));
        memcpy(text, whole[1], KEY_TEXT_LENGTH + 1);
        if (i > 0 && text[i] != text[i - 1]) {
            text[i] = whole[1][i - 1];
            text[i - 1] = whole[1][i];
            assert_false(key_text_is_whole(text));
        }
    }
}

static void test_others(void **state)
{
    static const char *const others[] = {
        "",
        "keel_",
        "keel",
        "Bearer",
        "kr_AAAA",
        "a.b.c",
        "KEEL_4fQx81Lk0aZd_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA30bYCt",
        "keel_4fQx81Lk0aZd_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA30bYCt ",
        "keel_4fQx81Lk0aZdXAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA30bYCt",
        "keel_4fQx81Lk0a\303\204_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA30bYCt",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(others); i++)
        assert_false(key_text_is_whole(others[i]));
    assert_false(key_text_is_meant("keel"));
    assert_true(key_text_is_meant("keel_1"));
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        const char *prefix = key_text_make_prefix(&scope);
        const char *text = prefix ? key_text_make(&scope, prefix) : NULL;

        faults_stop();
        assert_int_equal(text == NULL, faults_hit());
        assert_int_equal(scope.error.kind, text ? ERR_NONE : ERR_UNAVAILABLE);
        scope_end(&scope);
    }
    assert_true(faults_count() > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a key's checksum is CRC-32 in base 62", test_known, NULL, NULL, NULL},
        {"made keys are whole and never the same", test_made, NULL, NULL, NULL},
        {"a typing error is seen, wherever it is", test_typing_errors, NULL, NULL, NULL},
        {"what is written otherwise is no key", test_others, NULL, NULL, NULL},
        {"lack of memory is told", test_no_memory, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("services/key_text", tests, NULL, NULL);
}
