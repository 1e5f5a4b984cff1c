/* limiter_test.c - tests of middleware/limiter, its buckets, and the hash of its keys */
#include "../support/faults.h"
#include "limiter_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)
#define NOW    (INT64_C(1768212000) * SECOND)

static void test_burst(void **state)
{
    static const struct {
        int64_t per_minute;
        int tokens;
    } cases[] = {{1, 10}, {59, 10}, {60, 10}, {66, 11}, {600, 100}, {6000, 1000}, {60000, 10000}};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        char key[32];

        snprintf(key, sizeof key, "read %zu", i);
        assert_int_equal(count_tokens(fixture->limiter, key, cases[i].per_minute, NOW, 100000),
                         cases[i].tokens);
    }
}

static void test_refill(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(count_tokens(fixture->limiter, "a", 600, NOW, 1000), 100);
    assert_int_equal(count_tokens(fixture->limiter, "a", 600, NOW + 99999, 1000), 0);
    assert_int_equal(count_tokens(fixture->limiter, "a", 600, NOW + 100000, 1000), 1);
    assert_int_equal(count_tokens(fixture->limiter, "a", 600, NOW + SECOND, 1000), 9);
    assert_int_equal(count_tokens(fixture->limiter, "a", 600, NOW + 3600 * SECOND, 1000), 100);
}

static void test_steady_rate(void **state)
{
    struct fixture *fixture = *state;
    int taken = 0;
    int retry_after;

    /* Five minutes of asking twice as often as allowed. */
    for (int64_t us = 0; us < 300 * SECOND; us += 25000)
        taken += limiter_take(fixture->limiter, "a", 1200, NOW + us, &retry_after);
    assert_in_range(taken, 5 * 1200 + 199, 5 * 1200 + 201);
}

static void test_retry_after(void **state)
{
    struct fixture *fixture = *state;
    int retry_after = 0;

    assert_int_equal(count_tokens(fixture->limiter, "a", 6, NOW, 100), 10);
    assert_false(limiter_take(fixture->limiter, "a", 6, NOW, &retry_after));
    assert_int_equal(retry_after, 10);
    assert_false(limiter_take(fixture->limiter, "a", 6, NOW + 9 * SECOND + 1, &retry_after));
    assert_int_equal(retry_after, 1);
    assert_true(limiter_take(fixture->limiter, "a", 6, NOW + 10 * SECOND, &retry_after));
    assert_int_equal(count_tokens(fixture->limiter, "b", 6000, NOW, 2000), 1000);
    assert_false(limiter_take(fixture->limiter, "b", 6000, NOW, &retry_after));
    assert_int_equal(retry_after, 1);
}

static void test_keys_apart(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(count_tokens(fixture->limiter, "read 192.0.2.1", 60, NOW, 100), 10);
    assert_int_equal(count_tokens(fixture->limiter, "write 192.0.2.1", 60, NOW, 100), 10);
    assert_int_equal(count_tokens(fixture->limiter, "read 192.0.2.2", 60, NOW, 100), 10);
    assert_int_equal(count_tokens(fixture->limiter, "read 192.0.2.1", 60, NOW, 100), 0);
    assert_int_equal(count_tokens(fixture->limiter, "", 60, NOW, 100), 10);
}

static void test_no_limit(void **state)
{
    static const int64_t rates[] = {0, -1, INT64_MIN, 100000000, INT64_MAX};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(rates); i++)
        assert_int_equal(count_tokens(fixture->limiter, "a", rates[i], NOW, 5000), 5000);
}

static void test_clock_back(void **state)
{
    struct fixture *fixture = *state;
    int64_t back = NOW - 30 * 24 * 3600 * SECOND;
    int retry_after;

    assert_int_equal(count_tokens(fixture->limiter, "a", 60, NOW, 100), 10);
    assert_false(limiter_take(fixture->limiter, "a", 60, back, &retry_after));
    assert_int_equal(retry_after, 1);
    assert_int_equal(count_tokens(fixture->limiter, "a", 60, back + 10 * SECOND, 100), 10);
    assert_int_equal(count_tokens(fixture->limiter, "a", 60, -1, 100), 0);
    assert_int_equal(count_tokens(fixture->limiter, "a", 60, 10 * SECOND, 100), 10);
}

static void test_crowd_and_clock_back(void **state)
{
    enum { KEYS = 4000 };
    struct fixture *fixture = *state;
    int64_t back = NOW - 3600 * SECOND;
    char key[32];
    int retry_after;
    int taken = 0;

    for (int i = 0; i < 300000; i++) {
        snprintf(key, sizeof key, "crowd %d", i);
        (void)limiter_take(fixture->limiter, key, 60, NOW, &retry_after);
    }
    for (int i = 0; i < KEYS * 12; i++) {
        snprintf(key, sizeof key, "read %d", i % KEYS);
        taken += limiter_take(fixture->limiter, key, 60, back, &retry_after);
    }
    /*
     * Buckets of the time ahead make room; else those that share a set would push each other out.
     * Now and then a key is taken for one of the crowd.
     */
    assert_in_range(taken, KEYS * 10 - 100, KEYS * 10 + 20);
}

