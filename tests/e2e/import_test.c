/* import_test.c - imports while PostgreSQL is restarted, and while it crashes */
#include "support/site.h"
#include "support/worker.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 60000

static int begin(void **state)
{
    return site_begin(state, 2, NULL);
}

/* "Row 17,17": names that no other row has. */
static char *make_rows(const char *name)
{
    char *text = malloc(ROWS * (strlen(name) + 16));
    size_t at = 0;

    assert_non_null(text);
    at += (size_t)sprintf(text, "name,price\n");
    for (int i = 1; i <= ROWS; i++)
        at += (size_t)sprintf(text + at, "%s %d,%d\n", name, i, i % 1000);
    return text;
}

static void import(struct site *site, const char *name, const char *mode)
{
    char *rows = make_rows(name);
    const struct http_reply *reply = http_call(
        &site->http, &(struct http_request){
                         .method = "POST",
                         .target = http_format(&site->http, "/api/items/import?mode=%s", mode),
                         .token = site->editor,
                         .body = rows,
                         .content_type = "text/csv"});

    assert_int_equal(reply->status, 202);
    free(rows);
}

/* Waits until a statement about the newest import gives this. */
static void until(struct site *site, int seconds, const char *what, const char *value)
{
    const char *statement =
        http_format(&site->http, "SELECT %s FROM imports ORDER BY id DESC LIMIT 1", what);
    const char *got = instance_ask(&site->instance, statement);

    for (int left = seconds * 20; strcmp(got, value) != 0; left--) {
        if (left == 0)
            unit_fail("%s is %s after %d s, not %s", what, got, seconds, value);
        sleep_ms(50);
        got = instance_ask(&site->instance, statement);
    }
}

static void must_have_each_once(struct site *site, const char *name)
{
    until(site, 60, "status", "succeeded");
    assert_string_equal(
        instance_ask(&site->instance,
                     http_format(&site->http,
                                 "SELECT count(*) || ' ' || count(DISTINCT name) FROM items "
                                 "WHERE name LIKE '%s %%'",
                                 name)),
        "60000 60000");
}

/* While it reads, while it writes some, and while it writes all or nothing. */
static void disturb(struct site *site, const char *command)
{
    static const struct {
        const char *mode, *moment;
    } cases[] = {
        {"best_effort", "bytes_read > 0"},
        {"best_effort", "rows_accepted > 0"},
        {"all_or_nothing", "staged_at IS NOT NULL"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *name = http_format(&site->http, "Row %s %zu", command, i);

        import(site, name, cases[i].mode);
        until(site, 30, cases[i].moment, "t");
        instance_database(&site->instance, command);
        must_have_each_once(site, name);
    }
}

/* What is not logged stays. */
static void test_restarted(void **state)
{
    disturb(*state, "restart");
}

/* What is not logged is gone, and read again. */
static void test_crashed(void **state)
{
    struct site *site = *state;

    disturb(site, "restart -m immediate");
    assert_string_equal(instance_ask(&site->instance, "SELECT sum(attempt) > 6 FROM imports"), "t");
}

/* Neither uploads nor tables are left. */
static void test_nothing_left(void **state)
{
    struct site *site = *state;

    assert_string_equal(
        instance_ask(&site->instance,
                     "SELECT count(*) FROM pg_class WHERE relname ~ '^import_[0-9]'"),
        "0");
    assert_string_equal(
        instance_ask(&site->instance, "SELECT count(*) FROM imports WHERE file IS NOT NULL"), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "a restart of PostgreSQL interrupts an import, and each row is there once",
         .test_func = test_restarted},
        {.name = "so does a crash, which empties what was read of the file",
         .test_func = test_crashed},
        {.name = "neither uploads nor tables are left behind", .test_func = test_nothing_left},
    };

    return cmocka_run_group_tests_name("e2e/import", tests, begin, site_end);
}
