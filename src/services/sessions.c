/* sessions.c - sign-ins: begun, kept alive by refresh tokens that rotate, listed and ended */
#include "keel/services/sessions.h"

#include "identity.h"
#include "keel/core/config.h"
#include "keel/core/log.h"
#include "keel/model/store.h"
#include "keel/services/opaque.h"
#include "keel/services/token.h"
#include "keel/services/users.h"
#include "sql.h"

#include <string.h>

#define REFRESH_PREFIX "kr_"

/*
 * Sessions that are over are kept for so long: a stolen token of theirs is still known as one, and
 * the places that an account signed in from are no new ones.
 */
#define KEEP_S (90 * INT64_C(86400))

static const struct column grant_columns[] = {
    {TEXT(struct grant, token), .uses = READ, .nullable = true, .example = "\"eyJ...\"",
     .doc = "Access token, for the header Authorization: Bearer."},
    {TEXT(struct grant, token_type), .uses = READ, .nullable = true, .example = "\"Bearer\"",
     .doc = "Always Bearer."},
    {MAYBE_INT(struct grant, expires_in), .uses = READ, .example = "900",
     .doc = "Seconds that the access token is valid."},
    {TEXT(struct grant, refresh_token), .uses = READ, .nullable = true, .example = "\"kr_...\"",
     .doc = "Good once, for POST /auth/refresh."},
    {JSON(struct grant, user), .uses = READ, .nullable = true, .nested = &users_model,
     .doc = "The account."},
    {TEXT(struct grant, mfa_token), .uses = READ, .nullable = true, .example = "null",
     .doc =
         "Not null: a second factor is asked for at POST /auth/login/totp, and all else is null."},
};

const struct model grant_model = {
    .name = "Grant",
    COLUMNS(grant_columns),
    .size = sizeof(struct grant),
};

static const struct column session_columns[] = {
    {INT(struct session, id), .uses = READ, .example = "12", .doc = "Identifier."},
    {TEXT(struct session, address), .uses = READ, .nullable = true, .example = "\"192.0.2.1\"",
     .doc = "Where it was used last."},
    {TEXT(struct session, agent), .uses = READ, .nullable = true, .example = "\"Mozilla/5.0\"",
     .doc = "What the client called itself."},
    {BOOL(struct session, current), .uses = READ, .example = "true",
     .doc = "Whether it is the one that asks."},
    {TIME(struct session, created_at), .uses = READ, .example = "\"2026-01-12T10:00:00Z\"",
     .doc = "When it began."},
    {TIME(struct session, last_used_at), .uses = READ, .example = "\"2026-01-12T10:00:00Z\"",
     .doc = "When it was last refreshed."},
};

const struct model session_model = {
    .name = "Session",
    .plural = "sessions",
    COLUMNS(session_columns),
    .size = sizeof(struct session),
};

static const struct column refresh_columns[] = {
    {TEXT(struct refresh_request, refresh_token), .uses = CREATE | REQUIRE, .min = 1, .max = 2048,
     .secret = true, .example = "\"kr_...\"", .doc = "The one that came with the access token."},
};

const struct model refresh_model = {
    .name = "Refresh",
    COLUMNS(refresh_columns),
    .size = sizeof(struct refresh_request),
};

static const struct column logout_columns[] = {
    {TEXT(struct logout_request, scope), .uses = CREATE, .choices = "local|others|global",
     .example = "\"local\"", .doc = "Which sessions end: this one (local), the others, or all."},
};

const struct model logout_model = {
    .name = "Logout",
    COLUMNS(logout_columns),
    .size = sizeof(struct logout_request),
};

static const char *const reasons[] = {
    [SESSION_LOGOUT] = "logout",
    [SESSION_REVOKED] = "revoked",
    [SESSION_PASSWORD] = "password",
    [SESSION_ACCOUNT] = "account",
};

/* The limits of the settings, as parameters. */
static const char *longest(struct scope *scope)
{
    return param_int(scope, scope->config->session_max_s);
}

static const char *idlest(struct scope *scope)
{
    return param_int(scope, scope->config->session_idle_s);
}

static bool fill_grant(struct scope *scope, int64_t user_id, int64_t session_id,
                       const char *refresh_token, struct grant *grant)
{
    struct rows user;
    struct buffer json;

    if (!store_get(scope, &users_model, user_id, &user))
        return false;
    buffer_init(&json, &scope->arena);
    model_write_row(&json, &users_model, &user, 0);
    if (json.failed)
        return fail_memory(scope);
    *grant = (struct grant){.token_type = "Bearer",
                            .expires_in = {.value = scope->config->access_token_s},
                            .refresh_token = refresh_token,
                            .user = {json.data},
                            .user_id = user_id,
                            .session_id = session_id};
    return token_issue(scope, (struct token_subject){user_id, session_id}, &grant->token);
}

