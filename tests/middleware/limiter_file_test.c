/* limiter_file_test.c - tests of middleware/limiter_file: made once, shared, not trusted */
#include "limiter_fixture.h"

#include "middleware/limiter_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW INT64_C(1768212000000000)

static void test_started_at_once(void **state)
{
    enum { PROCESSES = 16 };
    struct fixture *fixture = *state;
    int gate[2];
    char path[sizeof fixture->path];
    int total = 0;

    for (int round = 0; round < 10; round++) {
        snprintf(path, sizeof path, "%s/new", fixture->folder);
        if (round % 2)
            folder_write(fixture->folder, "new", "damaged", 7);
        assert_int_equal(pipe(gate), 0);
        fflush(NULL);
        for (int i = 0; i < PROCESSES; i++) {
            if (fork() == 0) {
                struct limiter *own;
                char byte;

                close(gate[1]);
                (void)!read(gate[0], &byte, 1);
                if (!limiter_open(path, &own))
                    _exit(100);
                _exit(count_tokens(own, "a", 60, NOW, 100));
            }
        }
        close(gate[0]);
        close(gate[1]);
        total = 0;
        for (int i = 0; i < PROCESSES; i++) {
            int status;

            assert_true(wait(&status) > 0);
            assert_true(WIFEXITED(status));
            total += WEXITSTATUS(status);
        }
        /* All of them have the same file, or some would have had tokens of their own. */
        assert_int_equal(total, 10);
        assert_int_equal(unlink(path), 0);
    }
}

static void test_mode(void **state)
{
    struct fixture *fixture = *state;
    struct stat status;
    mode_t mask = umask(077);
    struct limiter *other;
    char path[sizeof fixture->path];

    snprintf(path, sizeof path, "%s/other", fixture->folder);
    assert_true(limiter_open(path, &other));
    umask(mask);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0660);
    assert_int_equal(status.st_size, 64 + 65536 * 8);
    limiter_close(other);
}

/* Spoils the file while nobody uses it: `length` bytes at `at`, then cut to `size`. */
static void damage(struct fixture *fixture, const char *bytes, size_t length, off_t at, off_t size)
{
    limiter_close(fixture->limiter);
    fixture->limiter = NULL;
    int fd = open(fixture->path, O_RDWR);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, length, at), (ssize_t)length);
    assert_int_equal(ftruncate(fd, size), 0);
    close(fd);
}

static void test_damaged(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        off_t at;
        off_t size;
    } cases[] = {
        {"", 0, 0, 1},           {"", 0, 0, 64},      {"", 0, 0, 64 + 65536 * 8 - 1},
        {"", 0, 0, 1000000},     {"X", 1, 0, 524352}, {"\2", 1, 8, 524352},
        {"\1\1", 2, 12, 524352}, {"hello", 5, 0, 5},  {"\0\0\0\0\0\0\0\0", 8, 0, 524352},
    };
    struct fixture *fixture = *state;
    char old[sizeof fixture->path + 4];
    struct stat status;

    snprintf(old, sizeof old, "%s.old", fixture->path);
    for (size_t i = 0; i < COUNT(cases); i++) {
        damage(fixture, cases[i].bytes, cases[i].length, cases[i].at, cases[i].size);
        assert_true(limiter_open(fixture->path, &fixture->limiter));
        assert_int_equal(count_tokens(fixture->limiter, "a", 60, NOW, 100), 10);
        /* What it was is still there, untouched: it may have been somebody's. */
        assert_int_equal(stat(old, &status), 0);
        assert_int_equal(status.st_size, cases[i].size);
        assert_int_equal(unlink(old), 0);
    }
}

static void test_empty_file(void **state)
{
    struct fixture *fixture = *state;

    damage(fixture, "", 0, 0, 0);
    assert_true(limiter_open(fixture->path, &fixture->limiter));
    assert_int_equal(count_tokens(fixture->limiter, "a", 60, NOW, 100), 10);
}

static void test_not_a_file(void **state)
{
    struct fixture *fixture = *state;
    struct limiter *none;
    char path[sizeof fixture->path];

    assert_false(limiter_open(fixture->folder, &none));
    assert_int_equal(errno, EISDIR);
    snprintf(path, sizeof path, "%s/no/rate", fixture->folder);
    assert_false(limiter_open(path, &none));
    assert_int_equal(errno, ENOENT);
    snprintf(path, sizeof path, "%s/link", fixture->folder);
    assert_int_equal(symlink(fixture->path, path), 0);
    assert_false(limiter_open(path, &none));
    assert_int_equal(errno, ELOOP);
    snprintf(path, sizeof path, "%s/pipe", fixture->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(limiter_open(path, &none));
    assert_int_equal(errno, EINVAL);
}

static void test_seeds_differ(void **state)
{
    struct fixture *fixture = *state;
    struct limiter_file *one;
    struct limiter_file *two;
    char path[sizeof fixture->path];

    snprintf(path, sizeof path, "%s/two", fixture->folder);
    assert_true(limiter_file_map(fixture->path, &one));
    assert_true(limiter_file_map(path, &two));
    assert_memory_not_equal(one->header.seed, two->header.seed, LIMITER_SEED_SIZE);
    limiter_file_unmap(one);
    limiter_file_unmap(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"processes that start at once share one file", test_started_at_once, open_one, close_one,
         NULL},
        {"the file is the group's too, whatever the umask", test_mode, open_one, close_one, NULL},
        {"a damaged or foreign file is put aside", test_damaged, open_one, close_one, NULL},
        {"an empty file is filled", test_empty_file, open_one, close_one, NULL},
        {"what is no file is refused", test_not_a_file, open_one, close_one, NULL},
        {"each file has a seed of its own", test_seeds_differ, open_one, close_one, NULL},
    };

    return cmocka_run_group_tests_name("middleware/limiter_file", tests, NULL, NULL);
}
