/* migrate_new.c - `keelctl migrate new NAME`: the next pair of files, to be filled in */
#include "migrate_call.h"

#include "arguments.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define UP_TEXT                                                                                    \
    "-- Purpose: \n"                                                                               \
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

    return up && down && write_file(cli, up, UP_TEXT) && write_file(cli, down, DOWN_TEXT);
}
