/* json_parse.c - strict JSON into json-c's tree */
#include "json_scan.h"
#include "keel/core/json.h"

#include <json-c/json.h>
#include <json-c/json_object_iterator.h>
#include <limits.h>

static void dispose_value(void *value)
{
    json_object_put(value);
}

/* Adds up what the tree holds, to be compared with what the text had. */
static void count_values(struct json_object *value, struct json_facts *found)
{
    if (json_object_is_type(value, json_type_array)) {
        size_t length = json_object_array_length(value);

        found->elements += length;
        for (size_t i = 0; i < length; i++)
            count_values(json_object_array_get_idx(value, i), found);
    } else if (json_object_is_type(value, json_type_object)) {
        struct json_object_iterator at = json_object_iter_begin(value);
        struct json_object_iterator end = json_object_iter_end(value);

        found->members += (size_t)json_object_object_length(value);
        for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
            count_values(json_object_iter_peek_value(&at), found);
    }
}

/*
 * json-c keeps the last of duplicate keys without a word, so that its tree has fewer members than
 * the text. It is as silent when there is no memory for an array's next element: then elements are
 * missing.
 */
static bool check_complete(struct scope *scope, struct json_object *value,
                           const struct json_facts *facts)
{
    struct json_facts found = {0};

    count_values(value, &found);
    if (found.elements != facts->elements)
        return fail_memory(scope);
    if (found.members != facts->members)
        return fail(scope, ERR_MALFORMED, "Not valid JSON: an object has the same key twice");
    return true;
}

/* `text` was scanned, so the only reason left to refuse it is lack of memory. */
static bool build_tree(struct scope *scope, struct json_tokener *tokener, const char *text,
                       size_t length, struct json_object **value)
{
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    *value = json_tokener_parse_ex(tokener, text, (int)length);
    /* A number at the end could go on: a NUL says that it does not. */
    if (json_tokener_get_error(tokener) == json_tokener_continue)
        *value = json_tokener_parse_ex(tokener, "", 1);
    if (json_tokener_get_error(tokener) != json_tokener_success)
        return fail_memory(scope);
    /* JSON null is no object of json-c's. */
    return !*value || arena_defer(&scope->arena, dispose_value, *value) || fail_memory(scope);
}

bool json_parse(struct scope *scope, const char *text, size_t length, struct json_object **value)
{
    struct json_facts facts;

    /* json-c counts in int. */
    if (length > INT_MAX)
        return fail(scope, ERR_TOO_LARGE, "The JSON text is too long");
    if (!json_scan(text, length, &facts))
        return fail(scope, ERR_MALFORMED, "Not valid JSON: %s (byte %zu)", facts.problem, facts.at);
    /* json-c counts the value inside the innermost container as one level more. */
    struct json_tokener *tokener = json_tokener_new_ex(JSON_MAX_DEPTH + 1);

    if (!tokener)
        return fail_memory(scope);
    bool built = build_tree(scope, tokener, text + facts.start, facts.end - facts.start, value);

    json_tokener_free(tokener);
    return built && check_complete(scope, *value, &facts);
}
