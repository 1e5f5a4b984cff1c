/* source.c - a checkout of Keel: its files as texts */
#include "source.h"

#include "keel/core/buffer.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULES    "src/routes/modules.c"
#define READ_CHUNK 16384

bool source_require(struct scope *scope, const char *folder)
{
    const char *path = scope_format(scope, "%s/" MODULES, folder);

    if (!path)
        return false;
    return access(path, R_OK) == 0 ||
           fail(scope, ERR_NOT_FOUND,
                "%s has no " MODULES
                ": call this in a checkout of Keel, or name one with --source.",
                strcmp(folder, ".") == 0 ? "This folder" : folder);
}

static bool read_all(struct scope *scope, int fd, const char *path, const char **text)
{
    struct buffer out;
    ssize_t count;

    buffer_init(&out, &scope->arena);
    do {
        if (!buffer_reserve(&out, READ_CHUNK))
            return fail_memory(scope);
        count = read(fd, out.data + out.length, READ_CHUNK);
        if (count < 0)
            return fail(scope, ERR_INTERNAL, "%s: cannot be read: %s.", path, strerror(errno));
        out.length += (size_t)count;
    } while (count > 0);
    out.data[out.length] = '\0';
    *text = out.data;
    return true;
}

bool source_read(struct scope *scope, const char *folder, const char *path, const char **text)
{
    const char *full = scope_format(scope, "%s/%s", folder, path);

    *text = NULL;
    if (!full)
        return false;
    int fd = open(full, O_RDONLY | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return true;
    if (fd < 0)
        return fail(scope, ERR_INTERNAL, "%s: cannot be read: %s.", full, strerror(errno));
    bool done = read_all(scope, fd, full, text);

    close(fd);
    return done;
}

int64_t source_changed_at(struct scope *scope, const char *folder, const char *path)
{
    const char *full = scope_format(scope, "%s/%s", folder, path);
    struct stat status;

    return full && stat(full, &status) == 0 ? (int64_t)status.st_mtime : 0;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

bool source_mentions(const char *text, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = text; (at = strstr(at, word)); at += length) {
        if ((at == text || !is_word(at[-1])) && !is_word(at[length]))
            return true;
    }
    return false;
}

size_t source_count(const char *text, const char *part)
{
    size_t count = 0;

    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

bool source_has_page(struct scope *scope, const char *reference, const char *base_path,
                     const struct route *route)
{
    const char *heading =
        scope_format(scope, "\n### %s %s%s\n", method_name(route->method), base_path, route->path);

    return reference && heading && strstr(reference, heading);
}
