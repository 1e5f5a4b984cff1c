/* contract_usage.c - which components a contract's requests need, and which its answers */
#include "contract_parts.h"

#include <string.h>

struct walk {
    struct scope *scope;
    struct json_object *document;
    struct usages *usages;
};

unsigned contract_usage_of(const struct usages *usages, const char *name)
{
    for (size_t i = 0; i < usages->count; i++) {
        if (strcmp(usages->list[i].name, name) == 0)
            return usages->list[i].directions;
    }
    return 0;
}

/* Its entry, made where there is none yet; NULL when there is no memory. */
static struct usage *find_or_add(struct walk *walk, const char *name)
{
    struct usages *usages = walk->usages;
    size_t size = sizeof *usages->list;

    for (size_t i = 0; i < usages->count; i++) {
        if (strcmp(usages->list[i].name, name) == 0)
            return &usages->list[i];
    }
    if (usages->count == usages->capacity) {
        size_t wanted = usages->capacity ? 2 * usages->capacity : 32;
        void *list =
            arena_grow(&walk->scope->arena, usages->list, usages->capacity * size, wanted * size);

        if (!list) {
            fail_memory(walk->scope);
            return NULL;
        }
        usages->list = list;
        usages->capacity = wanted;
    }
    usages->list[usages->count] = (struct usage){.name = name};
    return &usages->list[usages->count++];
}

static bool mark(struct walk *walk, struct json_object *value, unsigned direction);

/* A component that is known already leads nowhere new. */
static bool mark_reference(struct walk *walk, const char *reference, struct json_object *value,
                           unsigned direction)
{
    struct usage *usage = find_or_add(walk, reference);

    if (!usage)
        return false;
    if (usage->directions & direction)
        return true;
    usage->directions |= direction;
    return mark(walk, contract_resolve(walk->document, value), direction);
}

static bool mark(struct walk *walk, struct json_object *value, unsigned direction)
{
    const char *reference = contract_text(value, "$ref");

    if (reference)
        return mark_reference(walk, reference, value, direction);
    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            if (!mark(walk, json_object_array_get_idx(value, i), direction))
                return false;
        }
    }
    if (!json_object_is_type(value, json_type_object))
        return true;
    json_object_object_foreach(value, name, member)
    {
        (void)name;
        if (!mark(walk, member, direction))
            return false;
    }
    return true;
}

/* A path's members are its operations, and what they share. */
static bool mark_path(struct walk *walk, struct json_object *path)
{
    json_object_object_foreach(path, name, operation)
    {
        (void)name;
        if (!mark(walk, contract_member(operation, "parameters"), SENT) ||
            !mark(walk, contract_member(operation, "requestBody"), SENT) ||
            !mark(walk, contract_member(operation, "responses"), READ_BACK))
            return false;
    }
    return true;
}

bool contract_find_usages(struct scope *scope, struct json_object *document, struct usages *usages)
{
    struct walk walk = {scope, document, usages};

    json_object_object_foreach(contract_object(document, "paths"), name, path)
    {
        (void)name;
        if (json_object_is_type(path, json_type_object) && !mark_path(&walk, path))
            return false;
    }
    return true;
}
