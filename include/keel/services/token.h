/* token.h - access tokens: JWT (RFC 7519) */
#ifndef KEEL_SERVICES_TOKEN_H
#define KEEL_SERVICES_TOKEN_H

#include "keel/core/scope.h"

/* Whom a token stands for: the claims "sub" and "sid". */
struct token_subject {
    int64_t user_id;
    int64_t session_id;
};

/* Both use the keys of token_keys.h. */

/* A token for the subject, valid for access_token_s from now; in the scope's arena. */
bool token_issue(struct scope *scope, struct token_subject subject, const char **token);

/*
 * The subject of a token that we signed and that is valid now, with 30 seconds of tolerance.
 * Everything else fails with ERR_UNAUTHORIZED; the log's detail says why, the caller is not told.
 */
bool token_verify(struct scope *scope, const char *token, struct token_subject *subject);

#endif
