/* items_test.c - tests of services/items */
#include "keel/services/items.h"

#include "accounts.h"

static const char *quantity(struct scope *scope)
{
    return asking_text(scope, "SELECT quantity || ' ' || version FROM items WHERE id = 1");
}

static void test_adjust(void **state)
{
    static const struct {
        int64_t delta;
        enum error_kind error;
        const char *after; /* quantity and version */
    } cases[] = {
        {5, ERR_NONE, "5 2"},
        {0, ERR_NONE, "5 2"},
        {-3, ERR_NONE, "2 3"},
        {-3, ERR_CONFLICT, "2 3"},
        {INT32_MAX, ERR_CONFLICT, "2 3"},
        {-2, ERR_NONE, "0 4"},
        {INT32_MAX, ERR_NONE, "2147483647 5"},
    };
    struct test_database *database = *state;

    asking_text(&database->scope, "INSERT INTO items (name, price) VALUES ('Kettle', 1)");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scope *scope = &database->scope;

        assert_int_equal(items_adjust(scope, 1, cases[i].delta), cases[i].error == ERR_NONE);
        assert_int_equal(scope->error.kind, cases[i].error);
        /* What the database said is for the log. */
        assert_int_equal(scope->error.detail != NULL, cases[i].error != ERR_NONE);
        test_database_renew(database);
        assert_string_equal(quantity(&database->scope), cases[i].after);
    }
}

static void test_missing(void **state)
{
    struct test_database *database = *state;

    asking_text(&database->scope,
                "INSERT INTO items (name, price, is_active) VALUES ('Kettle', 1, false)");
    for (int64_t id = 1; id <= 2; id++) {
        assert_false(items_adjust(&database->scope, id, 1));
        asking_failed(&database->scope, ERR_NOT_FOUND);
        test_database_renew(database);
    }
    assert_string_equal(quantity(&database->scope), "0 1");
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, accounts_make, test_database_drop, NULL                                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("stock changes within its bounds", test_adjust),
        TEST("of what is not there no stock changes", test_missing),
    };

    return cmocka_run_group_tests_name("services/items", tests, NULL, NULL);
}
