/* placement_test.c - tests of db/placement */
#include "../../src/db/placement.h"

#include "../support/asking.h"
#include "../support/unit.h"

#define BEHIND_PARENT                                                                              \
    " 7 7 0 -1 4194560 9 0 0 0 1 2 0 0 20 0 1 0 99 1 2 3 4 5 6 7 8 9 0 0 0 0 0 0 17 "

static void test_stat(void **state)
{
    static const struct {
        const char *stat;
        bool ok;
        int parent, processor;
    } cases[] = {
        {"12 (postgres) S 34" BEHIND_PARENT "5 0 0", true, 34, 5},
        {"12 (a) b) S 1" BEHIND_PARENT "0\n", true, 1, 0},
        {"12 (postgres) S 34 7 7", false, 0, 0},
        {"12 (postgres) S x" BEHIND_PARENT "5", false, 0, 0},
        {"12 (postgres) S 34" BEHIND_PARENT "x", false, 0, 0},
        {"12 postgres", false, 0, 0},
        {"", false, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int parent, processor;

        assert_int_equal(placement_read(cases[i].stat, &parent, &processor), cases[i].ok);
        if (cases[i].ok) {
            assert_int_equal(parent, cases[i].parent);
            assert_int_equal(processor, cases[i].processor);
        }
    }
}

/* What an operator gave this process, restored when a test is over. */
static cpu_set_t given;

static int keep_given(void **state)
{
    assert_int_equal(sched_getaffinity(0, sizeof given, &given), 0);
    return test_database_make(state);
}

static int give_back(void **state)
{
    assert_int_equal(sched_setaffinity(0, sizeof given, &given), 0);
    return test_database_drop(state);
}

static void pin(pid_t pid, int processor)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET((size_t)processor, &one);
    assert_int_equal(sched_setaffinity(pid, sizeof one, &one), 0);
}

static int only_processor(void)
{
    cpu_set_t now;
    int found = -1;

    assert_int_equal(sched_getaffinity(0, sizeof now, &now), 0);
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET((size_t)i, &now) && found >= 0)
            return -1;
        if (CPU_ISSET((size_t)i, &now))
            found = i;
    }
    return found;
}

/* As many units of work as it takes for one look at least. */
static void work(struct test_database *database)
{
    for (int i = 0; i < 130; i++) {
        test_database_renew(database);
        assert_true(db_ensure(&database->scope));
    }
}

/* The server's processes belong to somebody else: only root can move them. */
static bool can_move_server(struct test_database *database)
{
    cpu_set_t now;
    pid_t server = PQbackendPID(db_connection(database->db));

    return sched_getaffinity(server, sizeof now, &now) == 0 &&
           sched_setaffinity(server, sizeof now, &now) == 0 && CPU_COUNT(&given) > 1;
}

/* It has moved once it has run. */
static void move_server(struct test_database *database, int processor)
{
    pin(PQbackendPID(db_connection(database->db)), processor);
    test_database_renew(database);
    asking_expect(&database->scope, "SELECT 1", "1");
}

static void test_follow(void **state)
{
    struct test_database *database = *state;

    if (!can_move_server(database))
        skip();
    for (int processor = 0, moves = 0; processor < CPU_SETSIZE && moves < 2; processor++) {
        if (!CPU_ISSET((size_t)processor, &given))
            continue;
        move_server(database, processor);
        work(database);
        assert_int_equal(only_processor(), processor);
        moves++;
    }
}

static void test_stay(void **state)
{
    struct test_database *database = *state;
    int first = 0;

    if (!can_move_server(database))
        skip();
    while (!CPU_ISSET((size_t)first, &given))
        first++;
    int second = first + 1;

    while (!CPU_ISSET((size_t)second, &given))
        second++;
    pin(0, first);
    move_server(database, second);
    work(database);
    assert_int_equal(only_processor(), first);
}

#define TEST(name, function)                                                                       \
    {                                                                                              \
        name, function, keep_given, give_back, NULL                                                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"what proc(5) says of a process is taken apart, whatever its name", test_stat, NULL, NULL,
         NULL},
        TEST("a process follows its server process from processor to processor", test_follow),
        TEST("a process that was started on one processor stays on it", test_stay),
    };

    return cmocka_run_group_tests_name("db/placement", tests, NULL, NULL);
}
