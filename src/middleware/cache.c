/* cache.c - who may keep an answer, as its row says */
#include "stages.h"

const char *cache_control(const struct exchange *exchange)
{
    /* With credentials it is theirs alone, whether or not they were looked at. */
    bool is_own = exchange->request.authorization != NULL;

    switch (exchange->route->cache) {
    case CACHE_NONE:
        return NULL;
    case CACHE_CHECK:
        return is_own ? "private, no-cache" : "no-cache";
    case CACHE_PUBLIC:
        return is_own ? "private, no-cache" : "public, no-cache";
    case CACHE_MINUTES:
        return is_own ? "private, max-age=300" : "public, max-age=300";
    }
    return NULL;
}
