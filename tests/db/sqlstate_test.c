/* sqlstate_test.c - tests of db/sqlstate: what PostgreSQL says, as callers are told */
#include "db/sqlstate.h"

#include "../support/unit.h"

#include <string.h>

static const struct {
    const char *state;
    enum error_kind kind;
    bool retryable, lost;
} cases[] = {
    {"08000", ERR_UNAVAILABLE, false, true},  {"08006", ERR_UNAVAILABLE, false, true},
    {"08P01", ERR_UNAVAILABLE, false, true},  {"0A000", ERR_UNAVAILABLE, true, true},
    {"22001", ERR_VALIDATION, false, false},  {"22003", ERR_VALIDATION, false, false},
    {"22P02", ERR_VALIDATION, false, false},  {"22021", ERR_VALIDATION, false, false},
    {"23502", ERR_VALIDATION, false, false},  {"23503", ERR_CONFLICT, false, false},
    {"23505", ERR_CONFLICT, false, false},    {"23514", ERR_VALIDATION, false, false},
    {"23P01", ERR_CONFLICT, false, false},    {"25006", ERR_UNAVAILABLE, false, true},
    {"25P02", ERR_INTERNAL, false, false},    {"25P03", ERR_UNAVAILABLE, false, true},
    {"40001", ERR_UNAVAILABLE, true, false},  {"40P01", ERR_UNAVAILABLE, true, false},
    {"42P01", ERR_INTERNAL, false, false},    {"42601", ERR_INTERNAL, false, false},
    {"53100", ERR_UNAVAILABLE, false, true},  {"53300", ERR_UNAVAILABLE, false, true},
    {"55P03", ERR_UNAVAILABLE, false, false}, {"57014", ERR_TIMEOUT, false, false},
    {"57P01", ERR_UNAVAILABLE, false, true},  {"57P02", ERR_UNAVAILABLE, false, true},
    {"57P03", ERR_UNAVAILABLE, false, true},  {"58030", ERR_UNAVAILABLE, false, true},
    {"XX000", ERR_INTERNAL, false, false},    {"", ERR_INTERNAL, false, false},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct sqlstate_meaning *meaning = sqlstate_find(cases[i].state);

        assert_non_null(meaning);
        if (meaning->kind != cases[i].kind || meaning->retryable != cases[i].retryable ||
            meaning->lost != cases[i].lost)
            unit_fail("%s: kind %d, retryable %d, lost %d\n", cases[i].state, (int)meaning->kind,
                      meaning->retryable, meaning->lost);
    }
}

static void test_none(void **state)
{
    (void)state;
    assert_ptr_equal(sqlstate_find(NULL), sqlstate_find("08006"));
    assert_true(sqlstate_find(NULL)->lost);
}

/* Only what undid everything may be repeated whole. */
static void test_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *message = sqlstate_find(cases[i].state)->message;

        assert_non_null(message);
        assert_null(strstr(message, "SQL"));
        assert_null(strstr(message, "%"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"each SQLSTATE has its kind, and the longest prefix wins", test_table, NULL, NULL, NULL},
        {"no SQLSTATE counts as a lost connection", test_none, NULL, NULL, NULL},
        {"no message tells of SQL", test_messages, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("db/sqlstate", tests, NULL, NULL);
}
