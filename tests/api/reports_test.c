/* reports_test.c - GET /reports/inventory */
#include "support/api.h"

#define INVENTORY "/api/reports/inventory"

static void stock_is_told_by_day_and_category(void **state)
{
    struct api *api = *state;

    api_ask(api, "INSERT INTO categories (name) VALUES ('Kettles')");
    api_ask(api, "INSERT INTO inventory_daily VALUES ('2026-01-12', (SELECT max(id) FROM"
                 " categories), 2, 6, 10.50), ('2026-01-13', NULL, 1, 0, 0)");
    const struct api_reply *reply = api_expect(
        api, 200, "GET", INVENTORY "?from=2026-01-12&to=2026-01-13", api->tokens[API_EDITOR], NULL);

    assert_int_equal(api_count(reply, "/data/inventory"), 2);
    assert_string_equal(api_text(reply, "/data/inventory/0/day"), "2026-01-12");
    assert_string_equal(api_text(reply, "/data/inventory/0/category"), "Kettles");
    assert_string_equal(api_raw(reply, "/data/inventory/0/value"), "10.50");
    assert_string_equal(api_raw(reply, "/data/inventory/1/category_id"), "null");
    reply = api_expect(api, 200, "GET", INVENTORY, api->tokens[API_ADMIN], NULL);
    assert_int_equal(api_count(reply, "/data/inventory"), 0);
}

static void who_may_not_read_reports_or_asks_for_no_day_is_refused(void **state)
{
    struct api *api = *state;

    api_expect(api, 401, "GET", INVENTORY, NULL, NULL);
    api_expect(api, 403, "GET", INVENTORY, api->tokens[API_VIEWER], NULL);
    api_must_refuse(api_expect(api, 400, "GET", INVENTORY "?from=x", api->tokens[API_EDITOR], NULL),
                    "from", "invalid_day");
    api_must_refuse(api_expect(api, 400, "GET", INVENTORY "?days=3", api->tokens[API_EDITOR], NULL),
                    "days", "unknown_parameter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(stock_is_told_by_day_and_category),
        api_unit_test(who_may_not_read_reports_or_asks_for_no_day_is_refused),
    };

    return cmocka_run_group_tests_name("api/reports", tests, NULL, NULL);
}
