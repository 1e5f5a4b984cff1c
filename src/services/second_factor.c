/* second_factor.c - codes of an authenticator app on top of the password, and recovery codes */
#include "keel/services/second_factor.h"

#include "account_parts.h"
#include "keel/core/base32.h"
#include "keel/core/config.h"
#include "keel/core/random.h"
#include "keel/core/seal.h"
#include "keel/services/totp.h"
#include "recovery_codes.h"
#include "sql.h"

#include <inttypes.h>
#include <string.h>

bool second_factor_describe(struct scope *scope, int64_t user_id, struct rows *rows)
{
    return db_query(scope, &sql_totp_describe, PARAMS(param_int(scope, user_id)), rows);
}

bool second_factor_is_on(struct scope *scope, int64_t user_id, bool *is_on)
{
    struct rows rows;

    if (!db_query(scope, &sql_totp_is_on, PARAMS(param_int(scope, user_id)), &rows))
        return false;
    *is_on = row_bool(&rows, 0, 0);
    return true;
}

/* Whose secret it is: moved to another account's row it cannot be read. */
static const char *context_of(struct scope *scope, int64_t user_id)
{
    return scope_format(scope, "totp:%" PRId64, user_id);
}

bool second_factor_begin(struct scope *scope, int64_t user_id, const char *email,
                         struct totp_secret *secret)
{
    unsigned char bytes[TOTP_SECRET_SIZE];
    const char *context = context_of(scope, user_id);
    struct rows rows;

    if (!context)
        return false;
    if (!random_bytes(bytes, sizeof bytes))
        return fail(scope, ERR_UNAVAILABLE, "The server has no random numbers");
    const char *sealed =
        seal_write(scope, scope->config->session_secret, context, bytes, sizeof bytes);

    if (!sealed ||
        !db_query(scope, &sql_totp_begin, PARAMS(param_int(scope, user_id), sealed), &rows))
        return false;
    if (rows.affected == 0)
        return fail(scope, ERR_CONFLICT, "The second factor is on already; turn it off first");
    secret->secret = base32_write(&scope->arena, BASE32_RFC4648, bytes, sizeof bytes);
    if (!secret->secret)
        return fail_memory(scope);
    secret->uri = totp_uri(scope, scope->config->totp_issuer, email, secret->secret);
    return secret->uri != NULL;
}

/* The secret of the factor that is on, or of one begun; `*bytes` NULL: there is none. */
static bool find_secret(struct scope *scope, int64_t user_id, bool is_on, unsigned char **bytes)
{
    const char *context = context_of(scope, user_id);
    struct rows rows;
    size_t size = 0;

    *bytes = NULL;
    if (!context || !db_query(scope, &sql_totp_find,
                              PARAMS(param_int(scope, user_id), param_bool(is_on)), &rows))
        return false;
    if (rows.count == 0)
        return true;
    return seal_read(scope, scope->config->session_secret, context, row_text(&rows, 0, 0), bytes,
                     &size) &&
           (size == TOTP_SECRET_SIZE ||
            fail(scope, ERR_INTERNAL, "Something went wrong on our side"));
}

/* Six digits, however they were grouped; false: it is something else. */
static bool read_digits(const char *text, char digits[TOTP_DIGITS + 1])
{
    size_t length = 0;

    for (; *text; text++) {
        if (*text == ' ')
            continue;
        if (length == TOTP_DIGITS || *text < '0' || *text > '9')
            return false;
        digits[length++] = *text;
    }
    digits[length] = '\0';
    return length == TOTP_DIGITS;
}

/* Uses the code's step up, which turns a factor on that was only begun. */
static bool use_code(struct scope *scope, int64_t user_id, const unsigned char *secret,
                     const char *digits, bool *right)
{
    struct rows rows;
    int64_t step;

    if (!totp_match(secret, scope->now, digits, &step))
        return fail_memory(scope);
    *right = false;
    if (step == 0)
        return true;
    if (!db_query(scope, &sql_totp_use_step,
                  PARAMS(param_int(scope, user_id), param_int(scope, step)), &rows))
        return false;
    *right = rows.affected > 0;
    return true;
}

static bool notify(struct scope *scope, int64_t user_id, enum mail_kind kind)
{
    struct account account;

    return account_get(scope, user_id, &account) && account_notify(scope, &account, kind, NULL);
}

bool second_factor_confirm(struct scope *scope, int64_t user_id, const char *code,
                           struct recovery_codes *codes)
{
    char digits[TOTP_DIGITS + 1];
    unsigned char *secret;
    bool right = false;

    if (!find_secret(scope, user_id, false, &secret))
        return false;
    if (!secret)
        return fail(scope, ERR_CONFLICT, "No second factor waits to be confirmed");
    if (read_digits(code, digits) && !use_code(scope, user_id, secret, digits, &right))
        return false;
    if (!right)
        return fail_field(scope, "code", "wrong", "The code is wrong; is the clock right?");
    return second_factor_renew_codes(scope, user_id, codes) && notify(scope, user_id, MAIL_TOTP_ON);
}

static bool require_on(struct scope *scope, bool is_on)
{
    return is_on || fail(scope, ERR_CONFLICT, "The second factor is not on");
}

bool second_factor_check(struct scope *scope, int64_t user_id, const char *code, bool *right)
{
    char digits[TOTP_DIGITS + 1];
    unsigned char *secret;
    bool is_on;

    if (read_digits(code, digits))
        return find_secret(scope, user_id, true, &secret) && require_on(scope, secret != NULL) &&
               use_code(scope, user_id, secret, digits, right);
    /* The secret is not looked at: they help, too, where it cannot be read any more. */
    return second_factor_is_on(scope, user_id, &is_on) && require_on(scope, is_on) &&
           recovery_code_use(scope, user_id, code, right);
}

bool second_factor_renew_codes(struct scope *scope, int64_t user_id, struct recovery_codes *codes)
{
    return recovery_codes_make(scope, user_id, &codes->recovery_codes.text);
}

bool second_factor_remove(struct scope *scope, int64_t user_id, bool *was_there)
{
    struct rows rows;

    if (!db_query(scope, &sql_totp_remove, PARAMS(param_int(scope, user_id)), &rows))
        return false;
    *was_there = rows.count > 0;
    return !*was_there || !row_bool(&rows, 0, 0) || notify(scope, user_id, MAIL_TOTP_OFF);
}
