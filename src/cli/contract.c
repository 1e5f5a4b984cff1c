/* contract.c - two contracts, endpoint by endpoint and component by component */
#include "contract_parts.h"

#include <ctype.h>
#include <json-c/json_pointer.h>
#include <limits.h>
#include <string.h>

/* Deeper than any contract: a schema's own depth is that of its objects in each other. */
#define DEPTH_MAX 128

static const char *const methods[] = {"get", "put", "post", "delete", "options", "head", "patch"};
#define METHOD_TOTAL (sizeof methods / sizeof methods[0])

const char *change_name(enum change_kind kind)
{
    static const char *const names[] = {
        [CHANGE_ADDED] = "added", [CHANGE_CHANGED] = "changed", [CHANGE_REMOVED] = "removed"};

    return names[kind];
}

static void dispose(void *value)
{
    json_object_put(value);
}

static bool is_contract(struct json_object *document)
{
    const char *version = contract_text(document, "openapi");

    return version && strncmp(version, "3.", 2) == 0 &&
           json_object_is_type(contract_member(document, "paths"), json_type_object);
}

bool contract_parse(struct scope *scope, const char *name, const char *text, size_t length,
                    struct json_object **document)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);

    if (!tokener)
        return fail_memory(scope);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    *document = length < INT_MAX ? json_tokener_parse_ex(tokener, text, (int)length) : NULL;
    json_tokener_free(tokener);
    if (*document && !arena_defer(&scope->arena, dispose, *document))
        return fail_memory(scope);
    return is_contract(*document) ||
           fail(scope, ERR_MALFORMED, "%s is no OpenAPI 3 document in JSON.", name);
}

struct json_object *contract_member(struct json_object *object, const char *name)
{
    struct json_object *member = NULL;

    if (json_object_is_type(object, json_type_object))
        json_object_object_get_ex(object, name, &member);
    return member;
}

static struct json_object *member_of(struct json_object *object, const char *name,
                                     enum json_type type)
{
    struct json_object *member = contract_member(object, name);

    return json_object_is_type(member, type) ? member : NULL;
}

struct json_object *contract_object(struct json_object *object, const char *name)
{
    return member_of(object, name, json_type_object);
}

struct json_object *contract_array(struct json_object *object, const char *name)
{
    return member_of(object, name, json_type_array);
}

size_t contract_length(struct json_object *array)
{
    return array ? json_object_array_length(array) : 0;
}

const char *contract_text(struct json_object *object, const char *name)
{
    struct json_object *member = contract_member(object, name);

    return json_object_is_type(member, json_type_string) ? json_object_get_string(member) : NULL;
}

bool contract_flag(struct json_object *object, const char *name)
{
    struct json_object *member = contract_member(object, name);

    return json_object_is_type(member, json_type_boolean) && json_object_get_boolean(member);
}

struct json_object *contract_resolve(struct json_object *document, struct json_object *value)
{
    const char *reference = contract_text(value, "$ref");
    struct json_object *target = NULL;

    if (!reference || *reference != '#')
        return value;
    return json_pointer_get(document, reference + 1, &target) == 0 ? target : NULL;
}

bool contract_same_reference(struct json_object *older, struct json_object *newer)
{
    const char *a = contract_text(older, "$ref"), *b = contract_text(newer, "$ref");

    return a && b && strcmp(a, b) == 0;
}

static bool make_room(struct scope *scope, struct changes *changes)
{
    size_t size = sizeof *changes->list;
    size_t wanted = changes->capacity ? 2 * changes->capacity : 32;

    if (changes->count < changes->capacity)
        return true;
    void *list = arena_grow(&scope->arena, changes->list, changes->capacity * size, wanted * size);

    if (!list)
        return fail_memory(scope);
    changes->list = list;
    changes->capacity = wanted;
    return true;
}

