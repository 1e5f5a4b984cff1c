/* throttle.h - wrong guesses counted by account and by client, and who is locked out for them */
#ifndef KEEL_SERVICES_THROTTLE_H
#define KEEL_SERVICES_THROTTLE_H

#include "keel/core/scope.h"

/*
 * What is guessed at. An account has a count of each: a right password must not wipe out the wrong
 * codes that followed the one before. A client (the scope's address, of IPv6 its /64) has one of
 * all that it guesses, whoever's account it is.
 *
 * The counts lie in the database, so that all nodes agree, under the folded address's hash, whether
 * it has an account or not. Settings: login_failures within login_lock_s lock an account for
 * login_lock_s; login_client_... a client.
 */
enum throttle_guess { THROTTLE_PASSWORD, THROTTLE_CODE };

/*
 * Comes before the guess is looked at. ERR_RATE_LIMITED, with retry_after, where the account or the
 * client is locked out.
 */
bool throttle_check(struct scope *scope, enum throttle_guess guess, const char *email);

/*
 * Counts a wrong guess. True: the caller may say that it was wrong; in a transaction by
 * fail_and_keep(), or nothing is counted. ERR_RATE_LIMITED: others were faster and used up what was
 * left, so this one's outcome is not told.
 */
bool throttle_wrong(struct scope *scope, enum throttle_guess guess, const char *email);

/*
 * Forgets the account's wrong guesses after a right one; the client's stay, or whoever has an
 * account could guess at others for ever. ERR_RATE_LIMITED as throttle_wrong().
 */
bool throttle_right(struct scope *scope, enum throttle_guess guess, const char *email);

/* Lets an account in again; `*counted` false: it had no wrong guesses. */
bool throttle_unlock(struct scope *scope, const char *email, bool *counted);

/* Removes counts that are over; `*count` is how many those were. */
bool throttle_purge(struct scope *scope, int64_t *count);

#endif
