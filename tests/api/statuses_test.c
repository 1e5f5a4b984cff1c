/* statuses_test.c - what each row of the handler table implies, provoked from its own columns */
#include "support/api_routes.h"

#include <inttypes.h>
#include <string.h>

/* A body of the columns' own examples. */
static const char *example_body(struct api *api, const struct shape *shape)
{
    const char *body = "{";

    for (size_t i = 0; i < shape->model->column_count; i++) {
        const struct column *column = &shape->model->columns[i];

        if (column->uses & shape->use & (CREATE | UPDATE))
            body = api_format(api, "%s%s\"%s\":%s", body, body[1] ? "," : "", column->name,
                              column->example);
    }
    return api_format(api, "%s}", body);
}

static bool has_own_body(const struct route *route)
{
    return route->body.model && !(route->flags & ROUTE_BULK);
}

static void check_missing_row(struct api *api, const struct route *route)
{
    struct api_request request = api_request_to(api, route, api->tokens[API_ADMIN]);

    if (route->flags & ROUTE_BULK)
        request.body = "{\"operations\":[{\"op\":\"delete\",\"id\":" API_NOBODY "}]}";
    else if (strstr(route->path, "{id}") && has_own_body(route))
        request.body = example_body(api, &route->body);
    else
        return;
    api_must_fail(api_send(api, &request), "NOT_FOUND");
}

static void a_right_body_for_a_row_that_is_not_there_is_404(void **state)
{
    api_each_route(*state, check_missing_row);
}

/* Every seed has a row 1, and the account 1. */
static void check_other_version(struct api *api, const struct route *route)
{
    static const char *const variables[] = {"HTTP_IF_MATCH=\"987654321\"", NULL};
    struct api_request request = api_request_to(api, route, api->tokens[API_ADMIN]);

    if (!(route_errors(route) & ERROR_BIT(ERR_PRECONDITION_FAILED)))
        return;
    request.target = api_path(api, route->path, "1");
    request.variables = variables;
    if (has_own_body(route))
        request.body = example_body(api, &route->body);
    api_must_fail(api_send(api, &request), "PRECONDITION_FAILED");
}

static void a_version_that_the_row_does_not_have_is_412(void **state)
{
    api_each_route(*state, check_other_version);
}

static void check_unconditional(struct api *api, const struct route *route)
{
    struct api_request request = api_request_to(api, route, api->tokens[API_ADMIN]);

    if (!(route_errors(route) & ERROR_BIT(ERR_PRECONDITION_REQUIRED)))
        return;
    request.target = api_path(api, route->path, "1");
    if (has_own_body(route))
        request.body = example_body(api, &route->body);
    api->app.config.require_if_match = true;
    api_must_fail(api_send(api, &request), "PRECONDITION_REQUIRED");
    api->app.config.require_if_match = false;
}

static void a_change_without_if_match_is_428_where_the_setting_demands_it(void **state)
{
    api_each_route(*state, check_unconditional);
}

static void check_deleted(struct api *api, const struct route *route)
{
    struct api_request request = api_request_to(api, route, api->tokens[API_VIEWER]);

    if (!route->see_deleted)
        return;
    request.target = api_format(api, "%s?deleted=only", request.target);
    api_must_fail(api_send(api, &request), "FORBIDDEN");
    request.token = NULL;
    api_must_fail(api_send(api, &request), "UNAUTHORIZED");
    request.token = api->tokens[API_EDITOR];
    assert_int_equal(api_send(api, &request)->status, route->success);
}

static void deleted_rows_are_for_those_who_have_the_permission(void **state)
{
    api_each_route(*state, check_deleted);
}

/* One member of a body that the row must refuse with this code, naming it. */
static void refuse(struct api *api, const struct route *route, const struct column *column,
                   const char *value, const char *code)
{
    struct api_request request = api_request_to(api, route, api->tokens[API_ADMIN]);

    request.body = api_format(api, "{\"%s\":%s}", column->name, value);
    api_must_refuse(api_send(api, &request), column->name, code);
}

