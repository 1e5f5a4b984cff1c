/* process_test.c - tests of core/process: what a process that holds secrets gives away first */
#include "keel/core/process.h"

#include "support/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a process of its own, as nothing of it can be taken back; claim: the look is satisfied. */
static bool holds_after(void (*before)(void), bool (*look)(void))
{
    int status = -1;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        before();
        _exit(process_prepare() && look() ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status == 0;
}

static void allow_core(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_CORE, &limit) != 0)
        _exit(2);
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_CORE, &limit) != 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0)
        _exit(2);
}

static bool has_no_core(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0 &&
           prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static void test_core(void **state)
{
    (void)state;
    assert_true(holds_after(allow_core, has_no_core));
}

static void be_generous(void)
{
    umask(0);
}

static bool is_private(void)
{
    return umask(0) == 077;
}

static void test_umask(void **state)
{
    (void)state;
    assert_true(holds_after(be_generous, is_private));
}

static void close_standard_files(void)
{
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
}

/* The next file gets a number that nobody prints to. */
static bool next_file_is_above(void)
{
    return open("/dev/null", O_RDONLY) > STDERR_FILENO;
}

static void test_standard_files(void **state)
{
    (void)state;
    assert_true(holds_after(close_standard_files, next_file_is_above));
}

static void allow_few_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        _exit(2);
    limit.rlim_cur = 20;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        _exit(2);
}

static bool has_many_files(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == limit.rlim_max &&
           limit.rlim_cur > 20;
}

static void test_file_limit(void **state)
{
    (void)state;
    assert_true(holds_after(allow_few_files, has_many_files));
}

static void test_variable(void **state)
{
    static const char name[] = "KEEL_TEST_NUMBER";

    (void)state;
    assert_int_equal(unsetenv(name), 0);
    assert_int_equal(process_variable_int(name), 0);
    assert_int_equal(setenv(name, "4711", 1), 0);
    assert_int_equal(process_variable_int(name), 4711);
    assert_int_equal(setenv(name, "4711 of them", 1), 0);
    assert_int_equal(process_variable_int(name), 0);
    assert_int_equal(unsetenv(name), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "no core is written, and no other process may look into its memory",
         .test_func = test_core},
        {.name = "files are for their owner alone", .test_func = test_umask},
        {.name = "no file is opened as standard input, output or error",
         .test_func = test_standard_files},
        {.name = "as many files may be open as the system allows", .test_func = test_file_limit},
        {.name = "a variable is a whole number, or none", .test_func = test_variable},
    };

    return cmocka_run_group_tests_name("core/process", tests, NULL, NULL);
}
