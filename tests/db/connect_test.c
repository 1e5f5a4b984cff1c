/* connect_test.c - tests of db/connect: opening step by step, without waiting */
#include "keel/db/db.h"

#include "../support/asking.h"
#include "../support/faults.h"
#include "../support/folder.h"
#include "../support/unit.h"
#include "../support/worker.h"

#include "keel/core/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define AT_ONCE_US 500000

/* Claim: it got there within two seconds, none of its steps having waited. */
static bool arrives(struct scope *scope)
{
    for (int tries = 0; tries < 400; tries++) {
        int64_t start = clock_monotonic_us();
        bool is_there = db_approach(scope);

        assert_true(clock_monotonic_us() - start < AT_ONCE_US);
        if (is_there || scope->error.kind != ERR_NONE)
            return is_there;
        sleep_ms(5);
    }
    return false;
}

static void test_arrives(void **state)
{
    struct test_database *database = *state;
    struct scope scope;

    asking_begin(&scope, &database->config, database->url);
    assert_true(arrives(&scope));
    assert_true(db_approach(&scope));
    asking_expect(&scope, "SHOW TimeZone", "UTC");
    asking_end(&scope);
}

static void test_lost(void **state)
{
    struct test_database *database = *state;
    struct scope scope;

    asking_begin(&scope, &database->config, database->url);
    assert_true(arrives(&scope));
    asking_terminate(database, &scope);
    scope_clear_error(&scope);
    assert_false(db_approach(&scope));
    assert_int_equal(scope.error.kind, ERR_NONE);
    assert_true(arrives(&scope));
    asking_expect(&scope, "SELECT 'here'", "here");
    asking_end(&scope);
}

/* A failure is told once; then there is a second without an attempt. */
static void test_nobody(void **state)
{
    struct test_database *database = *state;
    struct scope scope;

    asking_begin(&scope, &database->config, "host=/nonexistent dbname=none");
    assert_false(arrives(&scope));
    asking_failed(&scope, ERR_UNAVAILABLE);
    scope_clear_error(&scope);
    assert_false(db_approach(&scope));
    assert_int_equal(scope.error.kind, ERR_NONE);
    asking_end(&scope);
}

/* Somebody who takes connections and says nothing, as a server that was stopped in its tracks. */
static int listen_silently(const char *folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", folder);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
                listen(fd, 5) == 0);
    return fd;
}

static void test_silent(void **state)
{
    struct test_database *database = *state;
    char folder[FOLDER_PATH_SIZE], url[FOLDER_PATH_SIZE + 32];
    struct scope scope;

    folder_make(folder);
    int fd = listen_silently(folder);

    snprintf(url, sizeof url, "host=%s dbname=none", folder);
    database->config.db_deadline_ms = 100;
    asking_begin(&scope, &database->config, url);
    assert_false(arrives(&scope));
    asking_failed(&scope, ERR_UNAVAILABLE);
    assert_non_null(strstr(scope.error.detail, "no answer in time"));
    asking_end(&scope);
    close(fd);
    folder_remove(folder);
}

static void test_no_memory(void **state)
{
    struct test_database *database = *state;

    faults_begin();
    while (faults_next()) {
        struct scope scope;
        struct db *db = NULL;
        bool connected = false;

        scope_begin(&scope, &database->config, NULL, NULL);
        bool opened = db_open(&scope, database->url, &db);

        scope.db = db;
        while (opened && !connected && scope.error.kind == ERR_NONE)
            connected = db_approach(&scope);
        faults_stop();
        assert_int_equal(connected, !faults_hit());
        if (!connected)
            asking_failed(&scope, ERR_UNAVAILABLE);
        asking_end(&scope);
    }
    assert_true(faults_count() > 1);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, test_database_make, test_database_drop, NULL                           \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a connection is there after a few steps, none of which waits", test_arrives),
        TEST("one that was lost is told once and opened again", test_lost),
        TEST("where nobody is, that is said once and there is a pause", test_nobody),
        TEST("whoever says nothing is given up", test_silent),
        TEST("lack of memory is an error and no leak", test_no_memory),
    };

    return cmocka_run_group_tests_name("db/connect", tests, NULL, NULL);
}
