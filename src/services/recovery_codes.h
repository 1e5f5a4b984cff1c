/* recovery_codes.h - codes on paper, for when the authenticator app is lost */
#ifndef KEEL_SERVICES_RECOVERY_CODES_H
#define KEEL_SERVICES_RECOVERY_CODES_H

#include "keel/core/scope.h"

/* Puts ten new ones in place of those there are; `*json` is a list of them, "xxxx-xxxx-xxxx-xxxx".
 */
bool recovery_codes_make(struct scope *scope, int64_t user_id, const char **json);

/*
 * Uses one up; `*right` false: it is none, or none any more. Case and separators do not count, and
 * what looks alike (o and 0, l, i and 1) is the same.
 */
bool recovery_code_use(struct scope *scope, int64_t user_id, const char *code, bool *right);

#endif
