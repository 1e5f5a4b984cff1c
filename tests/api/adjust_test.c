/* adjust_test.c - POST /items/{id}/adjust: stock that many change at the same time */
#include "support/api.h"

#define WRITERS 50

static const char *make_item(struct api *api, int quantity)
{
    const char *body =
        api_format(api, "{\"name\":\"Kettle\",\"price\":1,\"quantity\":%d}", quantity);

    return api_header(
        api, api_expect(api, 201, "POST", "/api/items", api->tokens[API_EDITOR], body), "Location");
}

static struct api_request adjusting(struct api *api, const char *path, const char *delta)
{
    return (struct api_request){.method = "POST",
                                .target = api_format(api, "%s/adjust", path),
                                .token = api->tokens[API_EDITOR],
                                .body = api_format(api, "{\"delta\":%s}", delta)};
}

static const struct api_reply *adjust(struct api *api, const char *path, const char *delta)
{
    struct api_request request = adjusting(api, path, delta);

    return api_send(api, &request);
}

static const struct api_reply *read_item(struct api *api, const char *path)
{
    return api_expect(api, 200, "GET", path, NULL, NULL);
}

static void the_quantity_changes_and_the_item_is_answered(void **state)
{
    struct api *api = *state;
    const char *path = make_item(api, 5);
    const struct api_reply *reply = adjust(api, path, "3");

    assert_int_equal(reply->status, 200);
    assert_int_equal(api_int(reply, "/data/quantity"), 8);
    assert_string_equal(api_text(reply, "/message"), "Item quantity adjusted");
    assert_string_equal(api_header(api, reply, "ETag"), "\"2\"");
    reply = adjust(api, path, "-8");
    assert_int_equal(api_int(reply, "/data/quantity"), 0);
    assert_string_equal(api_raw(read_item(api, path), "/data"), api_raw(reply, "/data"));
}

static void below_zero_or_beyond_the_column_is_409_and_changes_nothing(void **state)
{
    static const struct {
        int quantity;
        const char *delta;
    } cases[] = {
        {5, "-6"}, {0, "-1"}, {5, "-2147483647"}, {1, "2147483647"}, {2147483647, "1"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *path = make_item(api, cases[i].quantity);

        api_must_fail(adjust(api, path, cases[i].delta), "CONFLICT");
        const struct api_reply *read = read_item(api, path);

        assert_int_equal(api_int(read, "/data/quantity"), cases[i].quantity);
        assert_int_equal(api_int(read, "/data/version"), 1);
    }
}

static void up_to_the_bounds_it_goes(void **state)
{
    struct api *api = *state;
    const char *path = make_item(api, 0);

    assert_int_equal(api_int(adjust(api, path, "2147483647"), "/data/quantity"), 2147483647);
    assert_int_equal(api_int(adjust(api, path, "-2147483647"), "/data/quantity"), 0);
}

static void nothing_changes_by_nothing(void **state)
{
    struct api *api = *state;
    const char *path = make_item(api, 5);
    const struct api_reply *reply = adjust(api, path, "0");

    assert_int_equal(reply->status, 200);
    assert_int_equal(api_int(reply, "/data/version"), 1);
    assert_int_equal(api_int(reply, "/data/quantity"), 5);
}

static void an_item_that_is_not_there_or_deleted_is_404(void **state)
{
    static const char *const deltas[] = {"1", "-1", "0"};
    struct api *api = *state;
    const char *path = make_item(api, 5);

    api_expect(api, 200, "DELETE", path, api->tokens[API_EDITOR], NULL);
    for (size_t i = 0; i < COUNT(deltas); i++) {
        api_must_fail(adjust(api, path, deltas[i]), "NOT_FOUND");
        api_must_fail(adjust(api, "/api/items/999999999", deltas[i]), "NOT_FOUND");
    }
}

static void a_delta_that_is_none_is_refused(void **state)
{
    static const struct {
        const char *delta, *code;
    } cases[] = {
        {"1.5", "not_an_integer"},   {"\"1\"", "not_an_integer"},  {"null", "not_null"},
        {"2147483648", "too_large"}, {"-2147483648", "too_small"}, {"true", "not_an_integer"},
    };
    struct api *api = *state;
    const char *path = make_item(api, 5);

    for (size_t i = 0; i < COUNT(cases); i++)
        api_must_refuse(adjust(api, path, cases[i].delta), "delta", cases[i].code);
    assert_int_equal(api_int(read_item(api, path), "/data/quantity"), 5);
}

static void it_holds_to_the_version_that_the_caller_names(void **state)
{
    static const char *const old[] = {"HTTP_IF_MATCH=\"1\"", NULL};
    static const char *const malformed[] = {"HTTP_IF_MATCH=2", NULL};
    struct api *api = *state;
    const char *path = make_item(api, 5);
    struct api_request request = adjusting(api, path, "1");

    request.variables = old;
    assert_int_equal(api_send(api, &request)->status, 200);
    api_must_fail(api_send(api, &request), "PRECONDITION_FAILED");
    request.variables = malformed;
    api_must_refuse(api_send(api, &request), "If-Match", "malformed");
    /* It says what to add, not what shall be there: nobody needs to name a version. */
    api->app.config.require_if_match = true;
    assert_int_equal(adjust(api, path, "1")->status, 200);
    api->app.config.require_if_match = false;
    assert_int_equal(api_int(read_item(api, path), "/data/quantity"), 7);
}

static void many_at_once_come_to_the_right_sum(void **state)
{
    struct api *api = *state;
    const char *path = make_item(api, 1000);
    struct api_request requests[WRITERS];
    const struct api_reply *replies[WRITERS];
    int64_t sum = 1000;

    for (int i = 0; i < WRITERS; i++) {
        int delta = i % 3 ? i : -i;

        sum += delta;
        requests[i] = adjusting(api, path, api_format(api, "%d", delta));
    }
    api_race(api, requests, WRITERS, replies);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(replies[i]->status, 200);
    assert_int_equal(api_int(read_item(api, path), "/data/quantity"), sum);
}

static void of_many_that_want_the_last_ones_only_so_many_get_them(void **state)
{
    struct api *api = *state;
    const char *path = make_item(api, 30);
    struct api_request requests[WRITERS];
    const struct api_reply *replies[WRITERS];
    int sold = 0;

    for (int i = 0; i < WRITERS; i++)
        requests[i] = adjusting(api, path, "-1");
    api_race(api, requests, WRITERS, replies);
    for (int i = 0; i < WRITERS; i++) {
        sold += replies[i]->status == 200;
        if (replies[i]->status != 200)
            api_must_fail(replies[i], "CONFLICT");
    }
    assert_int_equal(sold, 30);
    assert_int_equal(api_int(read_item(api, path), "/data/quantity"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_quantity_changes_and_the_item_is_answered),
        cmocka_unit_test(below_zero_or_beyond_the_column_is_409_and_changes_nothing),
        cmocka_unit_test(up_to_the_bounds_it_goes),
        cmocka_unit_test(nothing_changes_by_nothing),
        cmocka_unit_test(an_item_that_is_not_there_or_deleted_is_404),
        cmocka_unit_test(a_delta_that_is_none_is_refused),
        cmocka_unit_test(it_holds_to_the_version_that_the_caller_names),
        cmocka_unit_test(many_at_once_come_to_the_right_sum),
        cmocka_unit_test(of_many_that_want_the_last_ones_only_so_many_get_them),
    };

    return cmocka_run_group_tests_name("adjusting stock", tests, api_make, api_drop);
}
