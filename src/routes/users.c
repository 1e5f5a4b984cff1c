/* users.c - the routes of accounts and roles */
#include "keel/services/users.h"
#include "keel/http/conditional.h"
#include "keel/http/crud.h"
#include "keel/services/account.h"
#include "keel/services/roles.h"

static bool get_me(struct exchange *exchange)
{
    exchange->match.values.id = exchange->scope.caller->user_id;
    return crud_get(exchange);
}

static bool update_me(struct exchange *exchange)
{
    exchange->match.values.id = exchange->scope.caller->user_id;
    return crud_patch(exchange);
}

/* A stolen access token must not end an account, so the body brings the password. */
static bool remove_me(struct exchange *exchange)
{
    struct account_removal removal;

    crud_note_row(exchange, users_model.table, exchange->scope.caller->user_id);
    return input_load(&exchange->scope, &exchange->input, &removal) &&
           account_remove(&exchange->scope, removal.current_password);
}

static bool reply_user(struct exchange *exchange, int64_t id)
{
    struct rows rows;

    return store_get(&exchange->scope, &users_model, id, &rows) && crud_reply(exchange, &rows);
}

static bool create(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    struct new_user user;
    struct rows rows;
    int64_t id;

    if (!input_load(scope, &exchange->input, &user) || !users_add(scope, &user, &id))
        return false;
    crud_note_row(exchange, users_model.table, id);
    return store_get(scope, &users_model, id, &rows) && crud_reply_created(exchange, &rows);
}

static bool update(struct exchange *exchange)
{
    struct rows rows;

    return conditional_match(exchange, &users_model) &&
           users_change(&exchange->scope, exchange->match.values.id, &exchange->input, &rows,
                        &exchange->audit.changes) &&
           crud_reply(exchange, &rows);
}

static bool remove_user(struct exchange *exchange)
{
    return conditional_match(exchange, &users_model) &&
           users_remove(&exchange->scope, exchange->match.values.id);
}

static bool set_roles(struct exchange *exchange)
{
    int64_t id = exchange->match.values.id;
    struct role_choice choice;

    return input_load(&exchange->scope, &exchange->input, &choice) &&
           conditional_match(exchange, &users_model) &&
           users_set_roles(&exchange->scope, id, choice.roles.text, &exchange->audit.changes) &&
           reply_user(exchange, id);
}

static bool list_roles(struct exchange *exchange)
{
    struct rows rows;

    if (!roles_list(&exchange->scope, &rows))
        return false;
    model_write_rows(&exchange->response.data, &role_model, &rows);
    return !exchange->response.data.failed || fail_memory(&exchange->scope);
}

/* The last admin stays, and each is held to the version that If-Match names. */
#define CHANGE_ERRORS                                                                              \
    (ERROR_BIT(ERR_CONFLICT) | ERROR_BIT(ERR_PRECONDITION_FAILED) |                                \
     ERROR_BIT(ERR_PRECONDITION_REQUIRED))

static const struct route routes[] = {
    {"users.me", GET, "/users/me", get_me, ACCESS_ACCOUNT, .rate = RATE_READ,
     .reply = {&users_model, READ}, .success = 200, .summary = "The caller's own account."},
    {"users.update_me", PATCH, "/users/me", update_me, ACCESS_SIGNED_IN, .rate = RATE_WRITE,
     .body = {&users_model, UPDATE | PARTIAL}, .reply = {&users_model, READ}, .success = 200,
     .message = "Profile updated", .summary = "Change the caller's own profile."},
    {"users.delete_me", DELETE, "/users/me", remove_me, ACCESS_SIGNED_IN, .rate = RATE_AUTH,
     .body = {&account_removal_model, CREATE}, .success = 200, .errors = ERROR_BIT(ERR_CONFLICT),
     .message = "Account removed", .summary = "Remove the caller's own account for good."},
    {"users.list", GET, "/users", crud_list, ACCESS_PERMISSION, .permission = "users:read",
     .rate = RATE_READ, .reply = {&users_model, READ | LIST}, .flags = ROUTE_LIST, .success = 200,
     .summary = "Accounts, newest first, page by page."},
    {"users.get", GET, "/users/{id}", crud_get, ACCESS_PERMISSION, .permission = "users:read",
     .rate = RATE_READ, .reply = {&users_model, READ}, .success = 200, .summary = "One account."},
    /* RATE_AUTH: it hashes a password, of which nothing is to be kept with an Idempotency-Key. */
    {"users.create", POST, "/users", create, ACCESS_PERMISSION, .permission = "users:write",
     .rate = RATE_AUTH, .body = {&new_user_model, CREATE}, .reply = {&users_model, READ},
     .success = 201, .errors = ERROR_BIT(ERR_CONFLICT), .message = "User created successfully",
     .flags = ROUTE_LOCATION,
     .summary = "Make an account for somebody, with or without a password."},
    {"users.update", PATCH, "/users/{id}", update, ACCESS_PERMISSION, .permission = "users:write",
     .rate = RATE_WRITE, .body = {&user_change_model, UPDATE | PARTIAL},
     .reply = {&users_model, READ}, .success = 200, .errors = CHANGE_ERRORS,
     .message = "User updated", .summary = "Change an account, deactivate it or let it in again."},
    {"users.delete", DELETE, "/users/{id}", remove_user, ACCESS_PERMISSION,
     .permission = "users:write", .rate = RATE_WRITE, .success = 200, .errors = CHANGE_ERRORS,
     .message = "User removed",
     .summary = "Remove an account for good; its address is free again."},
    {"users.set_roles", PUT, "/users/{id}/roles", set_roles, ACCESS_PERMISSION,
     .permission = "users:write", .rate = RATE_WRITE, .body = {&role_choice_model, UPDATE},
     .reply = {&users_model, READ}, .success = 200, .errors = CHANGE_ERRORS, .message = "Roles set",
     .summary = "Give an account just these roles."},
    {"roles.list", GET, "/roles", list_roles, ACCESS_PERMISSION, .permission = "users:read",
     .rate = RATE_READ, .reply = {&role_model, READ | WHOLE}, .success = 200,
     .summary = "All roles with their permissions."},
};

extern const struct module module_users;
const struct module module_users = {
    .name = "users",
    .doc = "Accounts: the caller's own, and everybody's for those who may.",
    ROUTES(routes),
    .model = &users_model};
