/* key_file.c - a folder of keys, locked by who changes it, and its files */
#include "key_file.h"

#include "keel/core/config.h"
#include "key_set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static bool fail_file(struct scope *scope, const char *path, const char *what)
{
    return fail(scope, ERR_INTERNAL, "%s %s: %s", path, what, strerror(errno));
}

bool key_folder_open(struct scope *scope, struct key_folder *folder)
{
    const char *path = scope->config->key_folder;

    if (!key_folder_is_set(scope->config))
        return fail_field(scope, "KEEL_KEY_FOLDER", "required",
                          "No folder of keys is configured: set KEEL_KEY_FOLDER");
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return fail_file(scope, path, "cannot be made");
    *folder = (struct key_folder){path, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), {0}};
    if (folder->fd < 0)
        return fail_file(scope, path, "cannot be opened");
    if (flock(folder->fd, LOCK_EX) == 0 && fstat(folder->fd, &folder->found) == 0)
        return true;
    fail_file(scope, path, "cannot be locked");
    key_folder_close(folder);
    return false;
}

void key_folder_close(struct key_folder *folder)
{
    close(folder->fd);
}

bool key_file_exists(const struct key_folder *folder, const char *name)
{
    struct stat found;

    return fstatat(folder->fd, name, &found, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Whoever may read the folder's files may read this one, if it can be given to them. */
static bool give(const struct key_folder *folder, int fd)
{
    uid_t owner = geteuid() == 0 ? folder->found.st_uid : (uid_t)-1;
    bool given = fchown(fd, owner, folder->found.st_gid) == 0;
    mode_t group = given ? folder->found.st_mode & S_IRGRP : 0;

    return fchmod(fd, S_IRUSR | S_IWUSR | group) == 0;
}

static bool write_all(int fd, const char *text)
{
    size_t length = strlen(text);

    while (length > 0) {
        ssize_t written = write(fd, text, length);

        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            text += written;
            length -= (size_t)written;
        }
    }
    return true;
}

static bool write_draft(const struct key_folder *folder, const char *draft, const char *text)
{
    int fd = openat(folder->fd, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    S_IRUSR | S_IWUSR);

    if (fd < 0)
        return false;
    bool done = give(folder, fd) && write_all(fd, text) && fsync(fd) == 0;

    return close(fd) == 0 && done;
}

/* A link, unlike a new name, is never laid over another file. */
static bool publish(const struct key_folder *folder, const char *draft, const char *name,
                    bool replaces)
{
    bool done = replaces ? renameat(folder->fd, draft, folder->fd, name) == 0
                         : linkat(folder->fd, draft, folder->fd, name, 0) == 0;

    return done && fsync(folder->fd) == 0;
}

bool key_file_write(struct scope *scope, const struct key_folder *folder, const char *name,
                    const char *text, bool replaces)
{
    /* Nobody else writes while the folder is locked; what an interrupted one left is in the way. */
    const char *draft = scope_format(scope, ".%s.draft", name);
    const char *path = scope_format(scope, "%s/%s", folder->path, name);

    if (!draft || !path)
        return false;
    unlinkat(folder->fd, draft, 0);
    bool done = write_draft(folder, draft, text) && publish(folder, draft, name, replaces);

    if (!done)
        fail_file(scope, path, "cannot be written");
    unlinkat(folder->fd, draft, 0);
    return done;
}

bool key_file_remove(struct scope *scope, const struct key_folder *folder, const char *name)
{
    if ((unlinkat(folder->fd, name, 0) == 0 || errno == ENOENT) && fsync(folder->fd) == 0)
        return true;
    const char *path = scope_format(scope, "%s/%s", folder->path, name);

    return path && fail_file(scope, path, "cannot be removed");
}
