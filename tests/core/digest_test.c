/* digest_test.c - tests of core/digest */
#include "keel/core/digest.h"

#include "support/unit.h"

#include <string.h>

/* FIPS 180-4's own examples, and bytes that are no text. */
static const struct {
    const char *bytes;
    size_t length;
    const char *digest;
} cases[] = {
    {"", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"\0", 1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
};

static void test_examples(void **state)
{
    char text[DIGEST_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(digest_text(cases[i].bytes, cases[i].length, text));
        assert_string_equal(text, cases[i].digest);
    }
}

/* However they are cut, one byte at a time or all at once. */
static void test_pieces(void **state)
{
    char text[DIGEST_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct digest digest;

        assert_true(digest_begin(&digest));
        for (size_t at = 0; at < cases[i].length; at++)
            assert_true(digest_add(&digest, cases[i].bytes + at, 1));
        assert_true(digest_end(&digest, text));
        assert_string_equal(text, cases[i].digest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"bytes have the fingerprint that the standard gives them", test_examples, NULL, NULL,
         NULL},
        {"bytes that come in pieces have it too", test_pieces, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("core/digest", tests, NULL, NULL);
}
