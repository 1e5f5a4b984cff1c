/* single_use.h - tokens that are good once: links of mails, the second step of a login */
#ifndef KEEL_SERVICES_SINGLE_USE_H
#define KEEL_SERVICES_SINGLE_USE_H

#include "keel/core/scope.h"

/* What a token is for; none stands in for another. */
enum single_use {
    SINGLE_USE_VERIFY, /* the account's address is its owner's */
    SINGLE_USE_RESET,  /* a new password without the old one */
    SINGLE_USE_EMAIL,  /* another address; `data` is that address */
    SINGLE_USE_MFA,    /* the password was right, the second factor is still missing */
};

/* Of a token found: the account, and what was said when it was issued ("" for nothing). */
struct single_use_token {
    int64_t user_id;
    const char *data;
    int64_t failures; /* attempts so far, with this one */
};

/*
 * A token for the account that is good for `lifetime_s` seconds; `data` may be NULL. Older ones of
 * the same account and purpose die.
 */
bool single_use_issue(struct scope *scope, int64_t user_id, enum single_use purpose,
                      const char *data, int64_t lifetime_s, const char **token);

/*
 * Uses a token up. ERR_VALIDATION (field "token") for one that is unknown, used, outlived or for
 * something else: the caller is not told which. Two who come at once: one succeeds.
 */
bool single_use_take(struct scope *scope, enum single_use purpose, const char *token,
                     struct single_use_token *found);

/* Looks at a token without using it up. Fails as single_use_take() does. */
bool single_use_find(struct scope *scope, enum single_use purpose, const char *token,
                     struct single_use_token *found);

/* The error of a token that is good for nothing, whatever the reason; returns false. */
bool single_use_refuse(struct scope *scope);

/* Claim: the token says that it is for this; whether it is good shows when it is taken. */
bool single_use_is(enum single_use purpose, const char *token);

/*
 * Takes one of the `most` attempts that a token gives at something else, such as a code, without
 * using it up; kept only with the transaction (fail_and_keep). Fails as single_use_take() does,
 * also when none is left. Of two who come at once the second waits for the first one's transaction.
 */
bool single_use_attempt(struct scope *scope, enum single_use purpose, const char *token,
                        int64_t most, struct single_use_token *found);

/* Ends all tokens of an account: its password or its address is another one now. */
bool single_use_forget_all(struct scope *scope, int64_t user_id);

/* Removes tokens that are outlived; `*count` is how many those were. */
bool single_use_purge(struct scope *scope, int64_t *count);

#endif
