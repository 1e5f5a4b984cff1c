/* import_sweep.c - imports that are old, and files that no import needs */
#include "keel/services/imports.h"

#include "keel/core/config.h"
#include "sql.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* So few that no statement takes long. */
#define BATCH_MAX 100

/* Seconds that a job which failed, or a file that nobody knows, is let be: somebody may look. */
#define GRACE_S 86400

static bool forget_file(struct scope *scope, const char *id, const char *file, int64_t *removed)
{
    struct rows ignored;

    if (unlink(file) == 0)
        ++*removed;
    else if (errno != ENOENT)
        return fail(scope, ERR_UNAVAILABLE, "The upload %s cannot be removed: %s", file,
                    strerror(errno));
    return db_query(scope, &sql_imports_forget_file, PARAMS(id), &ignored);
}

static bool remove_needless(struct scope *scope, int64_t *removed)
{
    struct rows rows = {0};

    do {
        if (!db_query(scope, &sql_imports_needless_files, PARAMS(param_int(scope, BATCH_MAX)),
                      &rows))
            return false;
        for (int row = 0; row < rows.count; row++) {
            if (!forget_file(scope, row_text(&rows, row, 0), row_text(&rows, row, 1), removed))
                return false;
        }
    } while (rows.count == BATCH_MAX);
    return true;
}

static bool remove_old(struct scope *scope, int64_t *removed)
{
    struct rows rows = {0};

    do {
        if (!db_query(
                scope, &sql_imports_remove_old,
                PARAMS(param_int(scope, scope->config->import_keep_s), param_int(scope, BATCH_MAX)),
                &rows))
            return false;
        *removed += rows.count;
    } while (rows.count == BATCH_MAX);
    return true;
}

/* Claim: a file that has not been written to for so long that nobody is about to. */
static bool is_left(int folder, const char *name, int64_t now_us)
{
    struct stat file;

    return fstatat(folder, name, &file, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(file.st_mode) &&
           file.st_mtim.tv_sec < now_us / 1000000 - GRACE_S;
}

/* One whose request ended before it could say what the file was for. */
static bool remove_stray(struct scope *scope, int folder, const char *name, int64_t *removed)
{
    const char *path = scope_format(scope, "%s/%s", scope->config->upload_folder, name);
    struct rows rows;

    if (!path || !db_query(scope, &sql_imports_uses_file, PARAMS(path), &rows))
        return false;
    if (!row_bool(&rows, 0, 0))
        *removed += unlinkat(folder, name, 0) == 0;
    return true;
}

static bool remove_strays(struct scope *scope, int64_t *removed)
{
    const char *path = scope->config->upload_folder;
    DIR *folder = *path ? opendir(path) : NULL;
    bool ok = true;

    /* Where there is none there are no uploads. */
    if (!folder)
        return true;
    for (struct dirent *entry; ok && (entry = readdir(folder));) {
        if (is_left(dirfd(folder), entry->d_name, scope->now))
            ok = remove_stray(scope, dirfd(folder), entry->d_name, removed);
    }
    closedir(folder);
    return ok;
}

/* Whoever keeps nothing for long may be in the midst of one nevertheless. */
static int64_t give_up_s(const struct config *config)
{
    return config->import_keep_s > GRACE_S ? config->import_keep_s : GRACE_S;
}

bool imports_sweep(struct scope *scope, struct import_sweep *sweep)
{
    struct rows ignored;

    *sweep = (struct import_sweep){0};
    return db_query(scope, &sql_imports_give_up,
                    PARAMS(param_int(scope, GRACE_S), param_int(scope, give_up_s(scope->config))),
                    &ignored) &&
           remove_needless(scope, &sweep->files) && remove_old(scope, &sweep->imports) &&
           remove_strays(scope, &sweep->files);
}
