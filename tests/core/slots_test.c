/* slots_test.c - tests of core/slots: places that processes share */
#include "keel/core/slots.h"

#include "support/folder.h"
#include "support/unit.h"

#include "keel/core/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_MAX 8

struct place {
    char folder[FOLDER_PATH_SIZE];
    char path[FOLDER_PATH_SIZE + 8];
};

static int begin(void **state)
{
    static struct place place;

    folder_make(place.folder);
    snprintf(place.path, sizeof place.path, "%s/hash", place.folder);
    *state = &place;
    return 0;
}

static int end(void **state)
{
    const struct place *place = *state;

    folder_remove(place->folder);
    return 0;
}

static void test_count(void **state)
{
    const struct place *place = *state;
    struct slot slots[3], more;

    for (size_t i = 0; i < COUNT(slots); i++)
        assert_true(slot_take(place->path, 3, 0, &slots[i]));
    assert_false(slot_take(place->path, 3, 0, &more));
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(more.fd, -1);
    slot_give(&slots[1]);
    assert_true(slot_take(place->path, 3, 0, &more));
    slot_give(&more);
    slot_give(&slots[0]);
    slot_give(&slots[2]);
    /* Once more is no harm, as for one that was never taken. */
    slot_give(&slots[2]);
}

static void test_bounded_wait(void **state)
{
    const struct place *place = *state;
    struct slot slot, second;

    assert_true(slot_take(place->path, 1, 0, &slot));
    int64_t start = clock_monotonic_us();

    assert_false(slot_take(place->path, 1, 60, &second));
    assert_int_equal(errno, EAGAIN);
    int64_t waited = clock_monotonic_us() - start;

    assert_true(waited >= 60000 && waited < 2000000);
    slot_give(&slot);
}

/* A child that takes a place, tells so, and holds it until it is killed. */
static pid_t hold(const char *path)
{
    int ends[2];
    char byte;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct slot slot;

        if (!slot_take(path, 1, 0, &slot) || write(ends[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    return child;
}

static void test_death(void **state)
{
    const struct place *place = *state;
    struct slot slot;
    pid_t child = hold(place->path);

    assert_false(slot_take(place->path, 1, 0, &slot));
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(slot_take(place->path, 1, 0, &slot));
    slot_give(&slot);
}

static void test_waiting(void **state)
{
    const struct place *place = *state;
    struct slot slot;
    pid_t child = hold(place->path);
    pid_t killer = fork();

    if (killer == 0) {
        usleep(50000);
        _exit(kill(child, SIGKILL));
    }
    assert_true(slot_take(place->path, 1, 10000, &slot));
    slot_give(&slot);
    assert_int_equal(waitpid(killer, NULL, 0), killer);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* How many are inside at this moment, and how many ever were. */
struct shared {
    _Atomic int inside;
    _Atomic int most;
};

static void work(const char *path, struct shared *shared)
{
    struct slot slot;

    for (int i = 0; i < 10; i++) {
        if (!slot_take(path, 3, 20000, &slot))
            _exit(1);
        int inside = atomic_fetch_add(&shared->inside, 1) + 1;
        int most = atomic_load(&shared->most);

        while (inside > most && !atomic_compare_exchange_weak(&shared->most, &most, inside))
            ;
        usleep(2000);
        atomic_fetch_sub(&shared->inside, 1);
        slot_give(&slot);
    }
    _exit(0);
}

static void test_processes(void **state)
{
    const struct place *place = *state;
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t children[COUNT_MAX];
    int status;

    assert_true(shared != MAP_FAILED);
    for (size_t i = 0; i < COUNT(children); i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            work(place->path, shared);
    }
    for (size_t i = 0; i < COUNT(children); i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(shared->most, 3);
    munmap(shared, sizeof *shared);
}

static void test_unusable(void **state)
{
    const struct place *place = *state;
    char path[128];
    struct slot slot;

    assert_true(slots_are_usable(place->path));
    assert_false(slots_are_usable("/nonexistent/hash"));
    assert_int_equal(errno, ENOENT);
    assert_false(slots_are_usable(place->folder));
    assert_false(slot_take("/nonexistent/hash", 1, 1000, &slot));
    assert_int_equal(errno, ENOENT);
    snprintf(path, sizeof path, "%s/link", place->folder);
    assert_int_equal(symlink(place->path, path), 0);
    assert_false(slots_are_usable(path));
    assert_int_equal(errno, ELOOP);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(slots_are_usable(path));
    assert_int_equal(errno, EINVAL);
}

/* Whose places are all taken can still start another worker. */
static void test_usable_while_taken(void **state)
{
    const struct place *place = *state;
    struct slot slot;

    assert_true(slot_take(place->path, 1, 0, &slot));
    assert_true(slots_are_usable(place->path));
    slot_give(&slot);
    assert_true(slots_per_core() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("there are as many places as were asked for", test_count),
        FIXTURE_TEST("waiting for a place is bounded", test_bounded_wait),
        FIXTURE_TEST("who is killed gives its place back", test_death),
        FIXTURE_TEST("who waits gets the place that becomes free", test_waiting),
        FIXTURE_TEST("many processes never hold more places than there are", test_processes),
        FIXTURE_TEST("a file that cannot be locked is said to be so", test_unusable),
        FIXTURE_TEST("a file whose places are taken is usable", test_usable_while_taken),
    };

    return cmocka_run_group_tests_name("core/slots", tests, NULL, NULL);
}