void contract_add(struct comparing *comparing, enum change_kind kind, bool breaks,
                  const char *format, ...)
{
    struct changes *changes = comparing->changes;
    va_list arguments;

    va_start(arguments, format);
    const char *what = arena_vformat(&comparing->scope->arena, format, arguments);

    va_end(arguments);
    if (!what || !make_room(comparing->scope, changes)) {
        comparing->failed = true;
        return;
    }
    changes->list[changes->count++] = (struct change){kind, breaks, comparing->place, what};
    changes->breaking += breaks;
}

/* "GET /items" */
static void enter(struct comparing *comparing, const char *method, const char *path)
{
    char upper[16] = "";

    for (size_t i = 0; i < sizeof upper - 1 && method[i]; i++)
        upper[i] = (char)toupper((unsigned char)method[i]);
    comparing->place = scope_format(comparing->scope, "%s %s", upper, path);
    comparing->failed = comparing->failed || !comparing->place;
}

static void compare_path(struct comparing *comparing, const char *path)
{
    struct json_object *older = contract_member(contract_member(comparing->older, "paths"), path);
    struct json_object *newer = contract_member(contract_member(comparing->newer, "paths"), path);

    for (size_t i = 0; i < METHOD_TOTAL; i++) {
        struct json_object *before = contract_member(older, methods[i]);
        struct json_object *after = contract_member(newer, methods[i]);

        enter(comparing, methods[i], path);
        if (before && after)
            contract_compare_operation(comparing, before, after);
        else if (before)
            contract_add(comparing, CHANGE_REMOVED, true, "%s", "");
        else if (after)
            contract_add(comparing, CHANGE_ADDED, false, "%s", "");
    }
}

static void compare_paths(struct comparing *comparing)
{
    struct json_object *older = contract_object(comparing->older, "paths");

    json_object_object_foreach(older, path, item)
    {
        (void)item;
        compare_path(comparing, path);
    }
    json_object_object_foreach(contract_object(comparing->newer, "paths"), fresh, other)
    {
        (void)other;
        if (!contract_member(older, fresh))
            compare_path(comparing, fresh);
    }
}

/* Schemas that both have. One that came or went shows where it is used. */
static void compare_schemas(struct comparing *comparing, const struct usages *before_usages,
                            const struct usages *after_usages)
{
    struct json_object *older =
        contract_object(contract_member(comparing->older, "components"), "schemas");
    struct json_object *newer =
        contract_object(contract_member(comparing->newer, "components"), "schemas");

    if (!older || !newer)
        return;
    json_object_object_foreach(older, name, before)
    {
        struct json_object *after = contract_member(newer, name);
        const char *reference = scope_format(comparing->scope, "#/components/schemas/%s", name);

        comparing->place = scope_format(comparing->scope, "schema %s", name);
        if (!reference || !comparing->place)
            comparing->failed = true;
        else if (after)
            contract_compare_schema(comparing, before, after,
                                    contract_usage_of(before_usages, reference) |
                                        contract_usage_of(after_usages, reference),
                                    "");
    }
}

/* The answers that several endpoints share. */
static void compare_responses(struct comparing *comparing)
{
    struct json_object *older =
        contract_object(contract_member(comparing->older, "components"), "responses");
    struct json_object *newer =
        contract_object(contract_member(comparing->newer, "components"), "responses");

    if (!older || !newer)
        return;
    json_object_object_foreach(older, name, before)
    {
        struct json_object *after = contract_member(newer, name);

        comparing->place = scope_format(comparing->scope, "answer %s", name);
        comparing->failed = comparing->failed || !comparing->place;
        if (after)
            contract_compare_response(comparing, before, after, "");
    }
}

bool contract_compare(struct scope *scope, struct json_object *older, struct json_object *newer,
                      struct changes *changes)
{
    struct comparing comparing = {
        .scope = scope, .older = older, .newer = newer, .changes = changes};
    struct usages before = {0}, after = {0};

    if (!contract_find_usages(scope, older, &before) || !contract_find_usages(scope, newer, &after))
        return false;
    compare_paths(&comparing);
    compare_responses(&comparing);
    compare_schemas(&comparing, &before, &after);
    return !comparing.failed || fail_memory(scope);
}