/* A JSON text of so many letters. */
static const char *text_of(struct api *api, int64_t length)
{
    char *text = arena_alloc(&api->scope.arena, (size_t)length + 3);

    assert_non_null(text);
    memset(text, 'x', (size_t)length + 2);
    text[0] = text[length + 1] = '"';
    return text;
}

static void check_text_limits(struct api *api, const struct route *route,
                              const struct column *column)
{
    bool is_password = column->format && strcmp(column->format, "password") == 0;

    if (column->max > 0 && column->max < api->app.config.max_body_bytes / 2)
        refuse(api, route, column, text_of(api, column->max + 1), "too_long");
    if (column->min > 0)
        refuse(api, route, column, "\"\"", is_password ? "too_short" : "blank");
    if (column->min > 1)
        refuse(api, route, column, text_of(api, column->min - 1), "too_short");
}

static void check_number_limits(struct api *api, const struct route *route,
                                const struct column *column)
{
    bool has_bounds = column->min != 0 || column->max != 0;

    if (has_bounds && column->min > INT64_MIN)
        refuse(api, route, column, api_format(api, "%" PRId64, column->min - 1), "too_small");
    if (has_bounds && column->max < INT64_MAX)
        refuse(api, route, column, api_format(api, "%" PRId64, column->max + 1), "too_large");
    if (column->kind == KIND_DECIMAL)
        refuse(api, route, column, api_format(api, "0.%0*d", (int)column->scale + 1, 1),
               "too_precise");
}

static void check_limits(struct api *api, const struct route *route)
{
    for (size_t i = 0; has_own_body(route) && i < route->body.model->column_count; i++) {
        const struct column *column = &route->body.model->columns[i];

        if (!(column->uses & route->body.use & (CREATE | UPDATE)))
            continue;
        if (column->kind == KIND_TEXT)
            check_text_limits(api, route, column);
        else if (column->kind == KIND_INT || column->kind == KIND_DECIMAL)
            check_number_limits(api, route, column);
    }
}

static void a_value_beyond_the_limits_of_its_column_is_refused_by_name(void **state)
{
    api_each_route(*state, check_limits);
}

static void check_types(struct api *api, const struct route *route)
{
    static const struct {
        enum column_kind kind;
        const char *value, *code;
    } wrong[] = {
        {KIND_TEXT, "7", "not_a_text"},           {KIND_TEXT, "{}", "not_a_text"},
        {KIND_INT, "\"7\"", "not_an_integer"},    {KIND_INT, "7.5", "not_an_integer"},
        {KIND_DECIMAL, "\"7\"", "not_a_number"},  {KIND_BOOL, "1", "not_a_boolean"},
        {KIND_BOOL, "\"true\"", "not_a_boolean"}, {KIND_TIME, "\"yesterday\"", "invalid_time"},
        {KIND_TIME, "7", "not_a_text"},
    };

    for (size_t i = 0; has_own_body(route) && i < route->body.model->column_count; i++) {
        const struct column *column = &route->body.model->columns[i];

        if (!(column->uses & route->body.use & (CREATE | UPDATE)))
            continue;
        for (size_t w = 0; w < COUNT(wrong); w++) {
            if (wrong[w].kind == column->kind)
                refuse(api, route, column, wrong[w].value, wrong[w].code);
        }
        if (!column->nullable)
            refuse(api, route, column, "null", "not_null");
    }
}

static void a_value_of_another_type_is_refused_by_name(void **state)
{
    api_each_route(*state, check_types);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_body_for_a_row_that_is_not_there_is_404),
        cmocka_unit_test(a_version_that_the_row_does_not_have_is_412),
        cmocka_unit_test(a_change_without_if_match_is_428_where_the_setting_demands_it),
        cmocka_unit_test(deleted_rows_are_for_those_who_have_the_permission),
        cmocka_unit_test(a_value_beyond_the_limits_of_its_column_is_refused_by_name),
        cmocka_unit_test(a_value_of_another_type_is_refused_by_name),
    };

    return cmocka_run_group_tests_name("statuses", tests, api_make, api_drop);
}
