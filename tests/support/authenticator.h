/* authenticator.h - an authenticator app: codes out of the secret that it was given */
#ifndef KEEL_TESTS_SUPPORT_AUTHENTICATOR_H
#define KEEL_TESTS_SUPPORT_AUTHENTICATOR_H

#include <time.h>

/*
 * The code that the app shows at a moment, for a secret in base32. Written apart from the program's
 * own on purpose.
 */
void authenticator_show(const char *secret, time_t moment, char code[7]);

#endif
