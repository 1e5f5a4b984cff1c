/* api_shape.c - an answer's data compared with the columns that the route's row promises */
#include "api_parts.h"

#include "keel/core/clock.h"
#include "keel/core/text.h"
#include "keel/model/list.h"

#include <json-c/json.h>
#include <string.h>

void api_check_members(struct json_object *object, const char *names)
{
    int count = 0;

    assert_true(json_object_is_type(object, json_type_object));
    for (const char *at = names; *at; count++) {
        char name[64] = "";
        size_t length = strcspn(at, " ");

        assert_true(length < sizeof name);
        memcpy(name, at, length);
        if (!json_object_object_get_ex(object, name, NULL))
            unit_fail("there is no %s in %s", name, json_object_to_json_string(object));
        at += length;
        at += strspn(at, " ");
    }
    if (json_object_object_length(object) != count)
        unit_fail("there is more than %s in %s", names, json_object_to_json_string(object));
}

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    if (!json_object_object_get_ex(object, name, &value))
        unit_fail("there is no %s in %s", name, json_object_to_json_string(object));
    return value;
}

/* What a request said of the fields of a row: `fields` and `include`, as sent; NULL: nothing. */
struct wish {
    const char *fields, *include;
};

static const struct wish no_wish = {NULL, NULL};

static void check_object(const struct model *model, const struct wish *wish,
                         struct json_object *object);

static bool is_time(struct json_object *value)
{
    const char *text = json_object_get_string(value);
    size_t length = strlen(text);
    int64_t us;

    return json_object_is_type(value, json_type_string) && length >= 20 &&
           text[length - 1] == 'Z' && clock_parse(text, length, &us);
}

static bool is_decimal(const struct column *column, struct json_object *value)
{
    const char *text = json_object_to_json_string(value);

    return (json_object_is_type(value, json_type_double) ||
            json_object_is_type(value, json_type_int)) &&
           text_is_decimal(text, strlen(text), column->scale);
}

static bool is_json(const struct column *column, struct json_object *value)
{
    bool is_object = column->example && *column->example == '{';

    if (!column->nested)
        return json_object_is_type(value, is_object ? json_type_object : json_type_array);
    check_object(column->nested, &no_wish, value);
    return true;
}

static bool has_kind(const struct column *column, struct json_object *value)
{
    if (!value)
        return column->nullable;
    switch (column->kind) {
    case KIND_INT:
        return json_object_is_type(value, json_type_int);
    case KIND_TEXT:
        return json_object_is_type(value, json_type_string);
    case KIND_DECIMAL:
        return is_decimal(column, value);
    case KIND_BOOL:
        return json_object_is_type(value, json_type_boolean);
    case KIND_TIME:
        return is_time(value);
    case KIND_JSON:
        return is_json(column, value);
    case KIND_TEXTS:
        return json_object_is_type(value, json_type_array);
    }
    return false;
}

/* Claim: the list, which ends where a parameter does, has this name. */
static bool has_name(const char *list, const char *name, size_t length)
{
    size_t size;

    for (; list; list = list[size] == ',' ? list + size + 1 : NULL) {
        size = strcspn(list, ",&#");
        if (size == length && strncmp(list, name, length) == 0)
            return true;
    }
    return false;
}

static bool is_expected(const struct column *column, const struct wish *wish)
{
    size_t length = strlen(column->name);

    if (!(column->uses & READ))
        return false;
    if (column->uses & ASKED)
        return has_name(wish->include, column->name, length);
    return !wish->fields || has_name(wish->fields, column->name, length);
}

/* Claim: the row that the column points to was asked for; it is there then, or null. */
static bool check_included(const struct column *column, const struct wish *wish,
                           struct json_object *object)
{
    size_t length = column->references ? strlen(column->name) - strlen("_id") : 0;
    char name[64] = "";

    if (!length || !has_name(wish->include, column->name, length))
        return false;
    assert_true(length < sizeof name);
    memcpy(name, column->name, length);
    struct json_object *other = member(object, name);

    if (other)
        check_object(column->references, &no_wish, other);
    return true;
}

static void check_object(const struct model *model, const struct wish *wish,
                         struct json_object *object)
{
    int count = 0;

    assert_true(json_object_is_type(object, json_type_object));
    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        count += check_included(column, wish, object);
        if (!is_expected(column, wish))
            continue;
        count++;
        if (!has_kind(column, member(object, column->name)))
            unit_fail("%s is of another kind in %s", column->name,
                      json_object_to_json_string(object));
    }
    if (json_object_object_length(object) != count)
        unit_fail("more than the columns of %s in %s", model->name,
                  json_object_to_json_string(object));
}

