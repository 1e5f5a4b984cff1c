/* contract_schema.c - two schemas, member by member */
#include "contract_parts.h"

#include <string.h>

/* Schemas that are being compared, the innermost first: one may hold itself. */
struct pair {
    struct json_object *older, *newer;
    const struct pair *outside;
};

/* Both sides of one comparison. */
struct sides {
    struct json_object *older, *newer;
    unsigned directions;
    const struct pair *outside;
};

static void compare(struct comparing *comparing, struct sides sides, const char *subject);

static bool is_inside_itself(const struct sides *sides)
{
    for (const struct pair *pair = sides->outside; pair; pair = pair->outside) {
        if (pair->older == sides->older && pair->newer == sides->newer)
            return true;
    }
    return false;
}

/* "field price" of "" or "the body", "field data.price" of "field data". */
static const char *member_subject(struct comparing *comparing, const char *subject,
                                  const char *name)
{
    bool nested = strncmp(subject, "field ", 6) == 0;
    const char *text = scope_format(comparing->scope, nested ? "%s.%s" : "%sfield %s",
                                    nested ? subject : "", name);

    comparing->failed = comparing->failed || !text;
    return text ? text : "";
}

static bool is_required(struct json_object *schema, const char *name)
{
    struct json_object *required = contract_array(schema, "required");

    for (size_t i = 0; i < contract_length(required); i++) {
        const char *other = json_object_get_string(json_object_array_get_idx(required, i));

        if (other && strcmp(other, name) == 0)
            return true;
    }
    return false;
}

static void compare_required(struct comparing *comparing, const struct sides *sides,
                             const char *name, const char *subject)
{
    bool before = is_required(sides->older, name), after = is_required(sides->newer, name);

    if (!before && after)
        contract_add(comparing, CHANGE_CHANGED, sides->directions & SENT, "%s: is required now",
                     subject);
    if (before && !after)
        contract_add(comparing, CHANGE_CHANGED, sides->directions & READ_BACK,
                     "%s: is not required any more", subject);
}

static void compare_property(struct comparing *comparing, const struct sides *sides,
                             const char *subject, const char *name)
{
    struct json_object *before = contract_member(contract_member(sides->older, "properties"), name);
    struct json_object *after = contract_member(contract_member(sides->newer, "properties"), name);
    const struct pair here = {sides->older, sides->newer, sides->outside};
    const char *member = member_subject(comparing, subject, name);
    bool must = is_required(sides->newer, name);

    if (!after) {
        contract_add(comparing, CHANGE_REMOVED, true, "%s", member);
    } else if (!before) {
        contract_add(comparing, CHANGE_ADDED, must && sides->directions & SENT, "%s%s", member,
                     must && sides->directions & SENT ? ", required" : "");
    } else {
        compare_required(comparing, sides, name, member);
        compare(comparing, (struct sides){before, after, sides->directions, &here}, member);
    }
}

static void compare_properties(struct comparing *comparing, const struct sides *sides,
                               const char *subject)
{
    struct json_object *older = contract_object(sides->older, "properties");
    struct json_object *newer = contract_object(sides->newer, "properties");

    if (older) {
        json_object_object_foreach(older, name, before)
        {
            (void)before;
            compare_property(comparing, sides, subject, name);
        }
    }
    if (newer) {
        json_object_object_foreach(newer, fresh, after)
        {
            (void)after;
            if (!contract_member(older, fresh))
                compare_property(comparing, sides, subject, fresh);
        }
    }
}

static void compare_items(struct comparing *comparing, const struct sides *sides,
                          const char *subject)
{
    struct json_object *before = contract_member(sides->older, "items");
    struct json_object *after = contract_member(sides->newer, "items");
    const struct pair here = {sides->older, sides->newer, sides->outside};
    const char *elements = scope_format(comparing->scope, "%s[]", subject);

    if (!elements)
        comparing->failed = true;
    else if (before || after)
        compare(comparing, (struct sides){before, after, sides->directions, &here}, elements);
}

/* Alternatives are compared in their order; fewer are a narrowing, more a widening. */
static void compare_alternatives(struct comparing *comparing, const struct sides *sides,
                                 const char *keyword, const char *subject)
{
    struct json_object *older = contract_array(sides->older, keyword);
    struct json_object *newer = contract_array(sides->newer, keyword);
    const struct pair here = {sides->older, sides->newer, sides->outside};
    size_t before = contract_length(older);
    size_t after = contract_length(newer);

    for (size_t i = 0; i < before && i < after; i++)
        compare(comparing,
                (struct sides){json_object_array_get_idx(older, i),
                               json_object_array_get_idx(newer, i), sides->directions, &here},
                subject);
    if (after < before)
        contract_add(comparing, CHANGE_REMOVED, !after || sides->directions & SENT,
                     "%s: an alternative", subject);
    if (after > before)
        contract_add(comparing, CHANGE_ADDED, !before || sides->directions & READ_BACK,
                     "%s: an alternative", subject);
}

static void compare(struct comparing *comparing, struct sides sides, const char *subject)
{
    if (contract_same_reference(sides.older, sides.newer))
        return;
    sides.older = contract_resolve(comparing->older, sides.older);
    sides.newer = contract_resolve(comparing->newer, sides.newer);
    if (is_inside_itself(&sides))
        return;
    contract_compare_values(comparing, sides.older, sides.newer, sides.directions, subject);
    compare_properties(comparing, &sides, subject);
    compare_items(comparing, &sides, subject);
    compare_alternatives(comparing, &sides, "oneOf", subject);
    compare_alternatives(comparing, &sides, "anyOf", subject);
}

void contract_compare_schema(struct comparing *comparing, struct json_object *older,
                             struct json_object *newer, unsigned directions, const char *subject)
{
    compare(comparing, (struct sides){older, newer, directions, NULL}, subject);
}
