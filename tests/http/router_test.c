/* router_test.c - tests of http/router: which row a path and a method lead to */
#include "keel/http/route.h"

#include "../support/unit.h"

#include <string.h>

static const struct route first_routes[] = {
    {.id = "root", .method = GET, .path = "/"},
    {.id = "items.list", .method = GET, .path = "/items"},
    {.id = "items.create", .method = POST, .path = "/items"},
    {.id = "items.get", .method = GET, .path = "/items/{id}"},
    {.id = "items.replace", .method = PUT, .path = "/items/{id}"},
    {.id = "items.restore", .method = POST, .path = "/items/{id}/restore"},
};
static const struct route second_routes[] = {
    {.id = "users.me", .method = GET, .path = "/users/me"},
    {.id = "users.get", .method = GET, .path = "/users/{id}"},
    {.id = "users.change", .method = PATCH, .path = "/users/{id}"},
    {.id = "schedules.pause", .method = PATCH, .path = "/schedules/{name}"},
    {.id = "pair", .method = GET, .path = "/pair/{left}/{right}"},
    {.id = "me.too", .method = DELETE, .path = "/users/me"},
};
static const struct module first = {.name = "first", ROUTES(first_routes)};
static const struct module second = {.name = "second", ROUTES(second_routes)};
static const struct module *const list[] = {&first, &second};
static const struct modules modules = {list, 2};

static struct match find(enum method method, const char *const *segments)
{
    struct request request = {.method = method};

    while (segments[request.segment_count]) {
        request.segments[request.segment_count] = segments[request.segment_count];
        request.segment_count++;
    }
    return route_find(modules, &request);
}

static const struct {
    enum method method;
    const char *segments[5];
    const char *route; /* NULL: none */
    unsigned allowed;  /* methods of the path */
    int64_t id;
} cases[] = {
    {GET, {"items"}, "items.list", 1u << GET | 1u << POST, 0},
    {POST, {"items"}, "items.create", 1u << GET | 1u << POST, 0},
    {DELETE, {"items"}, NULL, 1u << GET | 1u << POST, 0},
    {METHOD_NONE, {"items"}, NULL, 1u << GET | 1u << POST, 0},
    {OPTIONS, {"items"}, NULL, 1u << GET | 1u << POST, 0},
    {GET, {"items", "17"}, "items.get", 1u << GET | 1u << PUT, 17},
    {PUT, {"items", "9223372036854775807"}, "items.replace", 1u << GET | 1u << PUT, INT64_MAX},
    {POST, {"items", "17", "restore"}, "items.restore", 1u << POST, 17},
    {GET, {"items", "0"}, NULL, 0, 0},
    {GET, {"items", "-1"}, NULL, 0, 0},
    {GET, {"items", "+1"}, NULL, 0, 0},
    {GET, {"items", "007"}, NULL, 0, 0},
    {GET, {"items", "1.0"}, NULL, 0, 0},
    {GET, {"items", " 1"}, NULL, 0, 0},
    {GET, {"items", "abc"}, NULL, 0, 0},
    {GET, {"items", ""}, NULL, 0, 0},
    {GET, {"items", "9223372036854775808"}, NULL, 0, 0},
    {GET, {"items", "17", "more"}, NULL, 0, 0},
    {GET, {"items", "17", ""}, NULL, 0, 0},
    {GET, {"item"}, NULL, 0, 0},
    {GET, {"itemss"}, NULL, 0, 0},
    {GET, {"Items"}, NULL, 0, 0},
    {GET, {"items/17"}, NULL, 0, 0},
    {GET, {"users/me"}, NULL, 0, 0},
    {GET, {"{id}"}, NULL, 0, 0},
    {GET, {"", "items"}, NULL, 0, 0},
    {GET, {"users", "me"}, "users.me", 1u << GET | 1u << DELETE, 0},
    {GET, {"users", "5"}, "users.get", 1u << GET | 1u << PATCH, 5},
    {DELETE, {"users", "me"}, "me.too", 1u << GET | 1u << DELETE, 0},
    {PATCH, {"schedules", "a/b ?"}, "schedules.pause", 1u << PATCH, 0},
    {PATCH, {"schedules", ""}, NULL, 0, 0},
    {GET, {"pair", "x", "y"}, "pair", 1u << GET, 0},
    {GET, {"pair", "x"}, NULL, 0, 0},
};

/* The row of this number, counted through all modules. */
static const struct route *row_of(size_t number)
{
    size_t m = 0;

    for (; number >= modules.list[m]->route_count; m++)
        number -= modules.list[m]->route_count;
    return &modules.list[m]->routes[number];
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct match match = find(cases[i].method, cases[i].segments);
        const char *found = match.route ? match.route->id : "none";

        if (strcmp(found, cases[i].route ? cases[i].route : "none") != 0 ||
            match.allowed != cases[i].allowed)
            unit_fail("case %zu: %s, allowed %#x\n", i, found, match.allowed);
        assert_true(match.values.id == cases[i].id);
        assert_int_equal(match.module != NULL, match.route != NULL);
        if (match.route)
            assert_ptr_equal(row_of(match.number), match.route);
    }
}

static void test_values(void **state)
{
    struct match match = find(GET, (const char *const[]){"pair", "left one", "17", NULL});

    (void)state;
    assert_string_equal(match.values.text[0], "left one");
    assert_string_equal(match.values.text[1], "17");
    assert_null(match.values.text[2]);
    assert_ptr_equal(match.module, &second);
}

static void test_outside(void **state)
{
    struct request request = {
        .method = GET, .segments = {"items"}, .segment_count = 1, .outside = true};

    (void)state;
    assert_null(route_find(modules, &request).route);
    assert_int_equal(route_find(modules, &request).allowed, 0);
}

static void test_full(void **state)
{
    const char *segments[REQUEST_SEGMENT_MAX + 1] = {NULL};

    (void)state;
    for (size_t i = 0; i < REQUEST_SEGMENT_MAX; i++)
        segments[i] = "items";
    assert_null(find(GET, segments).route);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a path and a method lead to their row, or to the methods there are", test_cases, NULL,
         NULL, NULL},
        {"the values of the path come with it", test_values, NULL, NULL, NULL},
        {"outside the base path there is nothing", test_outside, NULL, NULL, NULL},
        {"as many segments as a request can have do no harm", test_full, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("http/router", tests, NULL, NULL);
}