static void test_other_rate(void **state)
{
    struct fixture *fixture = *state;

    /* The setting was changed while the file stayed: at worst the bucket is empty once. */
    assert_int_equal(count_tokens(fixture->limiter, "a", 1, NOW, 100), 10);
    assert_int_equal(count_tokens(fixture->limiter, "a", 600, NOW + 10 * SECOND, 1000), 0);
    assert_int_equal(count_tokens(fixture->limiter, "a", 600, NOW + 20 * SECOND, 1000), 100);
}

static void test_many_keys(void **state)
{
    enum { MANY = 100000 };
    struct fixture *fixture = *state;
    int wrong = 0;

    /* More than the table holds, but their buckets are full again when the next ones come. */
    for (int i = 0; i < MANY; i++) {
        char key[32];

        snprintf(key, sizeof key, "read %d", i);
        wrong += count_tokens(fixture->limiter, key, 60, NOW + i * INT64_C(1000), 11) != 10;
    }
    /* Now and then two keys share a bucket, because neither set nor tag tells them apart. */
    assert_in_range(wrong, 0, 20);
    for (int i = 0; i < MANY; i++) {
        char key[32];
        int retry_after;

        snprintf(key, sizeof key, "crowd %d", i);
        assert_true(limiter_take(fixture->limiter, key, 60, NOW + 1000 * SECOND, &retry_after));
    }
}

static void test_crowd_keeps_the_emptiest(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(count_tokens(fixture->limiter, "greedy", 60, NOW, 100), 10);
    for (int i = 0; i < 300000; i++) {
        char key[32];
        int retry_after;

        snprintf(key, sizeof key, "crowd %d", i);
        (void)limiter_take(fixture->limiter, key, 60, NOW, &retry_after);
    }
    /* Nobody gets rid of an empty bucket by asking under many names. */
    assert_int_equal(count_tokens(fixture->limiter, "greedy", 60, NOW, 100), 0);
}

static void test_shared(void **state)
{
    enum { PROCESSES = 4 };
    struct fixture *fixture = *state;
    _Atomic int *taken =
        mmap(NULL, sizeof *taken, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(taken, MAP_FAILED);
    fflush(NULL);
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            struct limiter *own;

            if (!limiter_open(fixture->path, &own))
                _exit(1);
            *taken += count_tokens(own, "a", 600000, NOW, 1000000);
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(*taken, 100000);
    assert_int_equal(count_tokens(fixture->limiter, "a", 600000, NOW, 1), 0);
    munmap(taken, sizeof *taken);
}

static void test_stays(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(count_tokens(fixture->limiter, "a", 60, NOW, 100), 10);
    limiter_close(fixture->limiter);
    assert_true(limiter_open(fixture->path, &fixture->limiter));
    assert_int_equal(count_tokens(fixture->limiter, "a", 60, NOW, 100), 0);
}

static void test_no_memory(void **state)
{
    struct fixture *fixture = *state;

    faults_begin();
    while (faults_next()) {
        struct limiter *other = NULL;
        bool ok = limiter_open(fixture->path, &other);

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        limiter_close(other);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a full bucket holds what ten seconds bring, at least ten", test_burst, open_one,
         close_one, NULL},
        {"an empty bucket refills at its rate, up to full", test_refill, open_one, close_one, NULL},
        {"in the long run the rate holds", test_steady_rate, open_one, close_one, NULL},
        {"the wait for the next token is told in seconds", test_retry_after, open_one, close_one,
         NULL},
        {"each key has a bucket of its own", test_keys_apart, open_one, close_one, NULL},
        {"a rate of nothing, or above what can be served, is no limit", test_no_limit, open_one,
         close_one, NULL},
        {"a clock that is set back empties buckets at worst", test_clock_back, open_one, close_one,
         NULL},
        {"after the clock was set back, old buckets make room for new ones",
         test_crowd_and_clock_back, open_one, close_one, NULL},
        {"a rate that was changed empties buckets at worst", test_other_rate, open_one, close_one,
         NULL},
        {"a hundred thousand keys find their buckets", test_many_keys, open_one, close_one, NULL},
        {"in a crowd the emptiest buckets are kept", test_crowd_keeps_the_emptiest, open_one,
         close_one, NULL},
        {"processes share a bucket and lose no token", test_shared, open_one, close_one, NULL},
        {"buckets outlive the process", test_stays, open_one, close_one, NULL},
        {"without memory nothing is opened and nothing leaks", test_no_memory, open_one, close_one,
         NULL},
    };

    return cmocka_run_group_tests_name("middleware/limiter", tests, NULL, NULL);
}
