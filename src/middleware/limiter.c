/* limiter.c - token buckets in a file that every process of the node maps */
#include "keel/middleware/limiter.h"

#include "keel/core/shared_file.h"
#include "keel/core/siphash.h"

#include <stdlib.h>
#include <string.h>

/*
 * A bucket is one number: when it will be full again (the "theoretical arrival time" of the generic
 * cell rate algorithm). In a slot that time takes 48 bits, in ticks of 16 microseconds (enough
 * until 2112), and a tag made of the key's hash the 16 above. A key may lie in any of the four
 * slots of its set. In a set full of others it is taken for one of them once in 16,384 times, and
 * shares that one's bucket; nobody without the seed can choose with whom.
 */
#define TICK_US          16
#define TICKS_PER_SECOND (UINT64_C(1000000) / TICK_US)
#define TICKS_PER_MINUTE (TICKS_PER_SECOND * 60)
#define TIME_BITS        48
#define TIME_MASK        ((UINT64_C(1) << TIME_BITS) - 1)

#define SLOTS 65536u
#define WAYS  4u
#define SETS  (SLOTS / WAYS)

/* Tokens a bucket holds at least, and the time that filling the slowest one (1 a minute) takes. */
#define DEPTH_MIN    10
#define LONGEST_FILL (DEPTH_MIN * TICKS_PER_MINUTE)

/* Slots begin on a cache line, so that no set of four lies across two. */
struct limiter_file {
    struct shared_file_header header;
    _Atomic uint64_t slots[SLOTS];
};

static const struct shared_file_kind kind = {
    .magic = {'K', 'E', 'E', 'L', 'R', 'A', 'T', 'E'},
    .version = 1,
    .count = SLOTS,
    .size = sizeof(struct limiter_file),
};

struct limiter {
    struct shared_file shared;
    struct limiter_file *file; /* what that maps */
};

/* In ticks. */
struct rate {
    uint64_t interval; /* in which one token comes */
    uint64_t fill;     /* in which an empty bucket becomes full */
};

/* A slot and what it held when it was looked at. */
struct place {
    _Atomic uint64_t *slot;
    uint64_t seen;
};

bool limiter_open(const char *path, struct limiter **limiter)
{
    struct limiter *made = malloc(sizeof *made);

    if (!made)
        return false;
    if (!shared_file_map(path, &kind, &made->shared)) {
        free(made);
        return false;
    }
    made->file = made->shared.memory;
    *limiter = made;
    return true;
}

void limiter_close(struct limiter *limiter)
{
    if (!limiter)
        return;
    shared_file_unmap(&limiter->shared);
    free(limiter);
}

/*
 * Ticks until the bucket in a slot is full. A time that no bucket can need was written before the
 * clock was set back.
 */
static uint64_t ticks_to_full(uint64_t value, uint64_t now)
{
    uint64_t full_at = value & TIME_MASK;
    uint64_t left = full_at > now ? full_at - now : 0;

    return left > LONGEST_FILL ? 0 : left;
}

/*
 * The slot of the key, else the one whose bucket is nearest to full: forgetting a full one loses
 * nothing.
 */
static struct place find_place(_Atomic uint64_t *set, uint64_t tag, uint64_t now)
{
    struct place best = {NULL, 0};

    for (unsigned i = 0; i < WAYS; i++) {
        uint64_t value = atomic_load_explicit(&set[i], memory_order_relaxed);

        if (value >> TIME_BITS == tag)
            return (struct place){&set[i], value};
        if (!best.slot || ticks_to_full(value, now) < ticks_to_full(best.seen, now))
            best = (struct place){&set[i], value};
    }
    return best;
}

/*
 * Takes a token from a bucket that is full at `*full_at`, and moves that. False when it is empty. A
 * clock that was set back leaves at worst an empty bucket, which then fills.
 */
static bool take_token(uint64_t *full_at, const struct rate *rate, uint64_t now)
{
    if (*full_at < now)
        *full_at = now;
    if (*full_at > now + rate->fill)
        *full_at = now + rate->fill;
    if (*full_at + rate->interval > now + rate->fill)
        return false;
    *full_at += rate->interval;
    return true;
}

static int seconds_to_token(uint64_t full_at, const struct rate *rate, uint64_t now)
{
    uint64_t ticks = full_at + rate->interval - (now + rate->fill);

    return (int)((ticks + TICKS_PER_SECOND - 1) / TICKS_PER_SECOND);
}

static bool take(struct limiter *limiter, uint64_t hash, const struct rate *rate, uint64_t now,
                 int *retry_after)
{
    _Atomic uint64_t *set = &limiter->file->slots[hash % SETS * WAYS];
    uint64_t tag = hash >> TIME_BITS;

    /* Another process changing the slot in between is the only reason to go round again. */
    for (;;) {
        struct place place = find_place(set, tag, now);
        bool known = place.seen >> TIME_BITS == tag;
        uint64_t full_at = known ? place.seen & TIME_MASK : 0;
        bool taken = take_token(&full_at, rate, now);
        uint64_t value = tag << TIME_BITS | (full_at & TIME_MASK);

        if (value == place.seen ||
            atomic_compare_exchange_strong_explicit(place.slot, &place.seen, value,
                                                    memory_order_relaxed, memory_order_relaxed)) {
            if (!taken)
                *retry_after = seconds_to_token(full_at, rate, now);
            return taken;
        }
    }
}

bool limiter_take(struct limiter *limiter, const char *key, int64_t per_minute, int64_t now_us,
                  int *retry_after)
{
    /* A rate below one token a tick is as good as none: no process serves that many. */
    if (per_minute <= 0 || (uint64_t)per_minute > TICKS_PER_MINUTE)
        return true;
    uint64_t depth = per_minute / 6 > DEPTH_MIN ? (uint64_t)per_minute / 6 : DEPTH_MIN;
    struct rate rate = {.interval = TICKS_PER_MINUTE / (uint64_t)per_minute};
    uint64_t now = now_us > 0 ? (uint64_t)now_us / TICK_US : 0;

    rate.fill = rate.interval * depth;
    return take(limiter, siphash(limiter->file->header.seed, key, strlen(key)), &rate, now,
                retry_after);
}
