/* secret_test.c - tests of core/secret */
#include "keel/core/secret.h"

#include "support/unit.h"

#include <stdio.h>
#include <string.h>

static void test_equals(void **state)
{
    (void)state;
    assert_true(secret_equals("abcd", "abcd", 4));
    assert_true(secret_equals("abcX", "abcY", 3));
    assert_true(secret_equals("a", "b", 0));
    assert_false(secret_equals("abcd", "Xbcd", 4));
    assert_false(secret_equals("abcd", "abcX", 4));
    assert_false(secret_equals("a\0b", "a\0c", 3));
}

static void test_mac(void **state)
{
    /* RFC 4231, test cases 2 and 6, and HMAC of nothing under an empty key. */
    static const struct {
        int key_bytes; /* 0xAA so many times; 0: `key` */
        const char *key;
        const char *text;
        const char *mac;
    } cases[] = {
        {0, "Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {131, "", "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {0, "", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned char mac[SECRET_MAC_SIZE];
        char key[132] = "";
        char hex[2 * SECRET_MAC_SIZE + 1];

        memset(key, 0xAA, (size_t)cases[i].key_bytes);
        assert_true(secret_mac(cases[i].key_bytes ? key : cases[i].key, cases[i].text,
                               strlen(cases[i].text), mac));
        for (size_t at = 0; at < sizeof mac; at++)
            snprintf(hex + 2 * at, 3, "%02x", mac[at]);
        assert_string_equal(hex, cases[i].mac);
    }
}

static void test_strong(void **state)
{
    static const char *const secrets[] = {
        "kN3vQ8xZ1pL6tR0yW5sD9fG2hJ7mB4cX",
        "f3a91c5be07d8462f3a91c5be07d8463", /* the last digit differs: no repetition */
        "correct horse battery staple, and an ox",
        "aVQ3bTBxN2ZrUzVqTHc4ZUNyWXg5R3Ri-_H1uKoPqWe",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(secrets); i++) {
        if (!secret_is_strong(secrets[i]))
            unit_fail("%s should be strong", secrets[i]);
    }
}

static void test_weak(void **state)
{
    static const char *const secrets[] = {
        "",
        "secret",
        "kN3vQ8xZ1pL6tR0yW5sD9fG2hJ7mB4c", /* 31 bytes */
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "abababababababababababababababab",
        "passwordpasswordpasswordpassword",
        "f3a91c5be07d8462f3a91c5be07d8462",
        "kN3vQ8xZ1pL6kN3vQ8xZ1pL6kN3vQ8xZ1pL6kN",
        "changeme-f3a91c5be07d8462f3a91c5be07d",
        "CHANGE_ME_before_going_to_production!",
        "your-256-bit-secret-your-secret-here",
        "a-string-secret-at-least-256-bits-long",
        "super-secret-jwt-token-with-at-least-32-characters-long",
        "my-very-own-Secret-Key-of-many-letters",
        "0123456789abcdefghijklmnopqrstuv",
        "12345678901234567890123456789012",
        "abcdefghijklmnopqrstuvwxyzabcdef",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(secrets); i++) {
        if (secret_is_strong(secrets[i]))
            unit_fail("\"%s\" should be weak", secrets[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "secrets are compared over the whole length, NUL too", .test_func = test_equals},
        {.name = "signatures are those of RFC 4231", .test_func = test_mac},
        {.name = "random texts and long phrases are strong", .test_func = test_strong},
        {.name = "short, repeated and well-known secrets are weak", .test_func = test_weak},
    };

    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
