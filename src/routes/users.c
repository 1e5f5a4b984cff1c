/* users.c - the routes of accounts */
#include "keel/services/users.h"
#include "keel/http/crud.h"

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

static const struct route routes[] = {
    {"users.me", GET, "/users/me", get_me, ACCESS_SIGNED_IN, .rate = RATE_READ,
     .reply = {&users_model, READ}, .success = 200, .summary = "The caller's own account."},
    {"users.update_me", PATCH, "/users/me", update_me, ACCESS_SIGNED_IN, .rate = RATE_WRITE,
     .body = {&users_model, UPDATE | PARTIAL}, .reply = {&users_model, READ}, .success = 200,
     .message = "Profile updated", .summary = "Change the caller's own profile."},
    {"users.list", GET, "/users", crud_list, ACCESS_PERMISSION, .permission = "users:read",
     .rate = RATE_READ, .reply = {&users_model, READ | LIST}, .flags = ROUTE_LIST, .success = 200,
     .summary = "Accounts, newest first, page by page."},
    {"users.get", GET, "/users/{id}", crud_get, ACCESS_PERMISSION, .permission = "users:read",
     .rate = RATE_READ, .reply = {&users_model, READ}, .success = 200, .summary = "One account."},
};

extern const struct module module_users;
const struct module module_users = {
    .name = "users",
    .doc = "Accounts: the caller's own, and everybody's for those who may.",
    ROUTES(routes),
    .model = &users_model};
