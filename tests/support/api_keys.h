/* api_keys.h - requests that carry an Idempotency-Key */
#ifndef KEEL_TESTS_SUPPORT_API_KEYS_H
#define KEEL_TESTS_SUPPORT_API_KEYS_H

#include "api.h"

/* A POST of the editor's with a key; `body` may be NULL. */
struct api_request api_keyed(struct api *api, const char *target, const char *body,
                             const char *key);

/* The same, sent. */
const struct api_reply *api_post_keyed(struct api *api, const char *target, const char *body,
                                       const char *key);

/* Claim: it is the answer that an earlier request was given; header and log say the same of it. */
bool api_is_replay(struct api *api, const struct api_reply *reply);

/* The test fails unless both are byte for byte the same answer, as far as it is theirs alone. */
void api_must_be_same(struct api *api, const struct api_reply *first,
                      const struct api_reply *again);

#endif
