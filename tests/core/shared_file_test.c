/* shared_file_test.c - tests of core/shared_file: made once, shared, not trusted */
#include "keel/core/shared_file.h"

#include "../support/folder.h"
#include "../support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLACES 100000u

struct counts {
    struct shared_file_header header;
    _Atomic uint64_t places[PLACES];
};

static const struct shared_file_kind kind = {
    .magic = {'C', 'O', 'U', 'N', 'T', 'I', 'N', 'G'},
    .version = 3,
    .count = PLACES,
    .size = sizeof(struct counts),
};

struct fixture {
    char folder[FOLDER_PATH_SIZE];
    char path[FOLDER_PATH_SIZE + 16];
    struct shared_file file;
};

static int open_one(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    *state = fixture;
    folder_make(fixture->folder);
    snprintf(fixture->path, sizeof fixture->path, "%s/counts", fixture->folder);
    assert_true(shared_file_map(fixture->path, &kind, &fixture->file));
    return 0;
}

static int close_one(void **state)
{
    struct fixture *fixture = *state;

    shared_file_unmap(&fixture->file);
    folder_remove(fixture->folder);
    free(fixture);
    return 0;
}

static _Atomic uint64_t *places(const struct shared_file *file)
{
    return ((struct counts *)file->memory)->places;
}

/* What a process of the next test does: counts one, in the first place and the last. */
static int count_one(const char *path, int gate)
{
    struct shared_file own;
    char byte;

    (void)!read(gate, &byte, 1);
    if (!shared_file_map(path, &kind, &own))
        return 1;
    atomic_fetch_add(&places(&own)[0], 1);
    atomic_fetch_add(&places(&own)[PLACES - 1], 1);
    shared_file_unmap(&own);
    return 0;
}

static void test_started_at_once(void **state)
{
    enum { PROCESSES = 16 };
    struct fixture *fixture = *state;
    char path[sizeof fixture->path];
    struct shared_file file;
    int gate[2];

    snprintf(path, sizeof path, "%s/new", fixture->folder);
    for (int round = 0; round < 10; round++) {
        if (round % 2)
            folder_write(fixture->folder, "new", "damaged", 7);
        assert_int_equal(pipe(gate), 0);
        fflush(NULL);
        for (int i = 0; i < PROCESSES; i++) {
            if (fork() == 0) {
                close(gate[1]);
                _exit(count_one(path, gate[0]));
            }
        }
        close(gate[0]);
        close(gate[1]);
        for (int i = 0; i < PROCESSES; i++) {
            int status;

            assert_true(wait(&status) > 0);
            assert_true(WIFEXITED(status));
            assert_int_equal(WEXITSTATUS(status), 0);
        }
        /* Had any of them had another file, what it counted would be missing. */
        assert_true(shared_file_map(path, &kind, &file));
        assert_int_equal(places(&file)[0], PROCESSES);
        assert_int_equal(places(&file)[PLACES - 1], PROCESSES);
        shared_file_unmap(&file);
        assert_int_equal(unlink(path), 0);
    }
}

static void test_mode(void **state)
{
    struct fixture *fixture = *state;
    struct shared_file other;
    struct stat status;
    mode_t mask = umask(077);
    char path[sizeof fixture->path];

    snprintf(path, sizeof path, "%s/other", fixture->folder);
    assert_true(shared_file_map(path, &kind, &other));
    umask(mask);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0660);
    assert_int_equal(status.st_size, 64 + PLACES * 8);
    shared_file_unmap(&other);
}

/* Spoils the file while nobody uses it: `length` bytes at `at`, then cut to `size`. */
static void damage(struct fixture *fixture, const char *bytes, size_t length, off_t at, off_t size)
{
    atomic_store(&places(&fixture->file)[0], 7);
    shared_file_unmap(&fixture->file);
    int fd = open(fixture->path, O_RDWR);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, length, at), (ssize_t)length);
    assert_int_equal(ftruncate(fd, size), 0);
    close(fd);
}

