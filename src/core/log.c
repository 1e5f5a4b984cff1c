/* log.c - where log lines go: stderr, a file or syslog */
#include "keel/core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define NULL_DEVICE makedev(1, 3)

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_ERROR] = "error",
};

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

bool log_level_from_name(const char *name, enum log_level *level)
{
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

/*
 * Claim: what is written to stderr reaches somebody. spawn-fcgi's children have it closed or at
 * /dev/null.
 */
static bool stderr_is_read(void)
{
    struct stat status;

    if (fstat(STDERR_FILENO, &status) != 0)
        return false;
    return !S_ISCHR(status.st_mode) || status.st_rdev != NULL_DEVICE;
}

static int open_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    /* A library that prints to a closed stderr must not write between our lines. */
    int higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int error = errno;

    close(fd);
    errno = error;
    return higher;
}

bool log_open(struct log *log, const char *target, enum log_level level)
{
    *log = (struct log){.level = level, .sink = LOG_SINK_STDERR, .fd = STDERR_FILENO};
    if (strcmp(target, "auto") == 0)
        target = stderr_is_read() ? "stderr" : "syslog";
    if (strcmp(target, "stderr") == 0)
        return true;
    log->fd = -1;
    if (strcmp(target, "syslog") == 0) {
        log->sink = LOG_SINK_SYSLOG;
        return true;
    }
    log->sink = LOG_SINK_FILE;
    log->path = target;
    log->fd = open_file(target);
    return log->fd >= 0;
}

void log_close(struct log *log)
{
    if (log->sink == LOG_SINK_FILE && log->fd >= 0)
        close(log->fd);
    log->fd = -1;
}

bool log_reopen(struct log *log)
{
    if (log->sink != LOG_SINK_FILE)
        return true;
    int fd = open_file(log->path);

    if (fd < 0)
        return false;
    log_close(log);
    log->fd = fd;
    return true;
}
