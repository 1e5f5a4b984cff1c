/* template_test.c - tests of cli/template: places, repeated lines, rows that go on below */
#include "cli/template.h"

#include "../support/unit.h"

#include <string.h>

static const struct template_value values[] = {
    {"module", "items"}, {"name", "archive"},     {"id", "items.archive"},
    {"method", "POST"},  {"path", "/items/{id}"}, {"access", "ACCESS_PERMISSION"},
    {"permission", ""},  {"rate", "RATE_WRITE"},  {"reply", ".reply = {&items_model, READ}, "},
    {"summary", "A."},   {"Words", "Archive"},    {NULL, NULL},
};

static const char *render(struct scope *scope, const char *file)
{
    const struct template_values all = {.list = values};
    struct buffer out;

    buffer_init(&out, &scope->arena);
    return template_render(scope, file, &all, &out) ? out.data : NULL;
}

static void a_row_goes_on_below_behind_a_comma_of_its_own(void **state)
{
    struct scope scope;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    assert_string_equal(
        render(&scope, "endpoint.c"),
        "    {\"items.archive\", POST, \"/items/{id}\", items_archive, ACCESS_PERMISSION, "
        ".rate = RATE_WRITE,\n"
        "     .reply = {&items_model, READ}, .success = 200, .summary = "
        "\"A.\"},\n");
    scope_end(&scope);
}

static void places_stand_for_values_wherever_they_are(void **state)
{
    struct scope scope;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    const char *text = render(&scope, "endpoint_row.c");

    assert_non_null(strstr(text, "static bool items_archive(struct exchange *exchange)\n{\n"));
    assert_null(strstr(text, "{{"));
    scope_end(&scope);
}

static void what_is_not_known_is_an_error_that_names_it(void **state)
{
    static const char *const files[] = {"nothing.c", "resource.c"};
    static const char *const names[] = {"There is no template nothing.c",
                                        "resource.c.tmpl: nothing is known of"};

    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        assert_null(render(&scope, files[i]));
        assert_int_equal(scope.error.kind, ERR_INTERNAL);
        assert_non_null(strstr(scope.error.message, names[i]));
        scope_end(&scope);
    }
}

/* The lines of a table: one per field, and none for what no field has. */
static void a_line_is_written_for_each_field_that_has_something_to_say(void **state)
{
    static const struct template_value list[] = {
        {"label", "0009_boxes"}, {"name", "boxes"}, {"many", "boxes"}, {NULL, NULL}};
    static const struct template_value with[] = {{"drop_require", "DROP FUNCTION a();"},
                                                 {NULL, NULL}};
    static const struct template_value without[] = {{"drop_require", ""}, {NULL, NULL}};
    static const struct template_value *const fields[] = {with, without, with};
    const struct template_values all = {list, fields, COUNT(fields)};
    struct scope scope;
    struct buffer out;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    buffer_init(&out, &scope.arena);
    assert_true(template_render(&scope, "resource.down.sql", &all, &out));
    const char *end = strstr(out.data, "DROP TABLE boxes;\n");

    assert_non_null(end);
    assert_string_equal(end, "DROP TABLE boxes;\nDROP FUNCTION a();\nDROP FUNCTION a();\n");
    scope_end(&scope);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_goes_on_below_behind_a_comma_of_its_own),
        cmocka_unit_test(places_stand_for_values_wherever_they_are),
        cmocka_unit_test(what_is_not_known_is_an_error_that_names_it),
        cmocka_unit_test(a_line_is_written_for_each_field_that_has_something_to_say),
    };

    return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