bool session_open(struct scope *scope, int64_t user_id, struct grant *grant, bool *is_new_place)
{
    const char *token = opaque_make(scope, REFRESH_PREFIX);
    const char *user = param_int(scope, user_id);
    struct rows opened, place;

    if (!token ||
        !db_query(
            scope, &sql_sessions_open,
            PARAMS(user, scope->client_address, scope->client_agent, opaque_hash(scope, token)),
            &opened) ||
        !db_query(scope, &sql_sessions_is_new_place,
                  PARAMS(user, row_text(&opened, 0, 0), scope->client_address, scope->client_agent),
                  &place))
        return false;
    *is_new_place = row_bool(&place, 0, 0);
    return fill_grant(scope, user_id, row_int(&opened, 0, 0), token, grant);
}

static bool refuse(struct scope *scope, const char *why)
{
    fail(scope, ERR_UNAUTHORIZED, "The session has ended; sign in again");
    return fail_detail(scope, "refresh: %s", why);
}

/* Whoever came first with it, thief or owner: nobody goes on with this session. */
static bool refuse_reuse(struct scope *scope, const char *session, const char *user)
{
    struct rows rows;

    if (!db_query(scope, &sql_sessions_end, PARAMS(session, user, "reuse"), &rows))
        return false;
    refuse(scope, "a used token came again; its session was ended");
    return fail_and_keep(scope);
}

/* The token that was handed out for the newest generation, which is `behind` steps further. */
static const char *follow(struct scope *scope, const char *token, int64_t behind)
{
    while (token && behind-- > 0)
        token = opaque_follow(scope, REFRESH_PREFIX, token);
    return token;
}

static bool rotate(struct scope *scope, const char *session, const char *token, const char *next)
{
    struct rows rows;

    return db_query(scope, &sql_sessions_rotate,
                    PARAMS(session, opaque_hash(scope, token), opaque_hash(scope, next),
                           scope->client_address, scope->client_agent),
                    &rows);
}

bool session_refresh(struct scope *scope, const char *refresh_token, struct grant *grant)
{
    struct rows found;

    *grant = (struct grant){0};
    if (!db_query(scope, &sql_sessions_find_token,
                  PARAMS(opaque_hash(scope, refresh_token), longest(scope), idlest(scope)), &found))
        return false;
    if (found.count == 0)
        return refuse(scope, "the token is unknown");
    grant->user_id = row_int(&found, 0, 1);
    grant->session_id = row_int(&found, 0, 0);
    if (!row_bool(&found, 0, 4))
        return refuse(scope, "the session has ended or the account is not active");
    const char *session = row_text(&found, 0, 0), *user = row_text(&found, 0, 1);
    int64_t behind = row_int(&found, 0, 2), used_for_s = row_int(&found, 0, 3);

    if (behind > 1 && used_for_s >= scope->config->refresh_grace_s)
        return refuse_reuse(scope, session, user);
    const char *next = follow(scope, refresh_token, behind > 0 ? behind : 1);

    return next && (behind > 0 || rotate(scope, session, refresh_token, next)) &&
           fill_grant(scope, grant->user_id, grant->session_id, next, grant);
}

bool session_identify(struct scope *scope, int64_t user_id, int64_t session_id,
                      struct identity *identity)
{
    struct rows rows;

    if (!db_query(scope, &sql_sessions_identify,
                  PARAMS(param_int(scope, session_id), param_int(scope, user_id), longest(scope),
                         idlest(scope)),
                  &rows) ||
        rows.count == 0)
        return false;
    *identity = (struct identity){
        .user_id = user_id, .session_id = session_id, .email = row_text(&rows, 0, 0)};
    return identity_set_permissions(scope, row_text(&rows, 0, 1), identity);
}

bool sessions_list(struct scope *scope, int64_t user_id, int64_t current, struct rows *rows)
{
    return db_query(
        scope, &sql_sessions_list,
        PARAMS(param_int(scope, user_id), param_int(scope, current), longest(scope), idlest(scope)),
        rows);
}

bool session_end(struct scope *scope, int64_t user_id, int64_t session_id, enum session_end why)
{
    struct rows rows;

    if (!db_query(scope, &sql_sessions_end,
                  PARAMS(param_int(scope, session_id), param_int(scope, user_id), reasons[why]),
                  &rows))
        return false;
    return rows.affected > 0 || fail(scope, ERR_NOT_FOUND, "Session not found");
}

bool sessions_end(struct scope *scope, int64_t user_id, int64_t current, enum session_range range,
                  enum session_end why)
{
    const char *kept = param_int(scope, range == SESSIONS_OTHERS ? current : 0);
    struct rows rows;

    if (range == SESSIONS_LOCAL)
        return session_end(scope, user_id, current, why);
    return db_query(scope, &sql_sessions_end_others,
                    PARAMS(param_int(scope, user_id), kept, reasons[why]), &rows);
}

bool sessions_purge(struct scope *scope, int64_t *count)
{
    const struct config *config = scope->config;
    struct rows rows;

    *count = 0;
    do {
        if (!db_query(scope, &sql_sessions_remove_old,
                      PARAMS(param_int(scope, config->session_max_s),
                             param_int(scope, config->session_idle_s), param_int(scope, KEEP_S)),
                      &rows))
            return false;
        *count += rows.affected;
    } while (rows.affected > 0);
    return true;
}
