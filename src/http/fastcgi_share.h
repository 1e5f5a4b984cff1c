/* fastcgi_share.h - how much a worker serves before it makes room for a new one */
#ifndef KEEL_HTTP_FASTCGI_SHARE_H
#define KEEL_HTTP_FASTCGI_SHARE_H

#include <stdbool.h>
#include <stdint.h>

struct config;

struct share {
    int64_t requests;       /* served so far; the caller counts */
    int64_t request_limit;  /* 0: none */
    int64_t memory_limit;   /* bytes resident; 0: none */
    int64_t next_look;      /* the count of requests at which the memory is looked at again */
    int64_t young_until_us; /* monotonic: until then a new one would have no more memory either */
};

/* Takes the limits from the settings max_requests and max_memory_mb. */
void share_init(struct share *share, const struct config *config);

/* Claim: one of the limits is reached. `is_short`: a request since the last call found no memory.
 */
bool share_is_done(struct share *share, bool is_short);

#endif
