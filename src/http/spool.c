/* spool.c - files below the setting upload_folder, which only this user may read */
#include "spool.h"

#include "keel/core/config.h"
#include "keel/core/random.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define NAME_SIZE 33

/* Long enough that somebody may have made room. */
#define FULL_RETRY_S 60

/* What a full disk says, or a quota, or a limit on the size of files. */
static bool is_full(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

bool spool_fail(struct scope *scope, const char *step)
{
    int error = errno;

    if (is_full(error)) {
        fail(scope, ERR_UNAVAILABLE, "The server has no room for this right now");
        scope->error.retry_after = FULL_RETRY_S;
    } else {
        fail(scope, ERR_INTERNAL, "Something went wrong on our side");
    }
    return fail_detail(scope, "upload_folder: %s: %s", step, strerror(error));
}

bool spool_create(struct scope *scope, const char **path, int *fd)
{
    const char *folder = scope->config->upload_folder;
    char name[NAME_SIZE];

    if (!folder || !*folder) {
        fail(scope, ERR_UNAVAILABLE, "This server takes no uploads and gives no exports");
        return fail_detail(scope, "upload_folder is not set");
    }
    if (!random_hex(name, NAME_SIZE / 2))
        return fail(scope, ERR_UNAVAILABLE, "The server has no random numbers");
    *path = scope_format(scope, "%s/upload-%s", folder, name);
    if (!*path)
        return false;
    *fd = open(*path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return *fd >= 0 || spool_fail(scope, "open");
}

bool spool_write(struct scope *scope, int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t count = write(fd, bytes, size);

        if (count < 0 && errno != EINTR)
            return spool_fail(scope, "write");
        if (count > 0) {
            bytes += count;
            size -= (size_t)count;
        }
    }
    return true;
}
