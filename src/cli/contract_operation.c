/* contract_operation.c - an endpoint that both contracts have */
#include "contract_parts.h"

#include <string.h>

/* From the loosest on. */
enum right { RIGHT_NONE, RIGHT_SIGNED_IN, RIGHT_PERMISSION };

static bool is_open(struct json_object *security)
{
    size_t count = contract_length(security);

    for (size_t i = 0; i < count; i++) {
        struct json_object *way = json_object_array_get_idx(security, i);

        if (json_object_is_type(way, json_type_object) && json_object_object_length(way) == 0)
            return true;
    }
    return count == 0;
}

static enum right right_of(struct json_object *document, struct json_object *operation)
{
    struct json_object *security = contract_array(operation, "security");

    if (contract_text(operation, "x-permission"))
        return RIGHT_PERMISSION;
    return is_open(security ? security : contract_array(document, "security")) ? RIGHT_NONE
                                                                               : RIGHT_SIGNED_IN;
}

static const char *right_name(enum right right, struct json_object *operation)
{
    switch (right) {
    case RIGHT_NONE:
        return "everybody";
    case RIGHT_SIGNED_IN:
        return "signed in";
    case RIGHT_PERMISSION:
        break;
    }
    return contract_text(operation, "x-permission");
}

static void compare_rights(struct comparing *comparing, struct json_object *older,
                           struct json_object *newer)
{
    enum right before = right_of(comparing->older, older);
    enum right after = right_of(comparing->newer, newer);
    const char *from = right_name(before, older), *to = right_name(after, newer);

    if (before != after || strcmp(from, to) != 0)
        contract_add(comparing, CHANGE_CHANGED, after >= before, "access: %s -> %s", from, to);
}

static void compare_id(struct comparing *comparing, struct json_object *older,
                       struct json_object *newer)
{
    const char *before = contract_text(older, "operationId");
    const char *after = contract_text(newer, "operationId");

    /* Generated clients have functions of these names. */
    if (before && (!after || strcmp(before, after) != 0))
        contract_add(comparing, CHANGE_CHANGED, true, "operationId %s -> %s", before,
                     after ? after : "none");
    if (!contract_flag(older, "deprecated") && contract_flag(newer, "deprecated"))
        contract_add(comparing, CHANGE_CHANGED, false, "is deprecated now");
}

/* The parameter that stands in the same place under the same name. */
static struct json_object *find_parameter(struct json_object *document,
                                          struct json_object *operation, struct json_object *wanted)
{
    struct json_object *list = contract_array(operation, "parameters");
    const char *name = contract_text(wanted, "name"), *in = contract_text(wanted, "in");

    for (size_t i = 0; i < contract_length(list); i++) {
        struct json_object *parameter =
            contract_resolve(document, json_object_array_get_idx(list, i));
        const char *other = contract_text(parameter, "name"),
                   *place = contract_text(parameter, "in");

        if (name && in && other && place && strcmp(name, other) == 0 && strcmp(in, place) == 0)
            return parameter;
    }
    return NULL;
}

static const char *parameter_subject(struct comparing *comparing, struct json_object *parameter)
{
    const char *in = contract_text(parameter, "in"), *name = contract_text(parameter, "name");
    bool is_header = in && strcmp(in, "header") == 0;
    const char *subject = scope_format(
        comparing->scope, "%s %s", is_header ? "request header" : "parameter", name ? name : "?");

    comparing->failed = comparing->failed || !subject;
    return subject ? subject : "";
}

static void compare_parameter(struct comparing *comparing, struct json_object *before,
                              struct json_object *after)
{
    const char *subject = parameter_subject(comparing, before);
    struct json_object *exploded = contract_member(before, "explode");
    struct json_object *explodes = contract_member(after, "explode");

    if (!contract_flag(before, "required") && contract_flag(after, "required"))
        contract_add(comparing, CHANGE_CHANGED, true, "%s: is required now", subject);
    if (contract_flag(before, "required") && !contract_flag(after, "required"))
        contract_add(comparing, CHANGE_CHANGED, false, "%s: is not required any more", subject);
    if (!json_object_equal(exploded, explodes))
        contract_add(comparing, CHANGE_CHANGED, true, "%s: is written in another way", subject);
    contract_compare_schema(comparing, contract_member(before, "schema"),
                            contract_member(after, "schema"), SENT, subject);
}

static void compare_parameters(struct comparing *comparing, struct json_object *older,
                               struct json_object *newer)
{
    struct json_object *before = contract_array(older, "parameters");
    struct json_object *after = contract_array(newer, "parameters");

