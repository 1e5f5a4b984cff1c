/* program.c - runs another program and reads what it prints */
#include "program.h"

#include "keel/core/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_CHUNK 16384

static bool start(struct scope *scope, const char *const *words, int out, pid_t *pid)
{
    posix_spawn_file_actions_t actions;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return fail_memory(scope);
    /* posix_spawn() takes the words as char * and changes none of them. */
    char *const *argv = (char *const *)(uintptr_t)words;
    int problem = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);

    if (problem == 0)
        problem = posix_spawnp(pid, words[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return problem == 0 ||
           fail(scope, ERR_INTERNAL, "%s cannot be run: %s.", words[0], strerror(problem));
}

static bool read_to_end(struct scope *scope, const char *name, int fd, const char **text)
{
    struct buffer out;
    ssize_t count;

    buffer_init(&out, &scope->arena);
    do {
        if (!buffer_reserve(&out, READ_CHUNK))
            return fail_memory(scope);
        count = read(fd, out.data + out.length, READ_CHUNK);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(scope, ERR_INTERNAL, "%s cannot be read: %s.", name, strerror(errno));
        out.length += (size_t)count;
    } while (count != 0);
    out.data[out.length] = '\0';
    *text = out.data;
    return true;
}

static bool wait_for(struct scope *scope, const char *name, pid_t pid, int *status)
{
    int ended;

    while (waitpid(pid, &ended, 0) < 0) {
        if (errno != EINTR)
            return fail(scope, ERR_INTERNAL, "%s is lost: %s.", name, strerror(errno));
    }
    *status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
    return WIFEXITED(ended) ||
           fail(scope, ERR_INTERNAL, "%s was ended by signal %d.", name, WTERMSIG(ended));
}

bool program_read(struct scope *scope, const char *const *words, const char **text, int *status)
{
    int ends[2];
    pid_t pid = 0;

    *text = "";
    *status = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail(scope, ERR_INTERNAL, "There is no pipe to %s: %s.", words[0], strerror(errno));
    bool started = start(scope, words, ends[1], &pid);

    close(ends[1]);
    bool done = started && read_to_end(scope, words[0], ends[0], text);

    close(ends[0]);
    /* Waited for in any case, so that nothing is left behind. */
    return started && wait_for(scope, words[0], pid, status) && done;
}
