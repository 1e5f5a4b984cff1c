/* scope_test.c - tests of core/scope */
#include "keel/core/scope.h"

#include "support/faults.h"
#include "support/unit.h"

#include "keel/core/clock.h"

#include <string.h>

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

static void test_begin(void **state)
{
    struct scope *scope = *state;

    assert_int_equal(scope->error.kind, ERR_NONE);
    assert_null(scope->caller);
    assert_int_equal(scope->queries, 0);
    assert_in_range(clock_now_us() - scope->now, 0, 60 * 1000000);
}

static void test_first_error_wins(void **state)
{
    struct scope *scope = *state;

    assert_false(fail(scope, ERR_CONFLICT, "%s is taken", "x@example.com"));
    assert_false(fail(scope, ERR_INTERNAL, "later"));
    assert_false(fail_field(scope, "price", "range", "later"));
    assert_false(scope->short_of_memory);
    assert_false(fail_memory(scope));
    assert_int_equal(scope->error.kind, ERR_CONFLICT);
    assert_string_equal(scope->error.message, "x@example.com is taken");
    assert_null(scope->error.fields);
}

static void test_fields_gather(void **state)
{
    struct scope *scope = *state;
    char name[] = "price";

    assert_false(fail_field(scope, name, "range", "Price is %s", "too small"));
    memset(name, '?', sizeof name - 1);
    assert_false(fail_field(scope, "name", "required", "Name is required"));
    assert_int_equal(scope->error.kind, ERR_VALIDATION);
    assert_string_equal(scope->error.message, "Price is too small");
    const struct field_error *field = scope->error.fields;

    assert_string_equal(field->field, "price");
    assert_string_equal(field->code, "range");
    assert_string_equal(field->message, "Price is too small");
    field = field->next;
    assert_string_equal(field->field, "name");
    assert_null(field->next);
}

static void test_details(void **state)
{
    struct scope *scope = *state;

    fail(scope, ERR_CONFLICT, "no");
    assert_false(fail_detail(scope, "SQLSTATE %d", 23505));
    assert_false(fail_detail(scope, "later"));
    assert_string_equal(scope->error.detail, "SQLSTATE 23505");
}

static void test_memory_error(void **state)
{
    struct scope *scope = *state;

    assert_false(fail_memory(scope));
    assert_int_equal(scope->error.kind, ERR_UNAVAILABLE);
    assert_true(scope->error.retry_after > 0);
    assert_non_null(scope->error.message);
    assert_non_null(scope->error.detail);
    scope_clear_error(scope);
    assert_true(scope->short_of_memory);
}

static void test_clear(void **state)
{
    struct scope *scope = *state;

    fail_field(scope, "name", "required", "Name is required");
    scope_clear_error(scope);
    assert_int_equal(scope->error.kind, ERR_NONE);
    fail_field(scope, "price", "range", "second");
    assert_string_equal(scope->error.fields->field, "price");
    assert_null(scope->error.fields->next);
}

static void test_allocations(void **state)
{
    struct scope *scope = *state;
    int *number = scope_alloc(scope, sizeof *number);

    assert_int_equal(*number, 0);
    assert_string_equal(scope_copy(scope, "abc", 2), "ab");
    assert_string_equal(scope_format(scope, "%d", 5), "5");
    assert_int_equal(scope->error.kind, ERR_NONE);
    assert_null(scope_alloc(scope, SIZE_MAX));
    assert_int_equal(scope->error.kind, ERR_UNAVAILABLE);
}

static void test_bounded(void **state)
{
    struct scope *scope = *state;
    unsigned count = 0;

    for (int i = 0; i < FIELD_ERROR_MAX + 5; i++)
        assert_false(fail_field(scope, "name", "wrong", "number %d", i));
    for (const struct field_error *error = scope->error.fields; error; error = error->next)
        count++;
    assert_int_equal(count, FIELD_ERROR_MAX);
    assert_string_equal(scope->error.last_field->message, "number 99");
    scope_clear_error(scope);
    fail_field(scope, "name", "wrong", "again");
    assert_string_equal(scope->error.fields->message, "again");
}

static void test_within(void **state)
{
    struct scope *scope = *state;

    scope->within = "operations[3].data";
    fail_field(scope, "price", "range", "price is %s", "too small");
    scope->within = NULL;
    fail_field(scope, "other", "range", "other is wrong");
    const struct field_error *field = scope->error.fields;

    assert_string_equal(scope->error.message, "In operations[3].data: price is too small");
    assert_string_equal(field->field, "operations[3].data.price");
    assert_string_equal(field->message, scope->error.message);
    assert_string_equal(field->next->field, "other");
    assert_string_equal(field->next->message, "other is wrong");
}

