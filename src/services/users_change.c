/* users_change.c - accounts changed and removed by those who look after them */
#include "keel/services/users.h"

#include "keel/services/sessions.h"
#include "keel/services/single_use.h"
#include "users_guard.h"
#include "users_mail.h"

#include <string.h>

static const struct column columns[] = {
    {TEXT(struct user_change, email), .uses = UPDATE, .format = "email", .max = 255,
     .example = "\"ada@example.com\"",
     .doc = "Another address; it counts as unverified unless email_verified says otherwise."},
    {TEXT(struct user_change, name), .uses = UPDATE, .nullable = true, .min = 1, .max = 255,
     .example = "\"Ada\"", .doc = "Name to be shown."},
    {BOOL(struct user_change, is_active), .uses = UPDATE, .example = "true",
     .doc = "False: may not sign in, and sessions end."},
    {BOOL(struct user_change, email_verified), .uses = UPDATE, .example = "true",
     .doc = "Whether the address is known to be its owner's."},
};

const struct model user_change_model = {
    .name = "UserChange",
    COLUMNS(columns),
    .size = sizeof(struct user_change),
};

static bool input_begin(struct scope *scope, const struct model *model, struct input *input)
{
    input->model = model;
    input->values = scope_alloc(scope, model->column_count * sizeof *input->values);
    return input->values != NULL;
}

/* Spaces around an address are no part of it. */
static const char *trim(struct scope *scope, const char *email)
{
    size_t length;

    email += strspn(email, " ");
    length = strlen(email);
    while (length && email[length - 1] == ' ')
        length--;
    return scope_copy(scope, email, length);
}

/* The change as values of the accounts' own columns, which have the same names. */
static bool translate(struct scope *scope, const struct input *change, bool moves,
                      struct input *input)
{
    if (!input_begin(scope, &users_model, input))
        return false;
    if (moves)
        input_set(input, "email_verified", "false");
    for (size_t i = 0; i < change->model->column_count; i++) {
        const struct value *value = &change->values[i];

        if (value->state != VALUE_ABSENT)
            input_set(input, change->model->columns[i].name, value->text);
    }
    struct value email = input_find(input, "email");

    if (email.state == VALUE_ABSENT)
        return true;
    const char *trimmed = trim(scope, email.text);

    input_set(input, "email", trimmed);
    return trimmed != NULL;
}

static bool leave(struct scope *scope, int64_t id)
{
    return sessions_end(scope, id, 0, SESSIONS_GLOBAL, SESSION_ACCOUNT) &&
           single_use_forget_all(scope, id);
}

bool users_change(struct scope *scope, int64_t id, const struct input *change, struct rows *rows,
                  const char **changes)
{
    struct value active = input_find(change, "is_active");
    bool leaves = active.state == VALUE_SET && *active.text == 'f';
    struct standing before;
    struct input input;

    if (!users_guard_begin(scope, id, input_find(change, "email").text, &before) ||
        !translate(scope, change, before.moves, &input) ||
        !store_update(scope, id, &input, false, rows))
        return false;
    *changes = store_changes(scope, &input, false, rows);
    if (!*changes || (leaves && !leave(scope, id)))
        return false;
    if (before.moves && !(single_use_forget_all(scope, id) &&
                          users_mail_moved(scope, before.email, input_find(&input, "email").text)))
        return false;
    return !(leaves && before.is_admin) || users_require_admin_left(scope);
}

bool users_set_active(struct scope *scope, int64_t id, bool is_active)
{
    struct input change;
    struct rows rows;
    const char *changes;

    if (!input_begin(scope, &user_change_model, &change))
        return false;
    input_set(&change, "is_active", param_bool(is_active));
    return users_change(scope, id, &change, &rows, &changes);
}

bool users_remove(struct scope *scope, int64_t id)
{
    struct standing before;

    return users_guard_begin(scope, id, NULL, &before) && store_delete(scope, &users_model, id) &&
           (!before.is_admin || users_require_admin_left(scope));
}
