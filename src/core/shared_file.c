/* shared_file.c - memory that the processes of a node share: made, checked and mapped */
#include "keel/core/shared_file.h"

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

enum verdict {
    READY,
    REPLACED, /* the name stands for another file by now */
    FAILED,   /* with errno */
};

/*
 * The blocks are taken now: a full disk is an error here, but would be SIGBUS at the first write to
 * a mapped hole.
 */
static bool fill(int fd, const struct shared_file_kind *kind)
{
    struct shared_file_header header = {.version = kind->version, .count = kind->count};

    memcpy(header.magic, kind->magic, sizeof header.magic);
    /* The server's group shares the file whatever the umask is; who does not own it has no say. */
    (void)fchmod(fd, FILE_MODE);
    int error = posix_fallocate(fd, 0, (off_t)kind->size);

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
static bool is_ours(int fd, off_t size, const struct shared_file_kind *kind)
{
    struct shared_file_header header;

    return size == (off_t)kind->size &&
           pread(fd, &header, sizeof header, 0) == (ssize_t)sizeof header &&
           memcmp(header.magic, kind->magic, sizeof header.magic) == 0 &&
           header.version == kind->version && header.count == kind->count;
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

static bool lock(int fd)
{
    while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR)
            return false;
    }
    return true;
}

/* Nobody uses a file before it has held the lock on it, so the first to hold it may fill it. */
static enum verdict prepare(int fd, const char *path, const struct shared_file_kind *kind)
{
    struct stat opened;
    struct stat named;

    if (!lock(fd) || fstat(fd, &opened) != 0)
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
        return fill(fd, kind) ? READY : FAILED;
    return is_ours(fd, opened.st_size, kind) ? READY : put_aside(path);
}

static bool map(int fd, size_t size, struct shared_file *file)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (memory == MAP_FAILED)
        return false;
    *file = (struct shared_file){.memory = memory, .size = size, .fd = fd};
    return true;
}

bool shared_file_map(const char *path, const struct shared_file_kind *kind,
                     struct shared_file *file)
{
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        /*
         * No links: in a folder that others write to, one could lead anywhere. No waiting for the
         * other end of a pipe.
         */
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, FILE_MODE);

        if (fd < 0)
            return false;
        enum verdict verdict = prepare(fd, path, kind);
        bool mapped = verdict == READY && map(fd, kind->size, file);
        int error = errno;

        flock(fd, LOCK_UN);
        if (mapped)
            return true;
        close(fd);
        errno = error;
        if (verdict != REPLACED)
            return false;
    }
    errno = EBUSY;
    return false;
}

void shared_file_unmap(struct shared_file *file)
{
    munmap(file->memory, file->size);
    close(file->fd);
    *file = (struct shared_file){.fd = -1};
}

bool shared_file_lock(struct shared_file *file)
{
    return lock(file->fd);
}

void shared_file_unlock(struct shared_file *file)
{
    flock(file->fd, LOCK_UN);
}
