/* fastcgi_share.c - how much a worker serves before it makes room for a new one */
#include "fastcgi_share.h"

#include "keel/core/clock.h"
#include "keel/core/config.h"
#include "keel/core/random.h"
#include "keel/core/text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * A request that is too large for any worker must not cost one after the other: who has just
 * started stays.
 */
#define YOUNG_US 1000000

/* Looking costs some microseconds, and memory grows slowly. */
#define LOOK_EVERY 256

/* Workers that were started together must not leave together: up to a tenth less, by chance. */
static int64_t spread(int64_t limit)
{
    uint64_t chance;

    if (limit < 10 || !random_bytes(&chance, sizeof chance))
        return limit;
    return limit - (int64_t)(chance % (uint64_t)(limit / 10 + 1));
}

void share_init(struct share *share, const struct config *config)
{
    *share = (struct share){
        .request_limit = spread(config->max_requests),
        .memory_limit = config->max_memory_mb * 1024 * 1024,
        .next_look = LOOK_EVERY,
        .young_until_us = clock_monotonic_us() + YOUNG_US,
    };
}

/* Bytes of the process that are in memory; 0 where /proc does not say. */
static int64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    char line[128] = "";
    int64_t pages = 0;

    if (!file)
        return 0;
    /* The second number (proc(5)). */
    if (fgets(line, sizeof line, file)) {
        const char *second = line + strcspn(line, " ");

        second += strspn(second, " ");
        if (!text_to_int(second, strcspn(second, " "), &pages))
            pages = 0;
    }
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

bool share_is_done(struct share *share, bool is_short)
{
    if (is_short && clock_monotonic_us() >= share->young_until_us)
        return true;
    if (share->request_limit && share->requests >= share->request_limit)
        return true;
    if (share->memory_limit == 0 || share->requests < share->next_look)
        return false;
    share->next_look = share->requests + LOOK_EVERY;
    return resident_bytes() > share->memory_limit;
}