static int64_t number(struct json_object *object, const char *name)
{
    struct json_object *value = member(object, name);

    assert_true(json_object_is_type(value, json_type_int));
    return json_object_get_int64(value);
}

/* A total that was not to be counted is null, and so is the number of pages. */
static void check_total(struct json_object *pagination, int64_t rows)
{
    bool is_exact = json_object_get_boolean(member(pagination, "total_is_exact"));
    int64_t per_page = number(pagination, "per_page");

    assert_true(json_object_is_type(member(pagination, "total_is_exact"), json_type_boolean));
    if (!member(pagination, "total")) {
        assert_null(member(pagination, "pages"));
        assert_false(is_exact);
        return;
    }
    int64_t total = number(pagination, "total");

    assert_true(total >= 0 && (rows <= total || !is_exact));
    assert_int_equal(number(pagination, "pages"), (total + per_page - 1) / per_page);
}

static void check_pagination(struct json_object *pagination, int64_t rows)
{
    api_check_members(pagination, "page per_page total total_is_exact pages next_cursor");
    struct json_object *cursor = member(pagination, "next_cursor");
    int64_t per_page = number(pagination, "per_page");

    assert_true(per_page >= 1 && per_page <= LIST_PER_PAGE_MAX && rows <= per_page);
    check_total(pagination, rows);
    assert_true(!cursor || json_object_is_type(cursor, json_type_string));
    /* A list that goes on by cursor has no number of its page. */
    if (member(pagination, "page"))
        assert_true(number(pagination, "page") >= 1);
}

static void check_list(const struct model *model, const struct wish *wish, struct json_object *data)
{
    assert_true(json_object_is_type(data, json_type_object));
    assert_int_equal(json_object_object_length(data), 2);
    struct json_object *rows = member(data, model->plural);

    assert_true(json_object_is_type(rows, json_type_array));
    for (size_t i = 0; i < json_object_array_length(rows); i++)
        check_object(model, wish, json_object_array_get_idx(rows, i));
    check_pagination(member(data, "pagination"), (int64_t)json_object_array_length(rows));
}

static void check_whole(const struct model *model, struct json_object *data)
{
    struct json_object *rows = member(data, model->plural);

    assert_int_equal(json_object_object_length(data), 1);
    assert_true(json_object_is_type(rows, json_type_array));
    for (size_t i = 0; i < json_object_array_length(rows); i++)
        check_object(model, &no_wish, json_object_array_get_idx(rows, i));
}

/* What became of each operation, and their numbers by kind. */
static void check_bulk(const struct model *model, struct json_object *data)
{
    bool has_version = model_find(model, "version") != NULL;
    struct json_object *results = member(data, "results");
    int64_t counts[] = {[BULK_CREATE] = 0, [BULK_UPDATE] = 0, [BULK_DELETE] = 0};

    api_check_members(data, "created updated deleted results");
    for (size_t i = 0; i < json_object_array_length(results); i++) {
        struct json_object *result = json_object_array_get_idx(results, i);
        const char *op = json_object_get_string(member(result, "op"));
        enum bulk_kind kind = BULK_DELETE;

        api_check_members(result, has_version ? "op id version" : "op id");
        while (kind <= BULK_CREATE && strcmp(op, bulk_kind_name(kind)) != 0)
            kind++;
        assert_true(kind <= BULK_CREATE);
        counts[kind]++;
        assert_true(number(result, "id") >= 1);
        if (has_version)
            assert_true(number(result, "version") >= 1);
    }
    assert_int_equal(number(data, "created"), counts[BULK_CREATE]);
    assert_int_equal(number(data, "updated"), counts[BULK_UPDATE]);
    assert_int_equal(number(data, "deleted"), counts[BULK_DELETE]);
}

/* The value of a parameter in a target; it goes on to the target's end. */
static const char *find_parameter(const char *target, const char *name)
{
    for (const char *at = strchr(target, '?'); at; at = strchr(at, '&')) {
        at++;
        if (strncmp(at, name, strlen(name)) == 0)
            return at + strlen(name);
    }
    return NULL;
}

void api_check_data(const struct route *route, const char *target, struct json_object *data)
{
    const struct wish wish = {find_parameter(target, "fields="),
                              find_parameter(target, "include=")};

    if (route->flags & ROUTE_BULK)
        check_bulk(route->body.model, data);
    else if (!route->reply.model)
        assert_null(data);
    else if (route->reply.use & LIST)
        check_list(route->reply.model, &wish, data);
    else if (route->reply.use & WHOLE)
        check_whole(route->reply.model, data);
    else
        check_object(route->reply.model, &wish, data);
}
