/* config_file.c - the lines of a settings file */
#include "config_file.h"

#include "keel/core/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 4096
#define FILE_MAX  ((size_t)1024 * 1024)

static bool fail_file(struct scope *scope, const char *path, int error)
{
    fail_field(scope, "KEEL_CONFIG", "unreadable", "%s cannot be read: %s.", path, strerror(error));
    return false;
}

static bool read_all(struct scope *scope, const char *path, int fd, struct buffer *text)
{
    for (;;) {
        if (!buffer_reserve(text, READ_SIZE))
            return fail_memory(scope);
        ssize_t got = read(fd, text->data + text->length, READ_SIZE);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_file(scope, path, errno);
        if (got == 0)
            return true;
        text->length += (size_t)got;
        if (text->length > FILE_MAX)
            return fail_file(scope, path, EFBIG);
    }
}

/* The whole file, with a NUL behind it. */
static bool read_file(struct scope *scope, const char *path, struct buffer *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return fail_file(scope, path, errno);
    buffer_init(text, &scope->arena);
    bool ok = read_all(scope, path, fd, text);

    close(fd);
    if (ok)
        text->data[text->length] = '\0';
    return ok;
}

static bool is_name(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static const char digits[] = "0123456789";
    size_t at = strspn(text, letters);

    if (at == 0)
        return false;
    for (size_t more = at; more > 0; at += more)
        more = strspn(text + at, letters) + strspn(text + at, digits);
    return text[at] == '\0';
}

static bool is_comment(const char *line)
{
    line += strspn(line, " \t");
    return *line == '\0' || *line == '#';
}

/* Cuts one line, which is NUL-terminated and without its line end, into name and value. */
static bool split_line(struct scope *scope, const char *path, char *text, struct config_line *line)
{
    char *equals = strchr(text, '=');

    if (equals)
        *equals = '\0';
    if (!equals || !is_name(text))
        return fail_field(scope, "KEEL_CONFIG", "syntax", "%s:%zu: NAME=value is expected.", path,
                          line->number);
    line->name = text;
    line->value = equals + 1;
    return true;
}

bool config_file_read(struct scope *scope, const char *path, struct config_line **lines)
{
    struct config_line **last = lines;
    struct buffer text;
    size_t number = 0;

    *lines = NULL;
    if (!read_file(scope, path, &text))
        return false;
    if (memchr(text.data, '\0', text.length))
        return fail_field(scope, "KEEL_CONFIG", "syntax", "%s is not a text file.", path);
    for (char *rest = text.data; rest;) {
        char *start = strsep(&rest, "\n");
        size_t length = strlen(start);

        number++;
        if (length > 0 && start[length - 1] == '\r')
            start[length - 1] = '\0';
        if (is_comment(start))
            continue;
        struct config_line *line = scope_alloc(scope, sizeof *line);

        if (!line)
            return false;
        line->number = number;
        if (!split_line(scope, path, start, line))
            return false;
        *last = line;
        last = &line->next;
    }
    return true;
}
