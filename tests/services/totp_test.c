/* totp_test.c - tests of services/totp: codes that change with time */
#include "keel/services/totp.h"

#include "../support/faults.h"
#include "../support/unit.h"

#include <string.h>

/* Of both RFCs' appendices; bytes, not text. */
static const unsigned char secret[TOTP_SECRET_SIZE + 1] = "12345678901234567890";

#define SECOND INT64_C(1000000)

/* RFC 4226, appendix D. */
static const char *const counted[] = {"755224", "287082", "359152", "969429", "338314",
                                      "254676", "287922", "162583", "399871", "520489"};

/* RFC 6238, appendix B: the last six of its eight digits. */
static const struct {
    int64_t seconds;
    const char *code;
} timed[] = {
    {59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
    {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
};

static void test_vectors(void **state)
{
    char code[TOTP_DIGITS + 1];

    (void)state;
    for (size_t i = 0; i < COUNT(counted); i++) {
        assert_true(totp_code(secret, (int64_t)i, code));
        assert_string_equal(code, counted[i]);
    }
    for (size_t i = 0; i < COUNT(timed); i++) {
        assert_true(totp_code(secret, totp_step(timed[i].seconds * SECOND), code));
        assert_string_equal(code, timed[i].code);
    }
}

/* How far the clock that made the code may be from ours. */
static const struct {
    int64_t seconds;
    bool counts;
} clocks[] = {
    {-60, false}, {-31, false}, {-30, true}, {-29, true}, {-1, true},  {0, true},
    {1, true},    {29, true},   {30, true},  {59, true},  {60, false}, {90, false},
};

static void test_clocks(void **state)
{
    const int64_t now = 1111111110 * SECOND; /* the first second of its step */
    char code[TOTP_DIGITS + 1];
    int64_t step;

    (void)state;
    for (size_t i = 0; i < COUNT(clocks); i++) {
        int64_t then = now + clocks[i].seconds * SECOND;

        assert_true(totp_code(secret, totp_step(then), code));
        assert_true(totp_match(secret, now, code, &step));
        if (step != (clocks[i].counts ? totp_step(then) : 0))
            unit_fail("%lld seconds: step %lld", (long long)clocks[i].seconds, (long long)step);
    }
    assert_true(totp_match(secret, now, "000000", &step));
    assert_int_equal(step, 0);
}

static void test_uri(void **state)
{
    struct scope scope;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    assert_string_equal(totp_uri(&scope, "Keel", "ada@example.com", "JBSWY3DP"),
                        "otpauth://totp/Keel:ada%40example.com?secret=JBSWY3DP&issuer=Keel"
                        "&algorithm=SHA1&digits=6&period=30");
    assert_string_equal(totp_uri(&scope, "A & B: \303\204", "a+b@c.d", "MY"),
                        "otpauth://totp/A%20%26%20B%3A%20%C3%84:a%2Bb%40c.d?secret=MY"
                        "&issuer=A%20%26%20B%3A%20%C3%84&algorithm=SHA1&digits=6&period=30");
    scope_end(&scope);
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        const char *uri = totp_uri(&scope, "Keel", "ada@example.com", "JBSWY3DP");

        faults_stop();
        assert_int_equal(uri == NULL, faults_hit());
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"codes are those of the standards' examples", test_vectors, NULL, NULL, NULL},
        {"a clock may be one step off, and no more", test_clocks, NULL, NULL, NULL},
        {"what apps read is escaped", test_uri, NULL, NULL, NULL},
        {"lack of memory is told", test_no_memory, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("services/totp", tests, NULL, NULL);
}
