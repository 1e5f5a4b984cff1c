/* token.h - access tokens: JWT (RFC 7519), signed by HS256 */
#ifndef KEEL_SERVICES_TOKEN_H
#define KEEL_SERVICES_TOKEN_H

#include "keel/core/scope.h"

/* A token for the user, valid for access_token_s from now; in the scope's arena. */
bool token_issue(struct scope *scope, int64_t user_id, const char **token);

/*
 * The user of a token that we signed and that is valid now, with 30 seconds of tolerance.
 * Everything else fails with ERR_UNAUTHORIZED; the log's detail says why, the caller is not told.
 */
bool token_verify(struct scope *scope, const char *token, int64_t *user_id);

#endif
