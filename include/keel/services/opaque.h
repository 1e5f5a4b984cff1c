/* opaque.h - tokens that say nothing: random, and stored as a hash */
#ifndef KEEL_SERVICES_OPAQUE_H
#define KEEL_SERVICES_OPAQUE_H

#include "keel/core/scope.h"

/*
 * `prefix` and 256 random bits as base64url. The prefix tells people and secret scanners what they
 * look at. NULL: failed, recorded.
 */
const char *opaque_make(struct scope *scope, const char *prefix);

/*
 * The token that follows `token`: always the same one, but only for who knows session_secret. NULL:
 * failed, recorded.
 */
const char *opaque_follow(struct scope *scope, const char *prefix, const char *token);

/*
 * SHA-256 of a token, as a bytea parameter. A plain hash is enough: nobody can guess 256 random
 * bits. NULL: failed, recorded.
 */
const char *opaque_hash(struct scope *scope, const char *token);

#endif
