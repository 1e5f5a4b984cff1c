/* token_keys.c - the keys in force, read anew when their folder changes */
#include "keel/services/token_keys.h"

#include "keel/core/clock.h"
#include "keel/core/config.h"
#include "keel/core/log.h"
#include "key_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Two changes this close to each other may leave one and the same time on the folder, so a folder
 * is believed to be unchanged only when its last change is older.
 */
#define SETTLED_US INT64_C(2000000)

/* When a folder was changed last, as far as it tells. */
struct stamp {
    dev_t device;
    ino_t file;
    struct timespec time;
};

struct token_keys {
    struct arena arena; /* of the keys in force */
    struct key_set set;
    struct stamp stamp; /* of the folder that was last looked at, whatever came of it */
    bool is_settled;
    bool is_broken; /* it could not be read; the log says so, once */
};

static bool take_stamp(const char *folder, struct stamp *stamp)
{
    struct stat found;

    if (stat(folder, &found) != 0)
        return false;
    *stamp = (struct stamp){found.st_dev, found.st_ino, found.st_mtim};
    return true;
}

static bool is_same(const struct stamp *a, const struct stamp *b)
{
    return a->device == b->device && a->file == b->file && a->time.tv_sec == b->time.tv_sec &&
           a->time.tv_nsec == b->time.tv_nsec;
}

static bool is_old(const struct stamp *stamp)
{
    int64_t changed = stamp->time.tv_sec * INT64_C(1000000) + stamp->time.tv_nsec / 1000;

    return clock_now_us() - changed > SETTLED_US;
}

/* Puts new keys in the place of the old ones; these stay where it fails. */
static bool replace(struct scope *scope, struct token_keys *keys)
{
    struct arena arena;
    struct key_set set;

    arena_init(&arena);
    if (!key_set_read(scope, &arena, &set) ||
        (!set.signer && !fail(scope, ERR_INTERNAL,
                              "No key signs tokens: keelctl keys new, or set KEEL_JWT_SECRET"))) {
        arena_free(&arena);
        return false;
    }
    arena_free(&keys->arena);
    keys->arena = arena;
    keys->set = set;
    return true;
}

static void log_broken(struct scope *scope)
{
    struct log_line line;

    if (!log_begin(scope->log, &line, LOG_LEVEL_ERROR,
                   "The folder of keys cannot be used; the keys from before stay in force."))
        return;
    log_add_text(&line, "reason", scope->error.message);
    log_end(&line);
}

/* Looks whether the folder has changed, and reads it anew. */
static void refresh(struct scope *scope, struct token_keys *keys)
{
    struct stamp stamp = {0};

    /* One that is gone has no stamp, and is looked for each time. */
    bool there = take_stamp(scope->config->key_folder, &stamp);
    bool changed = !is_same(&stamp, &keys->stamp);

    if (there && !changed && keys->is_settled)
        return;
    keys->is_settled = there && is_old(&stamp);
    keys->stamp = stamp;
    if (replace(scope, keys)) {
        keys->is_broken = false;
        return;
    }
    if (changed || !keys->is_broken)
        log_broken(scope);
    keys->is_broken = true;
    scope_clear_error(scope);
}

bool token_keys_open(struct scope *scope, struct token_keys **keys)
{
    *keys = calloc(1, sizeof **keys);
    if (!*keys)
        return fail_memory(scope);
    arena_init(&(*keys)->arena);
    if (key_folder_is_set(scope->config))
        (*keys)->is_settled =
            take_stamp(scope->config->key_folder, &(*keys)->stamp) && is_old(&(*keys)->stamp);
    if (replace(scope, *keys))
        return true;
    token_keys_close(*keys);
    *keys = NULL;
    return false;
}

void token_keys_close(struct token_keys *keys)
{
    if (keys)
        arena_free(&keys->arena);
    free(keys);
}

/* For whoever opened none: a folder that is set would be overlooked, so it is read, too. */
static bool read_once(struct scope *scope, const struct key_set **set)
{
    struct key_set *made = scope_alloc(scope, sizeof *made);

    *set = made;
    return made && key_set_read(scope, &scope->arena, made);
}

bool token_keys_now(struct scope *scope, const struct key_set **set)
{
    struct token_keys *keys = scope->token_keys;

    if (!keys)
        return read_once(scope, set);
    if (key_folder_is_set(scope->config))
        refresh(scope, keys);
    *set = &keys->set;
    return true;
}
