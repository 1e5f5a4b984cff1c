/* new_file.c - a file that is there when it is whole, and not before */
#include "new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail_file(struct scope *scope, const char *path)
{
    return fail(scope, ERR_UNAVAILABLE, "%s cannot be written: %s.", path, strerror(errno));
}

/* What nobody can rename: it is written as it is. */
static bool is_special(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 && !S_ISREG(found.st_mode);
}

/* mkostemp() makes files for oneself alone; the user's mask is to decide, as for any file. */
static bool allow_as_usual(int fd)
{
    mode_t mask = umask(0);

    umask(mask);
    return fchmod(fd, 0666 & ~mask) == 0;
}

bool new_file_open(struct scope *scope, const char *path, struct new_file *file)
{
    *file = (struct new_file){.fd = -1};
    if (strcmp(path, "-") == 0) {
        file->fd = STDOUT_FILENO;
        return true;
    }
    file->path = path;
    if (is_special(path)) {
        file->fd = open(path, O_WRONLY | O_CLOEXEC);
        return file->fd >= 0 || fail_file(scope, path);
    }
    char *beside = scope_format(scope, "%s.XXXXXX", path);

    if (!beside)
        return false;
    file->fd = mkostemp(beside, O_CLOEXEC);
    if (file->fd < 0)
        return fail_file(scope, path);
    file->beside = beside;
    if (allow_as_usual(file->fd))
        return true;
    new_file_drop(file);
    return fail_file(scope, path);
}

bool new_file_keep(struct scope *scope, struct new_file *file)
{
    int fd = file->fd;

    if (!file->path)
        return true;
    /* A name that is there after a crash must not stand for an empty file. */
    if (file->beside && fsync(fd) != 0) {
        fail_file(scope, file->path);
        new_file_drop(file);
        return false;
    }
    file->fd = -1;
    if (close(fd) == 0 && (!file->beside || rename(file->beside, file->path) == 0))
        return true;
    fail_file(scope, file->path);
    if (file->beside)
        unlink(file->beside);
    return false;
}

void new_file_drop(struct new_file *file)
{
    if (file->fd < 0 || !file->path)
        return;
    close(file->fd);
    file->fd = -1;
    if (file->beside)
        unlink(file->beside);
}