static void test_part(void **state)
{
    struct scope *scope = *state;
    char part[] = "operations[3]";

    assert_false(fail_within(scope, part));
    assert_int_equal(scope->error.kind, ERR_NONE);
    fail(scope, ERR_NOT_FOUND, "Item not found");
    fail_detail(scope, "kept");
    assert_false(fail_within(scope, part));
    memset(part, '?', sizeof part - 1);
    assert_string_equal(scope->error.part, "operations[3]");
    assert_string_equal(scope->error.message, "In operations[3]: Item not found");
    assert_string_equal(scope->error.detail, "kept");
    /* Fields say more than that. */
    scope_clear_error(scope);
    fail_field(scope, "price", "range", "price is wrong");
    assert_false(fail_within(scope, "operations[4]"));
    assert_null(scope->error.part);
    assert_string_equal(scope->error.message, "price is wrong");
}

static void test_permissions(void **state)
{
    static const char *const granted[] = {"items:write", "users:read"};
    const struct identity identity = {.user_id = 1, .permissions = granted, .permission_count = 2};
    struct scope *scope = *state;

    assert_false(scope_may(scope, "items:write"));
    scope->caller = &identity;
    assert_true(scope_may(scope, "items:write"));
    assert_true(scope_may(scope, "users:read"));
    assert_false(scope_may(scope, "users:write"));
    assert_false(scope_may(scope, "items"));
    assert_false(scope_may(scope, ""));
}

/* Claim: an allocation that fails while an error is recorded still leaves an error. */
static void test_errors_without_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        scope.within = "operations[3]";
        fail_field(&scope, "name", "required", "Name is required");
        faults_stop();
        assert_int_equal(scope.error.kind, faults_hit() ? ERR_UNAVAILABLE : ERR_VALIDATION);
        assert_non_null(scope.error.message);
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

static void test_part_without_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        fail(&scope, ERR_CONFLICT, "Taken");
        fail_within(&scope, "operations[3]");
        faults_stop();
        assert_int_equal(scope.error.kind, faults_hit() ? ERR_UNAVAILABLE : ERR_CONFLICT);
        assert_int_equal(scope.error.part == NULL, faults_hit());
        scope_end(&scope);
    }
    assert_true(faults_count() >= 3);
}

static void test_error_of_a_part(void **state)
{
    struct scope scope, part;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    scope_begin(&part, NULL, NULL, NULL);
    assert_false(fail_as(&scope, &part));
    assert_int_equal(scope.error.kind, ERR_NONE);
    fail(&part, ERR_UNAVAILABLE, "%s", "The row is in use");
    fail_detail(&part, "%s", "55P03");
    part.error.locked = true;
    part.error.retry_after = 2;
    assert_false(fail_as(&scope, &part));
    /* What it says outlives the part. */
    scope_end(&part);
    assert_int_equal(scope.error.kind, ERR_UNAVAILABLE);
    assert_string_equal(scope.error.message, "The row is in use");
    assert_string_equal(scope.error.detail, "55P03");
    assert_true(scope.error.locked && !scope.error.retryable);
    assert_int_equal(scope.error.retry_after, 2);
    assert_false(scope.short_of_memory);
    fail_memory(&part);
    /* The first error wins. */
    fail(&part, ERR_CONFLICT, "%s", "Later");
    assert_false(fail_as(&scope, &part));
    assert_int_equal(scope.error.kind, ERR_UNAVAILABLE);
    assert_true(scope.short_of_memory);
    scope_end(&part);
    scope_end(&scope);
}

static void test_allocations_without_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;

        scope_begin(&scope, NULL, NULL, NULL);
        bool ok = scope_alloc(&scope, 20000) && scope_copy(&scope, "a", 1) &&
                  scope_format(&scope, "%20000d", 1);

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        assert_int_equal(scope.error.kind, faults_hit() ? ERR_UNAVAILABLE : ERR_NONE);
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("a new scope has no error, no caller and the time", test_begin),
        FIXTURE_TEST("the first error wins", test_first_error_wins),
        FIXTURE_TEST("field errors gather in order, the first speaks for all", test_fields_gather),
        FIXTURE_TEST("only so many field errors are kept", test_bounded),
        FIXTURE_TEST("a field within a part of the input is named by its whole path", test_within),
        FIXTURE_TEST("an error without fields can name the part it is about", test_part),
        FIXTURE_TEST("the first detail wins", test_details),
        FIXTURE_TEST("lack of memory asks the caller to try again", test_memory_error),
        FIXTURE_TEST("a cleared error leaves nothing behind", test_clear),
        FIXTURE_TEST("an allocation that fails is an error of the scope", test_allocations),
        FIXTURE_TEST("only the caller's own permissions count, whole names", test_permissions),
        {.name = "an error that has no memory for its text is an error still",
         .test_func = test_errors_without_memory},
        {.name = "an error that has no memory for its part does not blame all of the input",
         .test_func = test_part_without_memory},
        {.name = "the error of a part can be taken over, and outlives it",
         .test_func = test_error_of_a_part},
        {.name = "each allocation of a scope can fail cleanly",
         .test_func = test_allocations_without_memory},
    };

    return cmocka_run_group_tests_name("scope", tests, NULL, NULL);
}
