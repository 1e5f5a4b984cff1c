/* account_parts.h - what the flows of accounts share: their rows, locked, and their mails */
#ifndef KEEL_ACCOUNT_PARTS_H
#define KEEL_ACCOUNT_PARTS_H

#include "keel/db/db.h"
#include "keel/services/mail.h"
#include "keel/services/single_use.h"

struct account {
    int64_t id; /* 0: there is none */
    const char *email;
    const char *name; /* "": none given */
    bool is_active;
    bool is_verified;
};

/* The account of an address, or of an id. */
bool account_find(struct scope *scope, const char *email, struct account *account);
bool account_get(struct scope *scope, int64_t id, struct account *account);

/*
 * An active account, locked: comes before its tokens and its password are looked at, so that two
 * who change them at once pass one by one.
 */
bool account_lock(struct scope *scope, int64_t id, struct account *account);

/* account_lock() of who asks. ERR_UNAUTHORIZED when it has gone meanwhile. */
bool account_lock_caller(struct scope *scope, struct account *account);

/* Uses up a token of an active account, which is locked before. Fails as single_use_take() does. */
bool account_take(struct scope *scope, enum single_use purpose, const char *token,
                  struct account *account, struct single_use_token *found);

/* Whether a mail of this kind may be sent to the account now; if so, it counts as sent. */
bool account_may_mail(struct scope *scope, const struct account *account, enum mail_kind kind,
                      bool *may);

/* The same for who may be told: ERR_RATE_LIMITED. */
bool account_require_pause(struct scope *scope, const struct account *account, enum mail_kind kind);

/*
 * Queues a mail with a link whose token is issued for it: MAIL_VERIFY and MAIL_RESET to the
 * account's address, MAIL_EMAIL_CHANGE to `new_email` (NULL else).
 */
bool account_mail_link(struct scope *scope, const struct account *account, enum mail_kind kind,
                       const char *new_email);

/*
 * Does the work of a mail to an address and takes it back, so that time does not tell whether there
 * was one to send. Wants a transaction.
 */
bool account_mail_nobody(struct scope *scope, enum mail_kind kind, const char *email);

/*
 * Tells an account's owner what was done; `new_email` is for MAIL_EMAIL_CHANGED (NULL else). An
 * address that no mail can be sent to keeps nobody from what they do.
 */
bool account_notify(struct scope *scope, const struct account *account, enum mail_kind kind,
                    const char *new_email);

#endif
