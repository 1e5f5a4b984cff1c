/* siphash_test.c - tests of core/siphash */
#include "keel/core/siphash.h"

#include "support/unit.h"

static uint8_t key[SIPHASH_KEY_SIZE];
static uint8_t text[15];

static int count_up(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < sizeof key; i++)
        key[i] = i;
    for (uint8_t i = 0; i < sizeof text; i++)
        text[i] = i;
    return 0;
}

/* From the appendix of the paper, and the first of the reference implementation's vectors. */
static void the_hash_is_siphash_2_4(void **state)
{
    (void)state;
    assert_true(siphash(key, text, 15) == UINT64_C(0xa129ca6149be45e5));
    assert_true(siphash(key, text, 0) == UINT64_C(0x726fdb47dd0e0e31));
    assert_true(siphash(key, text, 8) == UINT64_C(0x93f5f5799a932462));
}

static void each_bit_of_the_key_counts(void **state)
{
    uint64_t hash = siphash(key, text, sizeof text);

    (void)state;
    for (size_t i = 0; i < 8 * sizeof key; i++) {
        key[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_true(siphash(key, text, sizeof text) != hash);
        key[i / 8] ^= (uint8_t)(1 << i % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_siphash_2_4),
        cmocka_unit_test(each_bit_of_the_key_counts),
    };

    return cmocka_run_group_tests_name("siphash", tests, count_up, NULL);
}
