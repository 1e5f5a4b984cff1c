/* plan.c - files that are to be made or changed together: all of them, or none */
#include "plan.h"

#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool plan_begin(struct plan *plan, struct scope *scope, const char *folder, bool takes_back)
{
    *plan = (struct plan){.scope = scope, .folder = folder, .takes_back = takes_back};
    return source_require(scope, folder);
}

bool plan_read(const struct plan *plan, const char *path, const char **text)
{
    return source_read(plan->scope, plan->folder, path, text);
}

/* The file as the plan has it so far; one that is not in it yet is read and added. */
static struct plan_file *find_file(struct plan *plan, const char *path)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (strcmp(plan->files[i].path, path) == 0)
            return &plan->files[i];
    }
    if (plan->count == PLAN_FILE_MAX) {
        fail(plan->scope, ERR_INTERNAL, "A plan has at most %d files.", PLAN_FILE_MAX);
        return NULL;
    }
    struct plan_file *file = &plan->files[plan->count];

    *file = (struct plan_file){.path = path};
    if (!plan_read(plan, path, &file->before))
        return NULL;
    file->after = file->before;
    plan->count++;
    return file;
}

static bool fail_changed(const struct plan *plan, const char *path)
{
    return fail(plan->scope, ERR_CONFLICT,
                "%s is no longer as it was made: take it back by hand, or with git.", path);
}

bool plan_create(struct plan *plan, const char *path, const char *text)
{
    struct plan_file *file = find_file(plan, path);

    if (!file)
        return false;
    if (plan->takes_back) {
        if (!file->before || strcmp(file->before, text) != 0)
            return fail_changed(plan, path);
        file->after = NULL;
        return true;
    }
    if (file->before)
        return fail(plan->scope, ERR_CONFLICT, "%s is there already and is not overwritten.", path);
    file->after = text;
    return true;
}

/* The line behind this one; its end when it is the last. */
static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return *line ? line + 1 : line;
}

static const char *find_line(const char *text, const char *start, bool whole)
{
    size_t length = strlen(start);

    for (; *text; text = next_line(text)) {
        if (strncmp(text, start, length) == 0 && (!whole || text[length] == '\n'))
            return text;
    }
    return NULL;
}

static const char *find_spot(const char *text, struct plan_spot spot)
{
    if (spot.after) {
        text = find_line(text, spot.after, true);
        if (!text)
            return NULL;
        text = next_line(text);
    }
    return spot.before ? find_line(text, spot.before, false) : text + strlen(text);
}

static bool take_out(const struct plan *plan, struct plan_file *file, const char *text)
{
    const char *at = strstr(file->after, text);

    if (!at)
        return fail_changed(plan, file->path);
    file->after = scope_format(plan->scope, "%.*s%s", (int)(at - file->after), file->after,
                               at + strlen(text));
    return file->after != NULL;
}

bool plan_insert(struct plan *plan, const char *path, struct plan_spot spot, const char *text)
{
    struct plan_file *file = find_file(plan, path);

    if (!file)
        return false;
    if (!file->after)
        return fail(plan->scope, ERR_NOT_FOUND, "There is no %s here.", path);
    if (plan->takes_back)
        return take_out(plan, file, text);
    const char *at = find_spot(file->after, spot);

    if (!at)
        return fail(plan->scope, ERR_CONFLICT, "%s has no line `%s` any more.", path,
                    spot.after ? spot.after : spot.before);
    if (strstr(file->after, text))
        return fail(plan->scope, ERR_CONFLICT, "%s has this already: %s", path, text);
    file->after =
        scope_format(plan->scope, "%.*s%s%s", (int)(at - file->after), file->after, text, at);
    return file->after != NULL;
}

static bool write_all(int fd, const char *text)
{
    size_t length = strlen(text);

    while (length) {
        ssize_t count = write(fd, text, length);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        text += count;
        length -= (size_t)count;
    }
    return true;
}

/* A file that is made must not be there: whoever was quicker keeps theirs. */
static bool write_file(const char *path, const char *text, bool is_new)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (is_new ? O_EXCL : O_TRUNC);
    int fd = open(path, flags, 0666);

    if (fd < 0)
        return false;
    bool done = write_all(fd, text);

    if (close(fd) == 0 && done)
        return true;
    int reason = errno;

    if (is_new)
        unlink(path);
    errno = reason;
    return false;
}

static bool apply(const struct plan *plan, const char *path, const char *before, const char *after)
{
    const char *full = scope_format(plan->scope, "%s/%s", plan->folder, path);

    if (!full)
        return false;
    if (after ? write_file(full, after, !before) : unlink(full) == 0)
        return true;
    return fail(plan->scope, ERR_INTERNAL, "%s: cannot be written: %s.", full, strerror(errno));
}

bool plan_carry_out(const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_file *file = &plan->files[i];

        if (apply(plan, file->path, file->before, file->after))
            continue;
        /* The file that failed may have been begun, so it is put back as well. */
        if (file->before)
            apply(plan, file->path, file->before, file->before);
        while (i-- > 0)
            apply(plan, plan->files[i].path, plan->files[i].after, plan->files[i].before);
        return false;
    }
    return true;
}
