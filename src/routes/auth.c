/* auth.c - the routes of registering and signing in */
#include "keel/services/auth.h"
#include "keel/http/crud.h"

/* With hide_accounts, an address that is taken and one that is free get the same answer. */
static bool hide(struct exchange *exchange)
{
    exchange->response.status = 202;
    exchange->response.message = "If the address was free, the account exists now";
    return true;
}

static bool auth_register(struct exchange *exchange)
{
    const struct config *config = &exchange->app->config;
    struct scope *scope = &exchange->scope;
    struct registration registration;
    struct rows rows;
    int64_t id;

    if (!input_load(scope, &exchange->input, &registration))
        return false;
    bool created = users_create(scope, &registration, config->default_role, &id);

    if (config->hide_accounts && scope->error.kind == ERR_CONFLICT) {
        scope_clear_error(scope);
        return hide(exchange);
    }
    if (!created)
        return false;
    if (config->hide_accounts)
        return hide(exchange);
    return store_get(scope, &users_model, id, &rows) && crud_reply(exchange, &rows);
}

static bool login(struct exchange *exchange)
{
    struct credentials credentials;
    struct session session;

    if (!input_load(&exchange->scope, &exchange->input, &credentials) ||
        !auth_login(&exchange->scope, &credentials, &session))
        return false;
    model_write_record(&exchange->response.data, &session_model, &session);
    return true;
}

static const struct route routes[] = {
    {"auth.register", POST, "/auth/register", auth_register, ACCESS_PUBLIC, .rate = RATE_AUTH,
     .body = {&registration_model, CREATE}, .reply = {&users_model, READ}, .success = 201,
     .errors = ERROR_BIT(ERR_CONFLICT), .flags = ROUTE_NO_CREDENTIALS,
     .message = "Account created successfully", .summary = "Make an account."},
    /*
     * No transaction: the comparison of the password takes long, and a connection should not wait
     * inside one for it.
     */
    {"auth.login", POST, "/auth/login", login, ACCESS_PUBLIC, .rate = RATE_AUTH,
     .body = {&credentials_model, CREATE}, .reply = {&session_model, READ}, .success = 200,
     .errors = ERROR_BIT(ERR_UNAUTHORIZED), .flags = ROUTE_NO_CREDENTIALS | ROUTE_NO_TRANSACTION,
     .summary = "Sign in with address and password."},
};

extern const struct module module_auth;
const struct module module_auth = {.name = "auth", ROUTES(routes)};
