/* import_file.c - the file of an import: one that is there, or what comes by standard input */
#include "import_file.h"

#include "interrupt.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_SIZE ((size_t)64 * 1024)

/* How long it waits for input before it looks for Ctrl-C. */
#define LOOK_MS 200

static bool fail_file(struct cli *cli, const char *path, const char *what)
{
    return fail(&cli->scope, ERR_UNAVAILABLE, "%s cannot be %s: %s.", path, what, strerror(errno));
}

static const char *format_of(const char *path)
{
    static const char *const lines[] = {".ndjson", ".jsonl", ".json"};
    const char *end = strrchr(path, '.');

    for (size_t i = 0; end && i < sizeof lines / sizeof lines[0]; i++) {
        if (strcasecmp(end, lines[i]) == 0)
            return "ndjson";
    }
    return "csv";
}

/* Whoever goes on with it later may do so from another folder. */
static bool find_there(struct cli *cli, const char *path, struct import_order *order)
{
    char *whole = realpath(path, NULL);
    struct stat file;

    if (!whole)
        return fail_file(cli, path, "opened");
    order->file = scope_copy(&cli->scope, whole, strlen(whole));
    free(whole);
    if (!order->file)
        return false;
    if (access(order->file, R_OK) != 0 || stat(order->file, &file) != 0)
        return fail_file(cli, path, "opened");
    if (!S_ISREG(file.st_mode))
        return cli_misuse(cli, "%s is no file; - reads standard input.", path);
    order->bytes = file.st_size;
    return true;
}

static bool write_piece(struct cli *cli, int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t written = write(fd, bytes, length);

        if (written < 0)
            return fail_file(cli, "The copy of standard input", "written");
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* Claim: input, or its end, is there to be read; else it was interrupted, recorded. */
static bool wait_for_input(struct cli *cli)
{
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};

    while (!interrupt_came()) {
        if (poll(&input, 1, LOOK_MS) > 0)
            return true;
    }
    return fail(&cli->scope, ERR_UNAVAILABLE, "Interrupted; nothing was imported.");
}

static bool copy_input(struct cli *cli, int fd, int64_t *bytes)
{
    char *piece = scope_alloc(&cli->scope, PIECE_SIZE);
    ssize_t length = 1;

    *bytes = 0;
    while (piece && length > 0) {
        if (!wait_for_input(cli))
            return false;
        length = read(STDIN_FILENO, piece, PIECE_SIZE);
        if (length < 0)
            return fail_file(cli, "Standard input", "read");
        if (!write_piece(cli, fd, piece, (size_t)length))
            return false;
        *bytes += length;
    }
    return piece != NULL;
}

static bool take_input(struct cli *cli, struct import_order *order)
{
    const char *folder = *cli->config.upload_folder ? cli->config.upload_folder : "/tmp";
    char *path = scope_format(&cli->scope, "%s/keel-import.XXXXXX", folder);
    int fd = path ? mkstemp(path) : -1;

    if (!path)
        return false;
    if (fd < 0)
        return fail_file(cli, path, "made");
    bool done = copy_input(cli, fd, &order->bytes);

    if (close(fd) != 0 && done)
        done = fail_file(cli, path, "written");
    if (!done)
        unlink(path);
    order->file = path;
    order->is_upload = true;
    return done;
}

bool import_file_find(struct cli *cli, const char *path, struct import_order *order)
{
    if (!order->format)
        order->format = format_of(path);
    return strcmp(path, "-") == 0 ? take_input(cli, order) : find_there(cli, path, order);
}
