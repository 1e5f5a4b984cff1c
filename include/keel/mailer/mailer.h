/* mailer.h - sends what lies in the outbox, by whichever transport the settings name */
#ifndef KEEL_MAILER_MAILER_H
#define KEEL_MAILER_MAILER_H

#include "keel/services/mail.h"

/* What to do in one go, and how to be stopped between two mails. */
struct mail_drain {
    int64_t limit;                   /* mails at most */
    bool (*is_stopped)(void *state); /* asked before each mail; NULL: never */
    void *state;
    void (*report)(void *state, int64_t id, const char *what); /* of each failure; may be NULL */
};

struct mail_tally {
    int64_t sent;
    int64_t failed;   /* to be tried again */
    int64_t given_up; /* refused for good, or tried often enough */
};

/*
 * Sends the mails that are due, longest due first. Each is claimed for longer than sending may
 * take, so any number of drains may run at once, and what a killed one had in hand is due again
 * when its claim runs out. A mail that could not be sent is no failure of the drain: it is due
 * again at growing intervals, and given up after mail_attempts. False, with the tally so far, when
 * the transport cannot be used at all (ERR_INTERNAL: settings) or the database is away. Must not
 * be called inside a transaction.
 */
bool mail_send_due(struct scope *scope, const struct mail_drain *drain, struct mail_tally *tally);

/*
 * Sends one mail past the outbox. Fails with ERR_VALIDATION for what is no address, and with
 * ERR_UNAVAILABLE where it could not be sent: the detail says why.
 */
bool mail_send_now(struct scope *scope, const char *to, const struct mail_text *text);

/*
 * Finds out without a mail whether one could be sent now: a server is connected to, signed in at
 * and left again. Fails with ERR_UNAVAILABLE where it could not: the detail says why; with
 * ERR_INTERNAL where the settings are wrong.
 */
bool mail_probe(struct scope *scope);

/*
 * Removes what was finished mail_keep_s ago, and the texts of what was given up mail_retry_s ago.
 * To be called now and then.
 */
bool mail_tidy(struct scope *scope);

/*
 * Seconds until a mail is tried again after its attempt number `attempt` (from 1): a minute, then
 * three times as long each time, at most four hours; `random` of 0 to 65535 takes off up to a
 * third, so that mails which failed together do not come back together.
 */
int64_t mail_backoff_s(int64_t attempt, unsigned random);

#endif
