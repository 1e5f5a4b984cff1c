/* route_parameters_test.c - tests of http/route_parameters: what a row's query may hold */
#include "keel/http/route.h"

#include "../support/faults.h"
#include "../support/thing.h"
#include "../support/unit.h"

#include "keel/routes/modules.h"

#include <string.h>

static const struct query_parameter own[] = {
    {"verbose", "Say more.", NULL}, {"mode", "How.", "all|some"}, {NULL, NULL, NULL}};

static int begin(void **state)
{
    static struct scope scope;

    scope_begin(&scope, NULL, NULL, NULL);
    *state = &scope;
    return 0;
}

static int end(void **state)
{
    scope_end(*state);
    return 0;
}

static const struct parameter *find(const struct parameters *parameters, const char *name)
{
    for (size_t i = 0; i < parameters->count; i++) {
        if (strcmp(parameters->list[i].name, name) == 0)
            return &parameters->list[i];
    }
    return NULL;
}

static void test_one_row(void **state)
{
    static const struct route get = {
        .method = GET, .path = "/things/{id}", .reply = {&things_model, READ}, .query = own};
    struct parameters parameters = {0};

    assert_true(route_selects(&get));
    assert_true(route_parameters(*state, &get, &parameters));
    assert_int_equal(parameters.count, 4);
    assert_string_equal(parameters.list[0].name, "fields");
    assert_string_equal(parameters.list[1].name, "include");
    assert_string_equal(parameters.list[2].name, "verbose");
    assert_string_equal(parameters.list[2].doc, "Say more.");
    assert_int_equal(parameters.list[3].kind, PARAMETER_CHOICE);
    assert_string_equal(parameters.list[3].choices[0], "all");
    assert_string_equal(parameters.list[3].choices[1], "some");
    assert_null(parameters.list[3].choices[2]);
    assert_string_equal(parameters.list[3].fallback, "all");
}

/* Rows that answer no row of a table, or change one. */
static void test_others(void **state)
{
    static const struct column columns[] = {
        {COLUMN_NAME("status"), .kind = KIND_TEXT, .uses = READ, .doc = "Status."}};
    static const struct model loose = {.name = "Loose", COLUMNS(columns)};
    static const struct route others[] = {
        {.method = GET, .path = "/health"},
        {.method = GET, .path = "/version", .reply = {&loose, READ}},
        {.method = PATCH, .path = "/things/{id}", .reply = {&things_model, READ}},
    };

    for (size_t i = 0; i < COUNT(others); i++) {
        struct parameters parameters = {0};

        assert_false(route_selects(&others[i]));
        assert_true(route_parameters(*state, &others[i], &parameters));
        assert_int_equal(parameters.count, 0);
    }
}

static void test_list(void **state)
{
    struct route list = {.method = GET,
                         .path = "/things",
                         .flags = ROUTE_LIST,
                         .reply = {&things_model, READ | LIST}};
    struct parameters hidden = {0}, shown = {0};

    assert_false(route_selects(&list));
    assert_true(route_parameters(*state, &list, &hidden));
    assert_null(find(&hidden, "deleted"));
    assert_non_null(find(&hidden, "fields"));
    assert_non_null(find(&hidden, "min_price"));
    list.see_deleted = "things:deleted";
    assert_true(route_parameters(*state, &list, &shown));
    assert_int_equal(shown.count, hidden.count + 1);
    assert_string_equal(find(&shown, "deleted")->choices[0], "only");
}

/* Each parameter of each row can be told from the others, and is explained. */
static void test_modules(void **state)
{
    size_t count = 0;

    for (size_t m = 0; m < keel_modules.count; m++) {
        const struct module *module = keel_modules.list[m];

        for (size_t r = 0; r < module->route_count; r++) {
            struct parameters parameters = {0};

            assert_true(route_parameters(*state, &module->routes[r], &parameters));
            for (size_t i = 0; i < parameters.count; i++, count++) {
                assert_ptr_equal(find(&parameters, parameters.list[i].name), &parameters.list[i]);
                assert_true(strlen(parameters.list[i].doc) > 5);
            }
        }
    }
    assert_true(count > 40);
}

static void test_no_memory(void **state)
{
    static const struct route list = {.method = GET,
                                      .path = "/things",
                                      .flags = ROUTE_LIST,
                                      .reply = {&things_model, READ | LIST},
                                      .query = own};
    struct scope *scope = *state;

    faults_begin();
    while (faults_next()) {
        struct parameters parameters = {0};
        bool done = route_parameters(scope, &list, &parameters);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        assert_int_equal(scope->error.kind, done ? ERR_NONE : ERR_UNAVAILABLE);
        scope_clear_error(scope);
    }
    assert_true(faults_count() > 20);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, begin, end, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a row of a table can be cut and added to", test_one_row),
        TEST("other answers cannot", test_others),
        TEST("a list has its model's parameters, deleted where somebody may see it", test_list),
        TEST("every row of the program explains its parameters", test_modules),
        TEST("lack of memory is an error", test_no_memory),
    };

    return cmocka_run_group_tests_name("http/route_parameters", tests, NULL, NULL);
}