static void test_damaged(void **state)
{
    static const off_t whole = sizeof(struct counts);
    const struct {
        const char *bytes;
        size_t length;
        off_t at;
        off_t size;
    } cases[] = {
        {"", 0, 0, 1},          {"", 0, 0, 64},     {"", 0, 0, whole - 1},
        {"", 0, 0, 1000000},    {"X", 1, 0, whole}, {"\2", 1, 8, whole},
        {"\1\1", 2, 12, whole}, {"hello", 5, 0, 5}, {"\0\0\0\0\0\0\0\0", 8, 0, whole},
    };
    struct fixture *fixture = *state;
    char old[sizeof fixture->path + 4];
    struct stat status;

    snprintf(old, sizeof old, "%s.old", fixture->path);
    for (size_t i = 0; i < COUNT(cases); i++) {
        damage(fixture, cases[i].bytes, cases[i].length, cases[i].at, cases[i].size);
        assert_true(shared_file_map(fixture->path, &kind, &fixture->file));
        assert_int_equal(places(&fixture->file)[0], 0);
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
    assert_true(shared_file_map(fixture->path, &kind, &fixture->file));
    assert_int_equal(places(&fixture->file)[0], 0);
}

static void test_kept(void **state)
{
    struct fixture *fixture = *state;

    atomic_store(&places(&fixture->file)[5], 1234);
    shared_file_unmap(&fixture->file);
    assert_true(shared_file_map(fixture->path, &kind, &fixture->file));
    assert_int_equal(places(&fixture->file)[5], 1234);
}

static void test_not_a_file(void **state)
{
    struct fixture *fixture = *state;
    struct shared_file none;
    char path[sizeof fixture->path];

    assert_false(shared_file_map(fixture->folder, &kind, &none));
    assert_int_equal(errno, EISDIR);
    snprintf(path, sizeof path, "%s/no/counts", fixture->folder);
    assert_false(shared_file_map(path, &kind, &none));
    assert_int_equal(errno, ENOENT);
    snprintf(path, sizeof path, "%s/link", fixture->folder);
    assert_int_equal(symlink(fixture->path, path), 0);
    assert_false(shared_file_map(path, &kind, &none));
    assert_int_equal(errno, ELOOP);
    snprintf(path, sizeof path, "%s/pipe", fixture->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(shared_file_map(path, &kind, &none));
    assert_int_equal(errno, EINVAL);
}

static void test_seeds_differ(void **state)
{
    struct fixture *fixture = *state;
    const struct shared_file_header *one = fixture->file.memory;
    struct shared_file other;
    char path[sizeof fixture->path];

    snprintf(path, sizeof path, "%s/two", fixture->folder);
    assert_true(shared_file_map(path, &kind, &other));
    const struct shared_file_header *two = other.memory;

    assert_memory_not_equal(one->seed, two->seed, SHARED_FILE_SEED_SIZE);
    shared_file_unmap(&other);
}

/* Each adds to a number in two steps, which only a lock makes one. */
static void test_lock(void **state)
{
    enum { PROCESSES = 8, STEPS = 500 };
    struct fixture *fixture = *state;

    fflush(NULL);
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            struct shared_file own;

            if (!shared_file_map(fixture->path, &kind, &own))
                _exit(1);
            for (int step = 0; step < STEPS; step++) {
                if (!shared_file_lock(&own))
                    _exit(2);
                uint64_t seen = atomic_load(&places(&own)[1]);

                sched_yield();
                atomic_store(&places(&own)[1], seen + 1);
                shared_file_unlock(&own);
            }
            /* The last one's lock must go with it. */
            (void)shared_file_lock(&own);
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(places(&fixture->file)[1], PROCESSES * STEPS);
    assert_true(shared_file_lock(&fixture->file));
    shared_file_unlock(&fixture->file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"processes that start at once share one file", test_started_at_once, open_one, close_one,
         NULL},
        {"the file is the group's too, whatever the umask", test_mode, open_one, close_one, NULL},
        {"what is in it stays when nobody has it open", test_kept, open_one, close_one, NULL},
        {"a damaged or foreign file is put aside", test_damaged, open_one, close_one, NULL},
        {"an empty file is filled", test_empty_file, open_one, close_one, NULL},
        {"what is no file is refused", test_not_a_file, open_one, close_one, NULL},
        {"each file has a seed of its own", test_seeds_differ, open_one, close_one, NULL},
        {"one process at a time holds the lock, and gives it back when it dies", test_lock,
         open_one, close_one, NULL},
    };

    return cmocka_run_group_tests_name("core/shared_file", tests, NULL, NULL);
}
