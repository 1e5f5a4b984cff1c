/* multiwatch.c - workers that multiwatch keeps alive: who they are, and how one is replaced */
#include "multiwatch.h"

#include "keel/core/text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

/* A worker that ends at its start does so within the first of these. */
#define LOOK_EVERY_MS 150
#define LOOKS_MAX     50
#define KILL_WAIT_MS  5000

/* Places behind the name in /proc/PID/stat (proc(5)). */
enum { STAT_STATE = 0, STAT_PARENT = 1, STAT_STARTED = 19 };

struct process {
    char name[32];
    char state;
    int64_t parent;
    int64_t started; /* ticks since the system's start: tells a pid that is used again */
};

/* The word at a place, of those that blanks part; "" where there are not so many. */
static const char *word_at(const char *text, int place)
{
    text += strspn(text, " ");
    for (; place > 0; place--) {
        text += strcspn(text, " ");
        text += strspn(text, " ");
    }
    return text;
}

static bool number_at(const char *text, int place, int64_t *number)
{
    const char *word = word_at(text, place);

    return text_to_int(word, strcspn(word, " \n"), number);
}

/* The name stands in parentheses and may hold some itself, so it ends with the last one. */
static bool parse_stat(const char *line, struct process *process)
{
    const char *name = strchr(line, '(');
    const char *end = strrchr(line, ')');

    if (!name || !end || end < name)
        return false;
    snprintf(process->name, sizeof process->name, "%.*s", (int)(end - name - 1), name + 1);
    process->state = *word_at(end + 1, STAT_STATE);
    return number_at(end + 1, STAT_PARENT, &process->parent) &&
           number_at(end + 1, STAT_STARTED, &process->started);
}

/* Claim: it lives; one that only waits for its parent to notice does not. */
static bool read_process(pid_t pid, struct process *process)
{
    char path[40], line[1024];

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *stream = fopen(path, "re");

    if (!stream)
        return false;
    bool read = fgets(line, sizeof line, stream) != NULL;

    fclose(stream);
    return read && parse_stat(line, process) && process->state != 'Z' && process->state != 'X';
}

static bool is_multiwatch(pid_t pid, int64_t started)
{
    struct process process;

    return read_process(pid, &process) && strcmp(process.name, "multiwatch") == 0 &&
           (started == 0 || started == process.started);
}

/* In the order of their pids, as /proc gives them. */
static bool read_workers(struct scope *scope, struct multiwatch *watch)
{
    DIR *folder = opendir("/proc");

    watch->count = 0;
    if (!folder)
        return fail(scope, ERR_INTERNAL, "/proc cannot be read: %s.", strerror(errno));
    for (struct dirent *entry;
         (entry = readdir(folder)) && watch->count < MULTIWATCH_WORKERS_MAX;) {
        struct process process;
        int64_t pid;

        if (text_to_int(entry->d_name, strlen(entry->d_name), &pid) &&
            read_process((pid_t)pid, &process) && process.parent == watch->pid)
            watch->workers[watch->count++] = (pid_t)pid;
    }
    closedir(folder);
    return true;
}

bool multiwatch_open(struct scope *scope, const char *file, struct multiwatch *watch)
{
    FILE *stream = fopen(file, "re");
    char line[64] = "";
    int64_t pid = 0, started = 0;

    if (!stream)
        return fail(scope, ERR_NOT_FOUND, "%s cannot be read: %s.", file, strerror(errno));
    bool read = fgets(line, sizeof line, stream) && number_at(line, 0, &pid);

    fclose(stream);
    if (read && *word_at(line, 1) != '\n' && *word_at(line, 1) != '\0')
        read = number_at(line, 1, &started);
    if (!read || pid <= 1 || pid > INT_MAX || !is_multiwatch((pid_t)pid, started))
        return fail(scope, ERR_NOT_FOUND, "The multiwatch of %s does not run.", file);
    *watch = (struct multiwatch){.file = file, .pid = (pid_t)pid};
    return read_workers(scope, watch);
}

static bool has_ended(int fd, int timeout_ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int count;

    do
        count = poll(&wait, 1, timeout_ms);
    while (count < 0 && errno == EINTR);
    return count > 0;
}

/* By a file descriptor of the process, so that no signal meets another one that got its pid. */
static bool end(struct scope *scope, const struct multiwatch *watch, pid_t worker,
                int64_t patience_s)
{
    struct process process;
    int fd = pidfd_open(worker, 0);

    if (fd < 0 && errno == ESRCH)
        return true;
    if (fd < 0)
        return fail(scope, ERR_INTERNAL, "Worker %d cannot be watched: %s.", (int)worker,
                    strerror(errno));
    bool is_ours = read_process(worker, &process) && process.parent == watch->pid;
    bool may = !is_ours || pidfd_send_signal(fd, SIGTERM, NULL, 0) == 0 || errno == ESRCH;
    int problem = may ? 0 : errno;
    bool ended = !is_ours || (may && has_ended(fd, (int)patience_s * 1000));

    if (may && !ended && pidfd_send_signal(fd, SIGKILL, NULL, 0) == 0)
        ended = has_ended(fd, KILL_WAIT_MS);
    close(fd);
    if (!may)
        return fail(scope, ERR_FORBIDDEN, "Worker %d cannot be told to end: %s.", (int)worker,
                    strerror(problem));
    return ended ||
           fail(scope, ERR_INTERNAL, "Worker %d does not end, not even by SIGKILL.", (int)worker);
}

static bool are_same(const struct multiwatch *one, const struct multiwatch *other)
{
    return one->count == other->count &&
           memcmp(one->workers, other->workers, one->count * sizeof one->workers[0]) == 0;
}

/*
 * A program that ends at once is started again and again, so there are enough workers when there
 * are as many as before, and the same ones a moment later.
 */
static bool wait_whole(struct scope *scope, const struct multiwatch *watch)
{
    const struct timespec pause = {.tv_nsec = LOOK_EVERY_MS * 1000000L};
    struct multiwatch now = *watch, before;

    now.count = 0;
    for (int i = 0; i < LOOKS_MAX && is_multiwatch(watch->pid, 0); i++) {
        before = now;
        if (!read_workers(scope, &now))
            return false;
        if (now.count >= watch->count && are_same(&now, &before))
            return true;
        nanosleep(&pause, NULL);
    }
    return fail(scope, ERR_INTERNAL, "A new worker of %s does not stay up.", watch->file);
}

bool multiwatch_replace(struct scope *scope, const struct multiwatch *watch, pid_t worker,
                        int64_t patience_s)
{
    return end(scope, watch, worker, patience_s) && wait_whole(scope, watch);
}
