/* transport_folder.c - mails as .eml files in a folder, for trying things out */
#include "transport.h"

#include "keel/core/clock.h"
#include "keel/core/config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool open_folder(struct scope *scope, void **state)
{
    const char *folder = scope->config->mail_folder;
    struct stat found;

    *state = NULL;
    if (!*folder)
        return fail(scope, ERR_INTERNAL, "KEEL_MAIL_FOLDER is not set");
    /* Links to choose a password with are in there: nobody else's business. */
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fail(scope, ERR_INTERNAL, "%s cannot be made: %s", folder, strerror(errno));
    if (stat(folder, &found) != 0 || !S_ISDIR(found.st_mode))
        return fail(scope, ERR_INTERNAL, "%s is no folder", folder);
    return true;
}

static void close_folder(void *state)
{
    (void)state;
}

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);

        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return true;
}

/* Under another name first: whoever looks into the folder sees whole mails only. */
static bool write_file(const char *path, const char *draft, const struct buffer *bytes)
{
    int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return false;
    bool written = write_all(fd, bytes->data, bytes->length) && fsync(fd) == 0;

    written = close(fd) == 0 && written;
    if (written && rename(draft, path) == 0)
        return true;
    int reason = errno;

    unlink(draft);
    errno = reason;
    return false;
}

/* "/mails/20260112T100000Z-000042": the same for each attempt, so that a repeat makes no second. */
static const char *make_path(struct scope *scope, const struct message *message)
{
    char time[CLOCK_TEXT_SIZE];

    clock_format(message->created_s * INT64_C(1000000), time);
    return scope_format(scope, "%s/%.4s%.2s%.5s%.2s%.2sZ-%06" PRId64, scope->config->mail_folder,
                        time, time + 5, time + 8, time + 14, time + 17, message->id);
}

static bool send_to_folder(struct scope *scope, void *state, const struct message *message,
                           struct delivery *delivery)
{
    const char *base = make_path(scope, message);
    const char *path = base ? scope_format(scope, "%s.eml", base) : NULL;
    const char *draft = path ? scope_format(scope, "%s.%d.part", base, (int)getpid()) : NULL;
    struct buffer bytes;

    (void)state;
    buffer_init(&bytes, &scope->arena);
    if (!draft || !message_write(scope, message, "\r\n", &bytes))
        return false;
    if (!write_file(path, draft, &bytes))
        return delivery_fail(scope, delivery, OUTCOME_FAILED, "%s: %s", path, strerror(errno));
    *delivery = (struct delivery){OUTCOME_SENT, NULL};
    return true;
}

static bool probe_folder(struct scope *scope, void *state, struct delivery *delivery)
{
    const char *folder = scope->config->mail_folder;

    (void)state;
    if (access(folder, W_OK | X_OK) != 0)
        return delivery_fail(scope, delivery, OUTCOME_FAILED, "%s: %s", folder, strerror(errno));
    *delivery = (struct delivery){OUTCOME_SENT, NULL};
    return true;
}

const struct transport transport_folder = {"folder", open_folder, send_to_folder, close_folder,
                                           probe_folder};
