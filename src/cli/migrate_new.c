/* migrate_new.c - `keelctl migrate new NAME`: the next pair of files, to be filled in */
#include "migrate_call.h"

#include "arguments.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* The purpose stands alone: all of the first comment is shown as it in every report. */
#define UP_TEXT                                                                                    \
    "-- Purpose: %s.\n\n"                                                                          \
    "-- Runs in one transaction. What cannot (CREATE INDEX CONCURRENTLY) says here: -- migrate: "  \
    "no-transaction\n\n"
#define DOWN_TEXT "-- Takes back exactly what the up file does.\n\n"

static bool is_name(const char *name)
{
    return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

static bool fail_file(struct cli *cli, const char *path)
{
    return fail(&cli->scope, ERR_INTERNAL, "%s: cannot be written: %s.", path, strerror(errno));
}

/* O_EXCL: somebody's file of the same name is never lost. */
static bool write_file(struct cli *cli, const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    if (fd < 0)
        return fail_file(cli, path);
    bool done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (close(fd) != 0 || !done)
        return fail_file(cli, path);
    return cli_print_format(cli, "%s\n", path);
}

/* "items_weight" as "items weight": true enough until somebody writes a better one. */
static const char *up_text(struct cli *cli, const char *name)
{
    char *words = scope_format(&cli->scope, "%s", name);

    if (!words)
        return NULL;
    for (char *at = words; *at; at++) {
        if (*at == '_')
            *at = ' ';
    }
    return scope_format(&cli->scope, UP_TEXT, words);
}

bool migrate_new(struct migrate_call *call)
{
    struct cli *cli = call->cli;
    const char *name = arguments_next(cli);
    const char *folder = migrate_call_folder(call);

    if (!name || !is_name(name))
        return cli_misuse(
            cli, "Give the migration a name of lower-case letters, digits and underscores.");
    if (!arguments_end(cli) || !migrations_read(&cli->scope, folder, &call->set))
        return false;
    int64_t version = call->set.count ? call->set.list[call->set.count - 1].version + 1 : 1;
    const char *up = scope_format(&cli->scope, "%s/%04" PRId64 "_%s.up.sql", folder, version, name);
    const char *down =
        scope_format(&cli->scope, "%s/%04" PRId64 "_%s.down.sql", folder, version, name);

    const char *text = up_text(cli, name);

    return up && down && text && write_file(cli, up, text) && write_file(cli, down, DOWN_TEXT);
}
