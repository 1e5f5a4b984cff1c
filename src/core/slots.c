/* slots.c - places that the processes of a node share: so many at once, by locks on a file */
#include "keel/core/slots.h"

#include "keel/core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_MODE 0660

/*
 * Nobody is woken when a place becomes free, so one looks again: often enough to lose little of
 * what hashing takes, seldom enough to cost nothing.
 */
#define LOOK_AGAIN_MS 5

#define PROBED_BYTE (INT64_C(1) << 30)

static int open_file(const char *path)
{
    /* No links: in a folder that others write to, one could lead anywhere. */
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, FILE_MODE);

    /* The server's group shares the file whatever the umask is; who does not own it has no say. */
    if (fd >= 0)
        (void)fchmod(fd, FILE_MODE);
    return fd;
}

/*
 * Place number n is the file's n-th byte, which need not be there. The lock belongs to what was
 * opened, not to the process: two in one process exclude each other, too, and the kernel gives it
 * back when its holder dies.
 */
static bool lock_byte(int fd, int64_t number)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)number, .l_len = 1};

    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

/* Claim: a place was free. False with EAGAIN when none was, with another errno for a failure. */
static bool lock_any(int fd, int64_t count)
{
    for (int64_t number = 0; number < count; number++) {
        if (lock_byte(fd, number))
            return true;
        if (errno == EACCES)
            errno = EAGAIN;
        if (errno != EAGAIN)
            return false;
    }
    return false;
}

static bool wait_for_any(int fd, int64_t count, int64_t wait_ms)
{
    const struct timespec pause = {.tv_nsec = LOOK_AGAIN_MS * 1000000L};
    int64_t deadline = clock_monotonic_us() + wait_ms * 1000;

    while (!lock_any(fd, count)) {
        if (errno != EAGAIN)
            return false;
        if (clock_monotonic_us() >= deadline) {
            errno = EAGAIN;
            return false;
        }
        nanosleep(&pause, NULL);
    }
    return true;
}

bool slot_take(const char *path, int64_t count, int64_t wait_ms, struct slot *slot)
{
    slot->fd = open_file(path);
    if (slot->fd < 0)
        return false;
    if (wait_for_any(slot->fd, count, wait_ms))
        return true;
    int error = errno;

    slot_give(slot);
    errno = error;
    return false;
}

void slot_give(struct slot *slot)
{
    if (slot->fd >= 0)
        close(slot->fd);
    slot->fd = -1;
}

bool slots_are_usable(const char *path)
{
    int fd = open_file(path);
    struct stat status;

    if (fd < 0)
        return false;
    bool usable = fstat(fd, &status) == 0;

    if (usable && !S_ISREG(status.st_mode)) {
        errno = EINVAL;
        usable = false;
    }
    /* Far behind all places; another process may be asking the same. */
    if (usable && !lock_byte(fd, PROBED_BYTE))
        usable = errno == EAGAIN || errno == EACCES;
    int error = errno;

    close(fd);
    errno = error;
    return usable;
}

int64_t slots_per_core(void)
{
    cpu_set_t cores;

    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
}
