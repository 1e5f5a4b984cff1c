/* second_step.c - signing in with a code, once the password was right; and codes asked for again */
#include "second_step.h"

#include "account_parts.h"
#include "keel/services/auth.h"
#include "keel/services/second_factor.h"
#include "keel/services/throttle.h"

/* How long one has to type a code, and how often it may be wrong. */
#define MFA_TOKEN_S  300
#define MFA_ATTEMPTS 5

static const struct column second_step_columns[] = {
    {TEXT(struct second_step, mfa_token), .uses = CREATE | REQUIRE, .min = 1, .max = 2048,
     .secret = true, .example = "\"km_...\"", .doc = "What the first step gave."},
    {TEXT(struct second_step, code), .uses = CREATE | REQUIRE, .min = 1, .max = 64, .secret = true,
     .example = "\"123456\"", .doc = "What the authenticator app shows now, or a recovery code."},
};

const struct model second_step_model = {
    .name = "SecondStep",
    COLUMNS(second_step_columns),
    .size = sizeof(struct second_step),
};

bool second_step_ask(struct scope *scope, int64_t user_id, struct grant *grant)
{
    *grant = (struct grant){.expires_in = {.is_null = true}, .user_id = user_id};
    return single_use_issue(scope, user_id, SINGLE_USE_MFA, NULL, MFA_TOKEN_S, &grant->mfa_token);
}

/* A guess at the second factor's code, counted. */
static bool guess_code(struct scope *scope, int64_t user_id, const char *email, const char *code,
                       bool *right)
{
    return throttle_check(scope, THROTTLE_CODE, email) &&
           second_factor_check(scope, user_id, code, right) &&
           (*right ? throttle_right(scope, THROTTLE_CODE, email)
                   : throttle_wrong(scope, THROTTLE_CODE, email));
}

static bool refuse_code(struct scope *scope, bool is_last)
{
    fail(scope, ERR_UNAUTHORIZED,
         is_last ? "The code is wrong; begin again with the password" : "The code is wrong");
    fail_detail(scope, "second step: wrong code");
    return fail_and_keep(scope);
}

/* Whatever is wrong with the token, there is one thing to do. */
static bool begin_again(struct scope *scope)
{
    if (scope->error.kind != ERR_VALIDATION)
        return false;
    scope_clear_error(scope);
    fail(scope, ERR_UNAUTHORIZED, "This sign-in is over; begin again with the password");
    return fail_detail(scope,
                       "second step: the token is unknown, outlived or has no attempts left");
}

/* The account is locked before the token, as by all who change the two. */
static bool find_half_done(struct scope *scope, const char *token, struct account *account,
                           struct single_use_token *found)
{
    return (single_use_find(scope, SINGLE_USE_MFA, token, found) &&
            account_lock(scope, found->user_id, account) &&
            (account->id || single_use_refuse(scope)) &&
            single_use_attempt(scope, SINGLE_USE_MFA, token, MFA_ATTEMPTS, found)) ||
           begin_again(scope);
}

bool auth_second_step(struct scope *scope, const struct second_step *step, struct grant *grant)
{
    struct single_use_token found;
    struct account account = {0};
    bool right;

    *grant = (struct grant){0};
    if (!find_half_done(scope, step->mfa_token, &account, &found))
        return false;
    grant->user_id = account.id;
    if (!guess_code(scope, account.id, account.email, step->code, &right))
        return false;
    if (!right)
        return refuse_code(scope, found.failures == MFA_ATTEMPTS);
    return single_use_take(scope, SINGLE_USE_MFA, step->mfa_token, &found) &&
           auth_open(scope, account.id, grant);
}

bool auth_confirm_code(struct scope *scope, const char *field, const char *code)
{
    const struct identity *caller = scope->caller;
    bool right;

    if (!guess_code(scope, caller->user_id, caller->email, code, &right))
        return false;
    if (right)
        return true;
    fail_field(scope, field, "wrong", "The code is wrong, or was used already");
    return fail_and_keep(scope);
}
