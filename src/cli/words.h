/* words.h - what people call the values of a route's row */
#ifndef KEEL_CLI_WORDS_H
#define KEEL_CLI_WORDS_H

#include "keel/http/route.h"

/* "public", "signed in", or the permission's name. */
const char *words_of_access(const struct route *route);

/* "read" and so on. */
const char *words_of_rate(enum rate_class rate);

/* "a, b" for the names in `["a", "b"]`, as PostgreSQL writes them; NULL: failed, recorded. */
const char *words_of_names(struct scope *scope, const char *json);

#endif
