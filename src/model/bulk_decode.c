/* bulk_decode.c - the operations of a bulk call, checked one by one */
#include "keel/model/bulk.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for "operations[999].data" and its NUL. */
#define PLACE_SIZE 48

/* What each kind is made of; `use` is what its data is checked as. */
static const struct {
    const char *name;
    unsigned use;
    bool has_id, has_data;
} kinds[] = {
    [BULK_DELETE] = {"delete", 0, true, false},
    [BULK_UPDATE] = {"update", UPDATE | PARTIAL, true, true},
    [BULK_CREATE] = {"create", CREATE, false, true},
};
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

const char *bulk_kind_name(enum bulk_kind kind)
{
    return kinds[kind].name;
}

static bool decode_kind(struct scope *scope, struct json_object *json, enum bulk_kind *kind)
{
    struct json_object *op;

    if (!json_object_object_get_ex(json, "op", &op))
        return fail_field(scope, "op", "required", "op is required");
    for (size_t i = 0; json_object_is_type(op, json_type_string) && i < KIND_COUNT; i++) {
        if (strcmp(json_object_get_string(op), kinds[i].name) == 0) {
            *kind = (enum bulk_kind)i;
            return true;
        }
    }
    return fail_field(scope, "op", "not_allowed", "op must be create, update or delete");
}

/* Gives the member where its kind has one and it is there; either without the other is an error. */
static bool find_member(struct scope *scope, struct json_object *json, const char *name,
                        enum bulk_kind kind, bool wanted, struct json_object **member)
{
    bool given = json_object_object_get_ex(json, name, member);

    if (wanted && !given)
        return fail_field(scope, name, "required", "%s is required", name);
    if (given && !wanted)
        return fail_field(scope, name, "not_allowed", "%s has no place in a %s", name,
                          kinds[kind].name);
    return given;
}

static void decode_id(struct scope *scope, struct json_object *json,
                      struct bulk_operation *operation)
{
    struct json_object *id;

    if (!find_member(scope, json, "id", operation->kind, kinds[operation->kind].has_id, &id))
        return;
    if (!json_object_is_type(id, json_type_int) || json_object_get_int64(id) < 1)
        fail_field(scope, "id", "not_an_id", "id must be a positive whole number");
    else
        operation->id = json_object_get_int64(id);
}

/* The data is a body in itself, within the operation. */
static void decode_data(struct scope *scope, const struct model *model, struct json_object *json,
                        struct bulk_operation *operation)
{
    const char *outside = scope->within;
    char place[PLACE_SIZE];
    struct json_object *data;

    if (!find_member(scope, json, "data", operation->kind, kinds[operation->kind].has_data, &data))
        return;
    if (!json_object_is_type(data, json_type_object)) {
        fail_field(scope, "data", "not_an_object", "data must be a JSON object");
        return;
    }
    snprintf(place, sizeof place, "%s.data", outside);
    scope->within = place;
    if (input_decode(scope, model, kinds[operation->kind].use, data, &operation->input)) {
        for (size_t i = 0; i < model->column_count; i++) {
            if (operation->input.values[i].state != VALUE_ABSENT)
                operation->columns |= UINT64_C(1) << i;
        }
    }
    scope->within = outside;
}

static void refuse_others(struct scope *scope, struct json_object *json, const char *const *names)
{
    json_object_object_foreach(json, name, member)
    {
        const char *const *known = names;

        (void)member;
        while (*known && strcmp(*known, name) != 0)
            known++;
        if (!*known)
            fail_field(scope, name, "unknown_field", "There is no field %s here", name);
    }
}

static void decode_operation(struct scope *scope, const struct model *model,
                             struct json_object *json, struct bulk_operation *operation)
{
    static const char *const members[] = {"op", "id", "data", NULL};

    refuse_others(scope, json, members);
    if (!decode_kind(scope, json, &operation->kind))
        return;
    decode_id(scope, json, operation);
    decode_data(scope, model, json, operation);
}

static void decode_element(struct scope *scope, const struct model *model, struct json_object *json,
                           struct bulk_operation *operation)
{
    char name[PLACE_SIZE];

    snprintf(name, sizeof name, "operations[%zu]", operation->index);
    if (!json_object_is_type(json, json_type_object)) {
        fail_field(scope, name, "not_an_object", "%s must be a JSON object", name);
        return;
    }
    scope->within = name;
    decode_operation(scope, model, json, operation);
    scope->within = NULL;
}

static int compare_ids(const void *left, const void *right)
{
    const struct bulk_operation *a = *(const struct bulk_operation *const *)left;
    const struct bulk_operation *b = *(const struct bulk_operation *const *)right;

    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* What two operations on one row were to come to, nobody could say. */
static bool check_ids(struct scope *scope, const struct bulk *bulk)
{
    const struct bulk_operation **sorted =
        scope_alloc(scope, bulk->count * sizeof(const struct bulk_operation *));
    char name[PLACE_SIZE];

    if (!sorted)
        return false;
    for (size_t i = 0; i < bulk->count; i++)
        sorted[i] = &bulk->operations[i];
    qsort(sorted, bulk->count, sizeof(const struct bulk_operation *), compare_ids);
    for (size_t i = 1; i < bulk->count; i++) {
        if (!sorted[i]->id || sorted[i]->id != sorted[i - 1]->id)
            continue;
        snprintf(name, sizeof name, "operations[%zu].id", sorted[i]->index);
        fail_field(scope, name, "duplicate", "%s is that of operations[%zu] too", name,
                   sorted[i - 1]->index);
    }
    return scope->error.kind == ERR_NONE;
}

static bool check_list(struct scope *scope, struct json_object *list)
{
    size_t count;

    if (!json_object_is_type(list, json_type_array))
        return fail_field(scope, "operations", "not_an_array", "operations must be a JSON array");
    count = json_object_array_length(list);
    if (count == 0)
        return fail_field(scope, "operations", "too_few", "operations must not be empty");
    return count <= BULK_MAX ||
           fail_field(scope, "operations", "too_many", "operations takes at most %d", BULK_MAX);
}

/* The list, whose elements are yet to be looked at. NULL: failed, recorded. */
static struct json_object *find_list(struct scope *scope, struct json_object *body)
{
    static const char *const members[] = {"operations", NULL};
    struct json_object *list = NULL;

    if (!json_object_is_type(body, json_type_object)) {
        fail_field(scope, "body", "not_an_object", "The body must be a JSON object");
        return NULL;
    }
    refuse_others(scope, body, members);
    if (!json_object_object_get_ex(body, "operations", &list)) {
        fail_field(scope, "operations", "required", "operations is required");
        return NULL;
    }
    return check_list(scope, list) ? list : NULL;
}

bool bulk_decode(struct scope *scope, const struct model *model, struct json_object *body,
                 struct bulk *bulk)
{
    struct json_object *list = find_list(scope, body);

    if (!list)
        return false;
    *bulk = (struct bulk){.model = model, .count = json_object_array_length(list)};
    bulk->operations = scope_alloc(scope, bulk->count * sizeof *bulk->operations);
    if (!bulk->operations)
        return false;
    /* Once as many errors as can be told are found, the rest is not looked at. */
    for (size_t i = 0; i < bulk->count && scope->error.field_count < FIELD_ERROR_MAX; i++) {
        bulk->operations[i].index = i;
        decode_element(scope, model, json_object_array_get_idx(list, i), &bulk->operations[i]);
    }
    return check_ids(scope, bulk);
}
