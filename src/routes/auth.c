/* auth.c - the routes of registering and signing in */
#include "keel/services/auth.h"
#include "keel/http/crud.h"
#include "keel/services/account.h"

#include <string.h>

/* With hide_accounts, an address that is taken and one that is free get the same answer. */
static bool auth_register(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    struct registration registration;
    struct rows rows;
    int64_t id;

    if (!input_load(scope, &exchange->input, &registration) ||
        !account_register(scope, &registration, &id))
        return false;
    crud_note_row(exchange, users_model.table, id);
    exchange->audit.user_id = id;
    if (!scope->config->hide_accounts)
        return store_get(scope, &users_model, id, &rows) && crud_reply(exchange, &rows);
    exchange->response.status = exchange->route->discreet;
    exchange->response.message = "If the address was free, the account exists now";
    return true;
}

/*
 * Notes who it turned out to be, refused or not. What the body holds says who somebody is, not what
 * changed.
 */
static bool reply_grant(struct exchange *exchange, bool done, const struct grant *grant)
{
    exchange->audit = (struct audit_note){.table = grant->session_id ? "sessions" : NULL,
                                          .row_id = grant->session_id,
                                          .changes = "{}",
                                          .user_id = grant->user_id,
                                          .session_id = grant->session_id};
    return done && crud_reply_record(exchange, grant);
}

static bool login(struct exchange *exchange)
{
    struct credentials credentials;
    struct grant grant = {0};
    bool done = input_load(&exchange->scope, &exchange->input, &credentials) &&
                auth_login(&exchange->scope, &credentials, &grant);

    return reply_grant(exchange, done, &grant);
}

static bool login_second(struct exchange *exchange)
{
    struct second_step step;
    struct grant grant = {0};
    bool done = input_load(&exchange->scope, &exchange->input, &step) &&
                auth_second_step(&exchange->scope, &step, &grant);

    return reply_grant(exchange, done, &grant);
}

static bool refresh(struct exchange *exchange)
{
    struct refresh_request request;
    struct grant grant = {0};
    bool done = input_load(&exchange->scope, &exchange->input, &request) &&
                session_refresh(&exchange->scope, request.refresh_token, &grant);

    return reply_grant(exchange, done, &grant);
}

/* What is not said is the session that asks. */
static enum session_range range_of(const char *text)
{
    if (text && strcmp(text, "others") == 0)
        return SESSIONS_OTHERS;
    return text && strcmp(text, "global") == 0 ? SESSIONS_GLOBAL : SESSIONS_LOCAL;
}

static bool logout(struct exchange *exchange)
{
    const struct identity *caller = exchange->scope.caller;
    struct logout_request request;

    crud_note_row(exchange, "sessions", caller->session_id);
    return input_load(&exchange->scope, &exchange->input, &request) &&
           sessions_end(&exchange->scope, caller->user_id, caller->session_id,
                        range_of(request.scope), SESSION_LOGOUT);
}

static bool list_sessions(struct exchange *exchange)
{
    const struct identity *caller = exchange->scope.caller;
    struct rows rows;

    return sessions_list(&exchange->scope, caller->user_id, caller->session_id, &rows) &&
           crud_reply_rows(exchange, &rows);
}

static bool end_session(struct exchange *exchange)
{
    int64_t id = exchange->match.values.id;

    crud_note_row(exchange, "sessions", id);
    return session_end(&exchange->scope, exchange->scope.caller->user_id, id, SESSION_REVOKED);
}

static const struct route routes[] = {
    {"auth.register", POST, "/auth/register", auth_register, ACCESS_PUBLIC, .rate = RATE_AUTH,
     .body = {&registration_model, CREATE}, .reply = {&users_model, READ}, .success = 201,
     .discreet = 202, .errors = ERROR_BIT(ERR_CONFLICT), .flags = ROUTE_NO_CREDENTIALS,
     .message = "Account created successfully", .summary = "Make an account."},
    /*
     * No transaction: the comparison of the password takes long, and a connection should not wait
     * inside one for it.
     */
    {"auth.login", POST, "/auth/login", login, ACCESS_PUBLIC, .rate = RATE_AUTH,
     .body = {&credentials_model, CREATE}, .reply = {&grant_model, READ}, .success = 200,
     .errors = ERROR_BIT(ERR_UNAUTHORIZED) | ERROR_BIT(ERR_FORBIDDEN),
     .flags = ROUTE_NO_CREDENTIALS | ROUTE_NO_TRANSACTION,
     .summary = "Sign in with address and password."},
    {"auth.login_totp", POST, "/auth/login/totp", login_second, ACCESS_PUBLIC, .rate = RATE_AUTH,
     .body = {&second_step_model, CREATE}, .reply = {&grant_model, READ}, .success = 200,
     .errors = ERROR_BIT(ERR_UNAUTHORIZED) | ERROR_BIT(ERR_CONFLICT), .flags = ROUTE_NO_CREDENTIALS,
     .summary = "The second step of signing in: a code of the authenticator app."},
    {"auth.refresh", POST, "/auth/refresh", refresh, ACCESS_PUBLIC, .rate = RATE_AUTH,
     .body = {&refresh_model, CREATE}, .reply = {&grant_model, READ}, .success = 200,
     .errors = ERROR_BIT(ERR_UNAUTHORIZED), .flags = ROUTE_NO_CREDENTIALS,
     .summary = "A new pair of tokens for a refresh token, which is used up."},
    {"auth.logout", POST, "/auth/logout", logout, ACCESS_SIGNED_IN, .rate = RATE_WRITE,
     .body = {&logout_model, CREATE}, .success = 200, .flags = ROUTE_MAY_OMIT_BODY,
     .message = "Signed out", .summary = "End this session, the others or all."},
    {"auth.sessions", GET, "/auth/sessions", list_sessions, ACCESS_SIGNED_IN, .rate = RATE_READ,
     .reply = {&session_model, READ | WHOLE}, .success = 200,
     .summary = "The caller's own sessions, the one used last first."},
    {"auth.end_session", DELETE, "/auth/sessions/{id}", end_session, ACCESS_SIGNED_IN,
     .rate = RATE_WRITE, .success = 200, .message = "Session ended",
     .summary = "End one of the caller's own sessions."},
};

extern const struct module module_auth;
const struct module module_auth = {
    .name = "auth", .doc = "Making an account and signing in.", ROUTES(routes)};
