/* contract_values.c - what two schemas say of a value: type, format, bounds, choices */
#include "contract_parts.h"

#include <string.h>

/* As written; of nothing "none". */
static const char *shown(struct json_object *value)
{
    return value ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                             JSON_C_TO_STRING_NOSLASHESCAPE)
                 : "none";
}

/* "maximum 10 -> 5", behind "field price: " where there is a subject. */
static void add_change(struct comparing *comparing, bool breaks, const char *subject,
                       const char *keyword, struct json_object *older, struct json_object *newer)
{
    contract_add(comparing, CHANGE_CHANGED, breaks, "%s%s%s %s -> %s", subject,
                 *subject ? ": " : "", keyword, shown(older), shown(newer));
}

static bool same(struct json_object *a, struct json_object *b)
{
    return a == b || (a && b && json_object_equal(a, b));
}

/* Claim: a value of the one is also one of the other, which is a text or an array of them. */
static bool has_type(struct json_object *types, const char *type)
{
    if (json_object_is_type(types, json_type_string))
        return strcmp(json_object_get_string(types), type) == 0 ||
               (strcmp(type, "integer") == 0 &&
                strcmp(json_object_get_string(types), "number") == 0);
    if (!json_object_is_type(types, json_type_array))
        return false;
    for (size_t i = 0; i < json_object_array_length(types); i++) {
        if (has_type(json_object_array_get_idx(types, i), type))
            return true;
    }
    return false;
}

/* Claim: whatever has a type of `types` has one of `others`. Without types anything goes. */
static bool is_part(struct json_object *types, struct json_object *others)
{
    if (!others)
        return true;
    if (!types)
        return false;
    if (json_object_is_type(types, json_type_string))
        return has_type(others, json_object_get_string(types));
    if (!json_object_is_type(types, json_type_array))
        return false;
    for (size_t i = 0; i < json_object_array_length(types); i++) {
        if (!is_part(json_object_array_get_idx(types, i), others))
            return false;
    }
    return true;
}

static void compare_type(struct comparing *comparing, struct json_object *older,
                         struct json_object *newer, unsigned directions, const char *subject)
{
    struct json_object *before = contract_member(older, "type");
    struct json_object *after = contract_member(newer, "type");
    bool breaks = (directions & SENT && !is_part(before, after)) ||
                  (directions & READ_BACK && !is_part(after, before));

    if (!same(before, after))
        add_change(comparing, breaks, subject, "type", before, after);
}

/* A format is as much of a promise as a type. */
static void compare_format(struct comparing *comparing, struct json_object *older,
                           struct json_object *newer, unsigned directions, const char *subject)
{
    struct json_object *before = contract_member(older, "format");
    struct json_object *after = contract_member(newer, "format");
    bool breaks = (directions & SENT && after) || (directions & READ_BACK && before);

    if (!same(before, after))
        add_change(comparing, breaks, subject, "format", before, after);
}

/* Claim: the newer bound lets less through than the older one. */
static bool is_narrower(bool is_upper, struct json_object *older, struct json_object *newer)
{
    if (!older || !newer)
        return newer != NULL;
    double before = json_object_get_double(older), after = json_object_get_double(newer);

    return is_upper ? after < before : after > before;
}

/* What an answer's values stay within is no promise that a client can be broken by. */
static void compare_bounds(struct comparing *comparing, struct json_object *older,
                           struct json_object *newer, unsigned directions, const char *subject)
{
    static const struct {
        const char *keyword;
        bool is_upper;
    } bounds[] = {
        {"minimum", false},  {"maximum", true},   {"minLength", false},
        {"maxLength", true}, {"minItems", false}, {"maxItems", true},
    };

    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        struct json_object *before = contract_member(older, bounds[i].keyword);
        struct json_object *after = contract_member(newer, bounds[i].keyword);

        if (!same(before, after))
            add_change(comparing,
                       directions & SENT && is_narrower(bounds[i].is_upper, before, after), subject,
                       bounds[i].keyword, before, after);
    }
}

/* Whether one pattern lets less through than another, nobody can tell: another one breaks. */
static void compare_others(struct comparing *comparing, struct json_object *older,
                           struct json_object *newer, unsigned directions, const char *subject)
{
    static const struct {
        const char *keyword;
        bool narrows; /* where it is new or another one */
    } others[] = {
        {"pattern", true},  {"multipleOf", true},           {"uniqueItems", true},
        {"default", false}, {"additionalProperties", true},
    };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct json_object *before = contract_member(older, others[i].keyword);
        struct json_object *after = contract_member(newer, others[i].keyword);

        if (!same(before, after))
            add_change(comparing, others[i].narrows && after && directions & SENT, subject,
                       others[i].keyword, before, after);
    }
}

static bool is_choice(struct json_object *choices, struct json_object *value)
{
    for (size_t i = 0; i < json_object_array_length(choices); i++) {
        if (same(json_object_array_get_idx(choices, i), value))
            return true;
    }
    return false;
}

/* The choices of `from` that `to` does not have. */
static void add_choices(struct comparing *comparing, enum change_kind kind, bool breaks,
                        const char *subject, struct json_object *from, struct json_object *to)
{
    for (size_t i = 0; i < json_object_array_length(from); i++) {
        struct json_object *value = json_object_array_get_idx(from, i);

        if (!is_choice(to, value))
            contract_add(comparing, kind, breaks, "%s%svalue %s", subject, *subject ? ": " : "",
                         shown(value));
    }
}

/* New values in answers are to be expected (the document says so). */
static void compare_choices(struct comparing *comparing, struct json_object *older,
                            struct json_object *newer, unsigned directions, const char *subject)
{
    struct json_object *before = contract_array(older, "enum");
    struct json_object *after = contract_array(newer, "enum");
    struct json_object *fixed_before = contract_member(older, "const");
    struct json_object *fixed_after = contract_member(newer, "const");

    if (before && after) {
        add_choices(comparing, CHANGE_REMOVED, directions & SENT, subject, before, after);
        add_choices(comparing, CHANGE_ADDED, false, subject, after, before);
    } else if (before != after) {
        add_change(comparing, after && directions & SENT, subject, "values", before, after);
    }
    if (!same(fixed_before, fixed_after))
        add_change(comparing, fixed_before || directions & SENT, subject, "value", fixed_before,
                   fixed_after);
}

void contract_compare_values(struct comparing *comparing, struct json_object *older,
                             struct json_object *newer, unsigned directions, const char *subject)
{
    compare_type(comparing, older, newer, directions, subject);
    compare_format(comparing, older, newer, directions, subject);
    compare_bounds(comparing, older, newer, directions, subject);
    compare_others(comparing, older, newer, directions, subject);
    compare_choices(comparing, older, newer, directions, subject);
}
