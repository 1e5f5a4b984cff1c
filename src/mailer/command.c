/* command.c - another program, run without a shell and within a time limit */
#include "command.h"

#include "keel/core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What is kept of a program's words; writing more is an error to it. */
#define SAID_MAX 4096

/* How often to look whether it has ended. */
#define LOOK_NS 5000000

#define WORD_MAX 64

bool command_split(struct scope *scope, const char *command, char ***words)
{
    const char *rest = command;
    size_t count = 0;

    *words = scope_alloc(scope, (WORD_MAX + 1) * sizeof **words);
    if (!*words)
        return false;
    while (*(rest += strspn(rest, " "))) {
        size_t length = strcspn(rest, " ");

        if (count == WORD_MAX)
            return fail(scope, ERR_INTERNAL, "The command %s has too many words", command);
        (*words)[count] = scope_copy(scope, rest, length);
        if (!(*words)[count++])
            return false;
        rest += length;
    }
    return count > 0 || fail(scope, ERR_INTERNAL, "No command is set");
}

/* Input and output are files in memory: no pipe that fills up while nobody reads. */
struct files {
    int input;
    int said;
};

static bool fill(int fd, const struct buffer *input)
{
    size_t done = 0;

    while (done < input->length) {
        ssize_t written = write(fd, input->data + done, input->length - done);

        if (written < 0 && errno != EINTR)
            return false;
        done += written > 0 ? (size_t)written : 0;
    }
    return lseek(fd, 0, SEEK_SET) == 0;
}

/* The seal keeps a program that talks without end from filling the memory. */
static bool open_files(const struct buffer *input, struct files *files)
{
    files->input = memfd_create("mail", MFD_CLOEXEC);
    files->said = memfd_create("said", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return files->input >= 0 && files->said >= 0 && fill(files->input, input) &&
           ftruncate(files->said, SAID_MAX) == 0 &&
           fcntl(files->said, F_ADD_SEALS, F_SEAL_GROW) == 0;
}

static void close_files(const struct files *files)
{
    if (files->input >= 0)
        close(files->input);
    if (files->said >= 0)
        close(files->said);
}

/* Settings may hold secrets, and nobody's mail program needs them. */
static bool make_environment(struct scope *scope, char ***environment)
{
    static const char *const names[] = {"HOME=", "LANG=", "LOGNAME=", "PATH=", "TZ=", "USER="};
    size_t count = 0;

    *environment = scope_alloc(scope, (sizeof names / sizeof names[0] + 1) * sizeof **environment);
    if (!*environment)
        return false;
    for (char **variable = environ; *variable; variable++) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            if (count < sizeof names / sizeof names[0] &&
                strncmp(*variable, names[i], strlen(names[i])) == 0)
                (*environment)[count++] = *variable;
        }
    }
    return true;
}

/* A group of its own, so that all of it can be ended; signals as a program expects them. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, usual;

    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &usual);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF);
}

/* 0, or the number of the error. */
static int spawn(char **words, char **environment, const struct files *files, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);

    if (error != 0)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        error = set_attributes(&attributes);
        if (error == 0)
            error = posix_spawn_file_actions_adddup2(&actions, files->input, STDIN_FILENO);
        if (error == 0)
            error = posix_spawn_file_actions_adddup2(&actions, files->said, STDOUT_FILENO);
        if (error == 0)
            error = posix_spawn_file_actions_adddup2(&actions, files->said, STDERR_FILENO);
        if (error == 0)
            error = posix_spawn(pid, words[0], &actions, &attributes, words, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Claim: it ended before the deadline. */
static bool wait_until(pid_t pid, int64_t deadline_us, int *status)
{
    const struct timespec moment = {.tv_nsec = LOOK_NS};

    while (waitpid(pid, status, WNOHANG) == 0) {
        if (clock_monotonic_us() >= deadline_us)
            return false;
        nanosleep(&moment, NULL);
    }
    return true;
}

static void wait_for(pid_t pid, int64_t timeout_s, struct command_end *end)
{
    int status = 0;

    if (!wait_until(pid, clock_monotonic_us() + timeout_s * INT64_C(1000000), &status)) {
        kill(-pid, SIGKILL);
        /* KILL cannot be put off, so this ends at once. */
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        end->how = COMMAND_TIMED_OUT;
    } else if (WIFEXITED(status)) {
        end->how = COMMAND_EXITED;
        end->number = WEXITSTATUS(status);
    } else {
        end->how = COMMAND_KILLED;
        end->number = WTERMSIG(status);
    }
}

static bool read_words(struct scope *scope, int fd, struct command_end *end)
{
    char *said = scope_alloc(scope, SAID_MAX + 1);

    if (!said)
        return false;
    end->said = pread(fd, said, SAID_MAX, 0) < 0 ? "" : said;
    return true;
}

static bool run(struct scope *scope, char **words, const struct files *files, int64_t timeout_s,
                struct command_end *end)
{
    char **environment;
    pid_t pid;

    if (!make_environment(scope, &environment))
        return false;
    int error = spawn(words, environment, files, &pid);

    if (error != 0) {
        *end = (struct command_end){.how = COMMAND_NOT_STARTED, .said = strerror(error)};
        return true;
    }
    wait_for(pid, timeout_s, end);
    return read_words(scope, files->said, end);
}

bool command_run(struct scope *scope, char **words, const struct buffer *input, int64_t timeout_s,
                 struct command_end *end)
{
    struct files files;

    *end = (struct command_end){.said = ""};
    bool ok = open_files(input, &files)
                  ? run(scope, words, &files, timeout_s, end)
                  : fail(scope, ERR_UNAVAILABLE, "The mail command cannot be given its mail: %s",
                         strerror(errno));

    close_files(&files);
    return ok;
}
