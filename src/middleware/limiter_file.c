/* limiter_file.c - the file behind the limiter: made, checked and mapped */
#include "limiter_file.h"

#include "keel/core/random.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE 0660

/* How often to begin again because others replaced the file meanwhile. */
#define ATTEMPTS 16

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "only atomics without locks can be shared");
_Static_assert(sizeof(_Atomic uint64_t) == sizeof(uint64_t), "a slot has 8 bytes in the file");
_Static_assert(sizeof(struct limiter_header) == 64, "slots begin on a cache line");

enum verdict {
    READY,
    REPLACED, /* the name stands for another file by now */
    FAILED,   /* with errno */
};

static const struct limiter_header expected = {
    .magic = {'K', 'E', 'E', 'L', 'R', 'A', 'T', 'E'},
    .version = 1,
    .slot_count = LIMITER_SLOTS,
};

/*
 * The blocks are taken now: a full disk is an error here, but would be SIGBUS at the first write to
 * a mapped hole.
 */
static bool fill(int fd)
{
    struct limiter_header header = expected;

    /* The server's group shares the file whatever the umask is; who does not own it has no say. */
    (void)fchmod(fd, FILE_MODE);
    int error = posix_fallocate(fd, 0, sizeof(struct limiter_file));

    if (error == 0 && !random_bytes(header.seed, sizeof header.seed))
        error = ENOSYS;
    if (error == 0 && pwrite(fd, &header, sizeof header, 0) != (ssize_t)sizeof header)
        error = EIO;
    if (error == 0)
        return true;
    /* Empty again, so that the next opener starts afresh. */
    if (ftruncate(fd, 0) != 0)
        error = errno;
    errno = error;
    return false;
}

/* Claim: the file is whole, so that no access to its mapping can fail. */
static bool is_ours(int fd, off_t size)
{
    struct limiter_header header;

    return size == (off_t)sizeof(struct limiter_file) &&
           pread(fd, &header, sizeof header, 0) == (ssize_t)sizeof header &&
           memcmp(header.magic, expected.magic, sizeof header.magic) == 0 &&
           header.version == expected.version && header.slot_count == expected.slot_count;
}

static enum verdict put_aside(const char *path)
{
    char old[PATH_MAX];
    int length = snprintf(old, sizeof old, "%s.old", path);

    if (length < 0 || (size_t)length >= sizeof old) {
        errno = ENAMETOOLONG;
        return FAILED;
    }
    return rename(path, old) == 0 || errno == ENOENT ? REPLACED : FAILED;
}

/* Nobody uses a file before it has held the lock on it, so the first to hold it may fill it. */
static enum verdict prepare(int fd, const char *path)
{
    struct stat opened;
    struct stat named;

    while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR)
            return FAILED;
    }
    if (fstat(fd, &opened) != 0)
        return FAILED;
    if (!S_ISREG(opened.st_mode)) {
        errno = EINVAL;
        return FAILED;
    }
    if (lstat(path, &named) != 0)
        return errno == ENOENT ? REPLACED : FAILED;
    if (named.st_dev != opened.st_dev || named.st_ino != opened.st_ino)
        return REPLACED;
    if (opened.st_size == 0)
        return fill(fd) ? READY : FAILED;
    return is_ours(fd, opened.st_size) ? READY : put_aside(path);
}

static bool map(int fd, struct limiter_file **file)
{
    void *bytes =
        mmap(NULL, sizeof(struct limiter_file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (bytes == MAP_FAILED)
        return false;
    *file = bytes;
    return true;
}

bool limiter_file_map(const char *path, struct limiter_file **file)
{
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        /*
         * No links: in a folder that others write to, one could lead anywhere. No waiting for the
         * other end of a pipe.
         */
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, FILE_MODE);

        if (fd < 0)
            return false;
        enum verdict verdict = prepare(fd, path);
        bool mapped = verdict == READY && map(fd, file);
        int error = errno;

        /* Closing alone would not give the lock back: the mapping keeps what was opened alive. */
        flock(fd, LOCK_UN);
        close(fd);
        errno = error;
        if (verdict != REPLACED)
            return mapped;
    }
    errno = EBUSY;
    return false;
}

void limiter_file_unmap(struct limiter_file *file)
{
    munmap(file, sizeof *file);
}
