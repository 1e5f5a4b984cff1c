/* metrics_process.c - which processes serve, since when, and how they ended */
#include "metrics_file.h"

#include <fcntl.h>
#include <string.h>

static struct flock lock_of(size_t number, short type)
{
    size_t at = offsetof(struct metrics_file, processes) + number * sizeof(struct process_place);

    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)at, .l_len = 1};
}

/* The lock belongs to what was opened: two in one process exclude each other, too. */
static bool take(const struct metrics *metrics, size_t number)
{
    struct flock lock = lock_of(number, F_WRLCK);

    return fcntl(metrics->shared.fd, F_OFD_SETLK, &lock) == 0;
}

static void give(const struct metrics *metrics, size_t number)
{
    struct flock lock = lock_of(number, F_UNLCK);

    (void)fcntl(metrics->shared.fd, F_OFD_SETLK, &lock);
}

/* Counts one that is gone without a word. Only who holds the place's lock comes here. */
static void bury(struct metrics_file *file, size_t number)
{
    uint32_t pool = atomic_exchange(&file->processes[number].pool, 0);

    if (pool > 0 && pool <= METRICS_POOL_MAX)
        add_count(&file->pools[pool - 1].ends[METRICS_END_KILLED], 1);
}

void metrics_bury(struct metrics *metrics)
{
    struct metrics_file *file = metrics->file;

    for (size_t i = 0; i < METRICS_PROCESS_MAX; i++) {
        if (i == metrics->process || atomic_load(&file->processes[i].pool) == 0 ||
            !take(metrics, i))
            continue;
        bury(file, i);
        give(metrics, i);
    }
}

/* The number of a pool, taken now if it has none; the last one stands for all beyond. */
static uint32_t place_pool(struct metrics_file *file, const char *name)
{
    uint32_t count = atomic_load(&file->pool_count);

    for (uint32_t i = 0; i < count; i++) {
        if (strncmp(file->pools[i].name, name, sizeof file->pools[i].name - 1) == 0)
            return i;
    }
    if (count == METRICS_POOL_MAX)
        return METRICS_POOL_MAX - 1;
    struct pool_counts *pool = &file->pools[count];

    if (count == METRICS_POOL_MAX - 1)
        name = "other";
    memset(pool->name, 0, sizeof pool->name);
    memcpy(pool->name, name, strnlen(name, sizeof pool->name - 1));
    atomic_store(&file->pool_count, count + 1);
    return count;
}

static bool is_serving(const struct metrics *metrics)
{
    return metrics && metrics->process < METRICS_PROCESS_MAX;
}

void metrics_enter(struct metrics *metrics, const char *pool, int64_t now_us)
{
    if (!metrics || is_serving(metrics) || !shared_file_lock(&metrics->shared))
        return;
    struct metrics_file *file = metrics->file;
    uint32_t number = place_pool(file, pool);
    size_t i = 0;

    shared_file_unlock(&metrics->shared);
    while (i < METRICS_PROCESS_MAX && !take(metrics, i))
        i++;
    metrics->process = i;
    if (i == METRICS_PROCESS_MAX)
        return;
    bury(file, i);
    atomic_store(&file->processes[i].busy, 0);
    atomic_store(&file->processes[i].started_us, now_us);
    add_count(&file->pools[number].starts, 1);
    atomic_store(&file->processes[i].pool, number + 1);
}

void metrics_leave(struct metrics *metrics, enum metrics_end end)
{
    if (!is_serving(metrics))
        return;
    struct metrics_file *file = metrics->file;
    uint32_t pool = atomic_exchange(&file->processes[metrics->process].pool, 0);

    add_count(&file->pools[pool - 1].ends[end], 1);
    give(metrics, metrics->process);
    metrics->process = METRICS_PROCESS_MAX;
}

void metrics_set_busy(struct metrics *metrics, bool busy)
{
    if (is_serving(metrics))
        atomic_store_explicit(&metrics->file->processes[metrics->process].busy, busy,
                              memory_order_relaxed);
}
