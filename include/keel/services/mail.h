/* mail.h - mails: their texts from templates, queued with the caller's transaction */
#ifndef KEEL_SERVICES_MAIL_H
#define KEEL_SERVICES_MAIL_H

#include "keel/core/scope.h"

/* Each has a pair of templates (deploy/mail/<kind>.txt and .html) and a row in services/mail.c. */
enum mail_kind {
    MAIL_VERIFY,           /* to a new account: is the address yours? link */
    MAIL_RESET,            /* somebody has forgotten the password: link */
    MAIL_EMAIL_CHANGE,     /* to the new address: shall it be the account's? link */
    MAIL_EMAIL_CHANGED,    /* to the old address: the account has another one now: new_email */
    MAIL_PASSWORD_CHANGED, /* to the owner: it has another password now */
    MAIL_NEW_DEVICE,       /* to the owner: somebody signed in from a new place */
    MAIL_REGISTERED_AGAIN, /* to the owner: somebody tried to register with your address */
    MAIL_INVITE,           /* to a new account that somebody else made: choose a password: link */
    MAIL_TOTP_ON,          /* to the owner: signing in takes a code, too */
    MAIL_TOTP_OFF,         /* to the owner: it takes none any more */
    MAIL_TEST,             /* from `keelctl mail test` */
    MAIL_KIND_COUNT
};

/* One text to be put in place of {{name}}; NULL and "" count as not given. */
struct mail_value {
    const char *name, *text;
};

/* A mail as it goes out, before it is encoded. */
struct mail_text {
    const char *subject;
    const char *plain;
    const char *html;
};

/*
 * Renders a mail and puts it into the outbox, inside the caller's transaction: a rollback takes it
 * back, and it is sent after the commit by somebody else: the job mail.send, which is ordered with
 * it, or `keelctl mail send`. With the transport "none" nothing is written.
 *
 * What templates may name beside `values`, unless given there: `email` (the recipient), `time`
 * (now, UTC), `address` and `agent` (the client's), `site` (the sender's name) and `url`
 * (public_url). Known but often not there: `name` (the account's), `link`, `new_email`, `expires`
 * ("1 hour"). Mails that anybody can have sent to anybody show neither `name` nor `agent`, whatever
 * is given: they would be a way to write to strangers in our name.
 *
 * ERR_VALIDATION (field "email") for a recipient that is no address of mail, ERR_INTERNAL for a
 * template that cannot be rendered.
 */
bool mail_queue(struct scope *scope, enum mail_kind kind, const char *to,
                const struct mail_value *values, size_t count);

/*
 * Orders the job mail.send for that time (microseconds since 1970 UTC; 0: now), inside the caller's
 * transaction. One that is ordered already and waits does for all.
 */
bool mail_order_sending(struct scope *scope, int64_t run_at);

/* The same, in a transaction of its own, for when the next mail that lies there is due, if any. */
bool mail_order_rest(struct scope *scope);

/* As mail_queue(), but without the outbox. Texts belong to the scope. */
bool mail_render(struct scope *scope, enum mail_kind kind, const char *to,
                 const struct mail_value *values, size_t count, struct mail_text *text);

/*
 * The address of one of the site's pages with a token behind it: "https://.../reset#token=kp_...".
 * Browsers keep what follows the '#' to themselves: it reaches no server and no log on the way; the
 * page sends it back by POST. NULL: failed, recorded.
 */
const char *mail_link(struct scope *scope, const char *page, const char *token);

/* "verify", "password_changed": in files' names and in the outbox. */
const char *mail_kind_name(enum mail_kind kind);

/* The kind of such a name; false for any other text. */
bool mail_kind_from_name(const char *name, enum mail_kind *kind);

/* "<random@domain of mail_from>", angle brackets included. NULL: failed, recorded. */
const char *mail_make_id(struct scope *scope);

#endif
