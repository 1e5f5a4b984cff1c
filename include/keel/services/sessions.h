/* sessions.h - sign-ins: begun, kept alive by refresh tokens that rotate, listed and ended */
#ifndef KEEL_SERVICES_SESSIONS_H
#define KEEL_SERVICES_SESSIONS_H

#include "keel/db/db.h"
#include "keel/model/model.h"

/*
 * What signing in answers. An account with a second factor gets an `mfa_token` first and nothing
 * else.
 */
struct grant {
    const char *token;
    const char *token_type;
    struct maybe_int expires_in; /* seconds */
    const char *refresh_token;
    struct json_text user;
    const char *mfa_token; /* NULL: the sign-in is complete */

    /* Not part of the answer. Also of a sign-in that was refused, where it is known; else 0. */
    int64_t user_id;
    int64_t session_id;
};

/* One of an account's own sessions, as it is listed. */
struct session {
    int64_t id;
    const char *address;
    const char *agent;
    bool current; /* the one that asks */
    struct instant created_at;
    struct instant last_used_at;
};

extern const struct model grant_model;
extern const struct model session_model;

/* The bodies of refreshing and of signing out. */
struct refresh_request {
    const char *refresh_token;
};

struct logout_request {
    const char *scope; /* NULL: local */
};

extern const struct model refresh_model;
extern const struct model logout_model;

/* Which of an account's sessions are meant. */
enum session_range { SESSIONS_LOCAL, SESSIONS_OTHERS, SESSIONS_GLOBAL };

/* Why sessions end; written into the row. */
enum session_end { SESSION_LOGOUT, SESSION_REVOKED, SESSION_PASSWORD, SESSION_ACCOUNT };

/*
 * Begins a session for an account that has proved who it is; address and agent are the scope's.
 * `*is_new_place` says that the account has signed in before, but never from there.
 */
bool session_open(struct scope *scope, int64_t user_id, struct grant *grant, bool *is_new_place);

/*
 * A new pair for a refresh token, which is used up by it. Wants a transaction. The rules:
 * - the newest token of its session rotates: it is used up, the one that follows takes its place;
 * - the one before the newest gives the newest again: the answer with it was lost, or another tab
 *   was faster; so does any used one for refresh_grace_s after its use;
 * - any other used token is stolen, or its thief has come first: the session ends, and that is kept
 *   although the answer is an error (fail_and_keep).
 * ERR_UNAUTHORIZED for everything that gives no new pair.
 */
bool session_refresh(struct scope *scope, const char *refresh_token, struct grant *grant);

/*
 * Who a session's access token stands for, with the permissions that the account has at this
 * moment, in one query. False without an error when the session has ended or the account is not
 * active.
 */
bool session_identify(struct scope *scope, int64_t user_id, int64_t session_id,
                      struct identity *identity);

/* The account's living sessions as rows of session_model's columns, the one used last first. */
bool sessions_list(struct scope *scope, int64_t user_id, int64_t current, struct rows *rows);

/* Ends one session of the account. ERR_NOT_FOUND when it has none with this id. */
bool session_end(struct scope *scope, int64_t user_id, int64_t session_id, enum session_end why);

/* Ends those in range; `current` is the session that asks (0: none). */
bool sessions_end(struct scope *scope, int64_t user_id, int64_t current, enum session_range range,
                  enum session_end why);

/* Removes sessions that have been over for 90 days, with their tokens; `*count` says how many. */
bool sessions_purge(struct scope *scope, int64_t *count);

#endif
