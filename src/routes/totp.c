/* totp.c - the routes of the second factor */
#include "keel/http/crud.h"
#include "keel/model/store.h"
#include "keel/services/auth.h"
#include "keel/services/second_factor.h"

static bool show(struct exchange *exchange)
{
    struct rows rows;

    return second_factor_describe(&exchange->scope, exchange->scope.caller->user_id, &rows) &&
           crud_reply(exchange, &rows);
}

/* The factor is a part of the account. */
static void note_caller(struct exchange *exchange)
{
    crud_note_row(exchange, users_model.table, exchange->scope.caller->user_id);
}

static bool begin(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    struct totp_start start;
    struct totp_secret secret;

    note_caller(exchange);
    return input_load(scope, &exchange->input, &start) &&
           auth_confirm(scope, "current_password", start.current_password) &&
           second_factor_begin(scope, scope->caller->user_id, scope->caller->email, &secret) &&
           crud_reply_record(exchange, &secret);
}

static bool confirm(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    struct totp_confirmation confirmation;
    struct recovery_codes codes;

    note_caller(exchange);
    return input_load(scope, &exchange->input, &confirmation) &&
           second_factor_confirm(scope, scope->caller->user_id, confirmation.code, &codes) &&
           crud_reply_record(exchange, &codes);
}

/* A stolen token alone, and a lost phone alone, must not be enough. */
static bool prove(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    struct totp_proof proof;

    note_caller(exchange);
    return input_load(scope, &exchange->input, &proof) &&
           auth_confirm(scope, "current_password", proof.current_password) &&
           auth_confirm_code(scope, "code", proof.code);
}

static bool renew_codes(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    struct recovery_codes codes;

    return prove(exchange) && second_factor_renew_codes(scope, scope->caller->user_id, &codes) &&
           crud_reply_record(exchange, &codes);
}

static bool end(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    bool was_there;

    return prove(exchange) && second_factor_remove(scope, scope->caller->user_id, &was_there);
}

static const struct route routes[] = {
    {"totp.get", GET, "/auth/totp", show, ACCESS_SIGNED_IN, .rate = RATE_READ,
     .reply = {&totp_state_model, READ}, .success = 200,
     .summary = "Whether the caller's second factor is on."},
    {"totp.begin", POST, "/auth/totp", begin, ACCESS_SIGNED_IN, .rate = RATE_AUTH,
     .body = {&totp_start_model, CREATE}, .reply = {&totp_secret_model, READ}, .success = 200,
     .errors = ERROR_BIT(ERR_CONFLICT),
     .summary = "A secret for an authenticator app; it counts once it is confirmed."},
    {"totp.confirm", POST, "/auth/totp/confirm", confirm, ACCESS_SIGNED_IN, .rate = RATE_AUTH,
     .body = {&totp_confirmation_model, CREATE}, .reply = {&recovery_codes_model, READ},
     .success = 200, .errors = ERROR_BIT(ERR_CONFLICT), .message = "The second factor is on",
     .summary = "Turn the second factor on with a code of the app."},
    {"totp.renew_codes", POST, "/auth/totp/recovery-codes", renew_codes, ACCESS_SIGNED_IN,
     .rate = RATE_AUTH, .body = {&totp_proof_model, CREATE}, .reply = {&recovery_codes_model, READ},
     .success = 200, .errors = ERROR_BIT(ERR_CONFLICT),
     .message = "The recovery codes so far are void",
     .summary = "New recovery codes in place of all that there are."},
    {"totp.end", DELETE, "/auth/totp", end, ACCESS_SIGNED_IN, .rate = RATE_AUTH,
     .body = {&totp_proof_model, CREATE}, .success = 200, .errors = ERROR_BIT(ERR_CONFLICT),
     .message = "The second factor is off", .summary = "Turn the second factor off."},
};

extern const struct module module_totp;
const struct module module_totp = {.name = "totp",
                                   .doc = "A code of an authenticator app on top of the password.",
                                   ROUTES(routes)};
