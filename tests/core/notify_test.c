/* notify_test.c - tests of core/notify: what a service manager is told, and when nobody is */
#include "keel/core/notify.h"

#include "keel/core/clock.h"

#include "support/manager.h"
#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void expect_word(bool is_abstract)
{
    struct manager manager;
    struct notify notify;

    manager_begin(&manager, is_abstract);
    notify_open(&notify);
    notify_tell(&notify, NOTIFY_READY);
    assert_string_equal(manager_hear(&manager, 1000), "READY=1");
    assert_string_equal(manager_hear(&manager, 0), "");
    manager_end(&manager);
}

static void test_path(void **state)
{
    (void)state;
    expect_word(false);
}

static void test_abstract(void **state)
{
    (void)state;
    expect_word(true);
}

static void test_beat(void **state)
{
    struct manager manager;
    struct notify notify;
    char pid[24];

    (void)state;
    manager_begin(&manager, false);
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    setenv("WATCHDOG_USEC", "2000000", 1);
    setenv("WATCHDOG_PID", pid, 1);
    notify_open(&notify);
    int64_t now = clock_monotonic_us();

    notify_beat(&notify, now);
    assert_string_equal(manager_hear(&manager, 1000), "WATCHDOG=1");
    notify_beat(&notify, now + 999999);
    assert_string_equal(manager_hear(&manager, 0), "");
    notify_beat(&notify, now + 1000000);
    assert_string_equal(manager_hear(&manager, 1000), "WATCHDOG=1");
    manager_end(&manager);
}

/* The watchdog of a parent is not for its children. */
static void test_other_process(void **state)
{
    struct manager manager;
    struct notify notify;

    (void)state;
    manager_begin(&manager, false);
    setenv("WATCHDOG_USEC", "2000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    notify_open(&notify);
    notify_beat(&notify, clock_monotonic_us());
    assert_string_equal(manager_hear(&manager, 0), "");
    notify_tell(&notify, NOTIFY_STOPPING);
    assert_string_equal(manager_hear(&manager, 1000), "STOPPING=1");
    manager_end(&manager);
}

static void test_nobody(void **state)
{
    static const char *const names[] = {"", "@", "relative/path", "vsock:2:1234"};
    char longer[200];
    struct notify notify;

    (void)state;
    unsetenv("NOTIFY_SOCKET");
    setenv("WATCHDOG_USEC", "2000000", 1);
    notify_open(&notify);
    assert_int_equal(notify.address_length, 0);
    for (size_t i = 0; i < COUNT(names); i++) {
        setenv("NOTIFY_SOCKET", names[i], 1);
        notify_open(&notify);
        assert_int_equal(notify.address_length, 0);
        assert_int_equal(notify.next_us, 0);
    }
    memset(longer, 'x', sizeof longer - 1);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    setenv("NOTIFY_SOCKET", longer, 1);
    notify_open(&notify);
    assert_int_equal(notify.address_length, 0);
    notify_tell(&notify, NOTIFY_READY);
    notify_beat(&notify, clock_monotonic_us());
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
}

static void test_wrong_interval(void **state)
{
    static const char *const values[] = {"", "0", "-5", "soon", "1"};
    struct manager manager;
    struct notify notify;

    (void)state;
    manager_begin(&manager, false);
    for (size_t i = 0; i < COUNT(values); i++) {
        setenv("WATCHDOG_USEC", values[i], 1);
        notify_open(&notify);
        assert_int_equal(notify.next_us, 0);
    }
    manager_end(&manager);
}

/* A manager that reads nothing must not hold up who serves. */
static void test_full_queue(void **state)
{
    struct manager manager;
    struct notify notify;

    (void)state;
    manager_begin(&manager, false);
    notify_open(&notify);
    int64_t before = clock_monotonic_us();

    for (int i = 0; i < 5000; i++)
        notify_tell(&notify, NOTIFY_READY);
    assert_true(clock_monotonic_us() - before < 5000000);
    assert_string_equal(manager_hear(&manager, 0), "READY=1");
    manager_end(&manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "a manager at a path hears what it is told", .test_func = test_path},
        {.name = "so does one with an abstract name", .test_func = test_abstract},
        {.name = "a sign of life comes at once, then at half the interval asked for",
         .test_func = test_beat},
        {.name = "a watchdog of another process gets none", .test_func = test_other_process},
        {.name = "without a manager nothing is told", .test_func = test_nobody},
        {.name = "an interval that is none asks for nothing", .test_func = test_wrong_interval},
        {.name = "a manager that does not listen holds nobody up", .test_func = test_full_queue},
    };

    return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
