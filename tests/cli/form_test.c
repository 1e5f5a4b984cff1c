/* form_test.c - tests of cli/form: one report, as text and as JSON */
#include "cli/form.h"

#include "../support/unit.h"

#include "keel/core/json.h"

#include <json-c/json.h>
#include <json-c/json_pointer.h>
#include <string.h>

static void write_report(struct form *form, struct scope *scope)
{
    form_begin(form, scope, "FIX COMPLETE");
    form_line(form, "Root Cause", "a \"quote\" and %d", 7);
    form_open(form, "Request", false);
    form_open(form, "Params", false);
    form_line(form, "min_price", "query");
    form_close(form);
    form_open(form, "Body", false);
    form_close(form);
    form_close(form);
    form_open(form, "Files Created/Modified", true);
    form_item(form, "a.c");
    form_item(form, "b.c");
    form_close(form);
    form_line(form, "Docs", "none");
}

static void the_text_has_a_rule_labels_and_a_tree(void **state)
{
    struct scope scope;
    struct form form;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    write_report(&form, &scope);
    assert_string_equal(form.text.data, "FIX COMPLETE\n"
                                        "============\n"
                                        "Root Cause: a \"quote\" and 7\n"
                                        "Request:\n"
                                        "  Params:\n"
                                        "    min_price: query\n"
                                        "  Body:\n"
                                        "    none\n"
                                        "Files Created/Modified:\n"
                                        "  a.c\n"
                                        "  b.c\n"
                                        "Docs:       none\n");
    scope_end(&scope);
}

static const char *at(struct json_object *json, const char *pointer)
{
    struct json_object *value = NULL;

    assert_int_equal(json_pointer_get(json, pointer, &value), 0);
    return json_object_get_string(value);
}

static void the_json_says_the_same(void **state)
{
    struct json_object *json;
    struct scope scope;
    struct form form;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    write_report(&form, &scope);
    buffer_add_text(&form.json, "}");
    assert_true(json_parse(&scope, form.json.data, form.json.length, &json));
    assert_string_equal(at(json, "/report"), "FIX COMPLETE");
    assert_string_equal(at(json, "/root_cause"), "a \"quote\" and 7");
    assert_string_equal(at(json, "/request/params/min_price"), "query");
    assert_string_equal(at(json, "/request/body"), "{ }");
    assert_string_equal(at(json, "/files_created_modified/1"), "b.c");
    assert_string_equal(at(json, "/docs"), "none");
    scope_end(&scope);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_has_a_rule_labels_and_a_tree),
        cmocka_unit_test(the_json_says_the_same),
    };

    return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
