/* totp.h - codes that change with time (RFC 6238: SHA-1, six digits, 30 seconds) */
#ifndef KEEL_SERVICES_TOTP_H
#define KEEL_SERVICES_TOTP_H

#include "keel/core/scope.h"

/* As long as the hash's own output, which RFC 4226 (section 4) recommends. */
#define TOTP_SECRET_SIZE 20
#define TOTP_DIGITS      6

/* The 30 seconds that a moment lies in, counted from 1970. */
int64_t totp_step(int64_t now_us);

/* The code of a step, NUL-terminated. False when the library has no memory. */
bool totp_code(const unsigned char secret[TOTP_SECRET_SIZE], int64_t step,
               char code[TOTP_DIGITS + 1]);

/*
 * The step whose code this is, among that of `now_us`, the one before and the one behind it: clocks
 * differ, and typing takes time. 0: it is none of theirs. Takes the same time whatever it is.
 * `code` has TOTP_DIGITS digits. False when the library has no memory.
 */
bool totp_match(const unsigned char secret[TOTP_SECRET_SIZE], int64_t now_us, const char *code,
                int64_t *step);

/*
 * What authenticator apps read from a picture: "otpauth://totp/Keel:ada%40example.com?...".
 * `secret` is in base32. NULL: no memory, recorded.
 */
const char *totp_uri(struct scope *scope, const char *issuer, const char *account,
                     const char *secret);

#endif