    for (size_t i = 0; i < contract_length(before); i++) {
        struct json_object *parameter =
            contract_resolve(comparing->older, json_object_array_get_idx(before, i));
        struct json_object *same = find_parameter(comparing->newer, newer, parameter);

        if (same)
            compare_parameter(comparing, parameter, same);
        else
            contract_add(comparing, CHANGE_REMOVED, true, "%s",
                         parameter_subject(comparing, parameter));
    }
    for (size_t i = 0; i < contract_length(after); i++) {
        struct json_object *parameter =
            contract_resolve(comparing->newer, json_object_array_get_idx(after, i));
        bool must = contract_flag(parameter, "required");

        if (!find_parameter(comparing->older, older, parameter))
            contract_add(comparing, CHANGE_ADDED, must, "%s%s",
                         parameter_subject(comparing, parameter), must ? ", required" : "");
    }
}

/* By media type. */
static void compare_content(struct comparing *comparing, struct json_object *older,
                            struct json_object *newer, unsigned directions, const char *subject)
{
    struct json_object *before = contract_object(older, "content");
    struct json_object *after = contract_object(newer, "content");

    if (before) {
        json_object_object_foreach(before, type, content)
        {
            struct json_object *other = contract_member(after, type);

            if (other)
                contract_compare_schema(comparing, contract_member(content, "schema"),
                                        contract_member(other, "schema"), directions, subject);
            else
                contract_add(comparing, CHANGE_REMOVED, true, "%s as %s", subject, type);
        }
    }
    if (after) {
        json_object_object_foreach(after, fresh, other)
        {
            (void)other;
            if (!contract_member(before, fresh))
                contract_add(comparing, CHANGE_ADDED, false, "%s as %s", subject, fresh);
        }
    }
}

static void compare_body(struct comparing *comparing, struct json_object *older,
                         struct json_object *newer)
{
    struct json_object *before =
        contract_resolve(comparing->older, contract_member(older, "requestBody"));
    struct json_object *after =
        contract_resolve(comparing->newer, contract_member(newer, "requestBody"));
    bool must = contract_flag(after, "required");

    if (!before && after)
        contract_add(comparing, CHANGE_ADDED, must, "the body%s", must ? ", required" : "");
    else if (before && !after)
        contract_add(comparing, CHANGE_REMOVED, true, "the body");
    if (!before || !after)
        return;
    if (!contract_flag(before, "required") && must)
        contract_add(comparing, CHANGE_CHANGED, true, "the body: is required now");
    compare_content(comparing, before, after, SENT, "the body");
}

static void compare_headers(struct comparing *comparing, struct json_object *older,
                            struct json_object *newer, const char *subject)
{
    struct json_object *before = contract_object(older, "headers");
    struct json_object *after = contract_object(newer, "headers");
    const char *colon = *subject ? ": " : "";

    if (before) {
        json_object_object_foreach(before, name, header)
        {
            (void)header;
            if (!contract_member(after, name))
                contract_add(comparing, CHANGE_REMOVED, true, "%s%sheader %s", subject, colon,
                             name);
        }
    }
    if (after) {
        json_object_object_foreach(after, fresh, other)
        {
            (void)other;
            if (!contract_member(before, fresh))
                contract_add(comparing, CHANGE_ADDED, false, "%s%sheader %s", subject, colon,
                             fresh);
        }
    }
}

void contract_compare_response(struct comparing *comparing, struct json_object *older,
                               struct json_object *newer, const char *subject)
{
    if (contract_same_reference(older, newer))
        return;
    struct json_object *before = contract_resolve(comparing->older, older);
    struct json_object *after = contract_resolve(comparing->newer, newer);

    compare_headers(comparing, before, after, subject);
    compare_content(comparing, before, after, READ_BACK, subject);
}

static void compare_responses(struct comparing *comparing, struct json_object *older,
                              struct json_object *newer)
{
    struct json_object *before = contract_object(older, "responses");
    struct json_object *after = contract_object(newer, "responses");

    if (!before || !after)
        return;
    json_object_object_foreach(before, status, response)
    {
        struct json_object *other = contract_member(after, status);
        const char *subject = scope_format(comparing->scope, "status %s", status);

        if (!subject)
            comparing->failed = true;
        else if (other)
            contract_compare_response(comparing, response, other, subject);
        else
            /* Nobody can miss an error. */
            contract_add(comparing, CHANGE_REMOVED, *status < '4', "%s", subject);
    }
    json_object_object_foreach(after, fresh, other)
    {
        (void)other;
        if (!contract_member(before, fresh))
            contract_add(comparing, CHANGE_ADDED, false, "status %s", fresh);
    }
}

void contract_compare_operation(struct comparing *comparing, struct json_object *older,
                                struct json_object *newer)
{
    compare_id(comparing, older, newer);
    compare_rights(comparing, older, newer);
    compare_parameters(comparing, older, newer);
    compare_body(comparing, older, newer);
    compare_responses(comparing, older, newer);
}
