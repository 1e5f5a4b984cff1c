/* process.c - runs another program and keeps what it said */
#include "process.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Standard input, output and error as files in memory: no pipe that could fill up while nobody
 * reads.
 */
enum { FILES = 3 };

static bool open_files(const struct process_input *input, int files[FILES])
{
    bool ok = true;

    for (int i = 0; i < FILES; i++) {
        files[i] = memfd_create("process", MFD_CLOEXEC);
        ok = ok && files[i] >= 0;
    }
    if (!ok || !input)
        return ok;
    return write(files[0], input->bytes, input->length) == (ssize_t)input->length &&
           lseek(files[0], 0, SEEK_SET) == 0;
}

static void close_files(const int files[FILES])
{
    for (int i = 0; i < FILES; i++) {
        if (files[i] >= 0)
            close(files[i]);
    }
}

static bool read_file(struct arena *arena, int file, const char **bytes, size_t *length)
{
    off_t size = lseek(file, 0, SEEK_END);
    char *text = size < 0 ? NULL : arena_alloc(arena, (size_t)size + 1);

    if (!text)
        return false;
    *bytes = text;
    *length = (size_t)size;
    return pread(file, text, *length, 0) == (ssize_t)size;
}

static bool spawn(const char *const *arguments, const char *const *environment,
                  const int files[FILES], pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    union {
        const char *const *given;
        char *const *taken; /* posix_spawn() changes neither */
    } words = {arguments}, variables = {environment};
    int error = posix_spawn_file_actions_init(&actions);

    if (error != 0)
        return false;
    for (int i = 0; i < FILES && error == 0; i++)
        error = posix_spawn_file_actions_adddup2(&actions, files[i], i);
    if (error == 0)
        error = posix_spawn(pid, arguments[0], &actions, NULL, words.taken, variables.taken);
    posix_spawn_file_actions_destroy(&actions);
    return error == 0;
}

static bool wait_for(pid_t pid, int *exit_status)
{
    int status;
    pid_t ended;

    do
        ended = waitpid(pid, &status, 0);
    while (ended < 0 && errno == EINTR);
    if (ended != pid)
        return false;
    *exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
}

bool process_run(struct arena *arena, const char *const *arguments, const char *const *environment,
                 const struct process_input *input, struct process_output *output)
{
    int files[FILES];
    pid_t pid;
    bool ok = open_files(input, files) && spawn(arguments, environment, files, &pid) &&
              wait_for(pid, &output->status) &&
              read_file(arena, files[1], &output->out, &output->out_length) &&
              read_file(arena, files[2], &output->err, &output->err_length);

    close_files(files);
    return ok;
}

static bool is_ours(const char *variable)
{
    return strncmp(variable, "KEEL_", 5) == 0 || strncmp(variable, "PG", 2) == 0;
}

const char *const *process_environment(struct arena *arena, const char *const *more)
{
    size_t count = 0;
    const char **list;

    for (char *const *variable = environ; *variable; variable++)
        count++;
    for (const char *const *variable = more; *variable; variable++)
        count++;
    list = arena_alloc(arena, (count + 1) * sizeof *list);
    if (!list)
        return NULL;
    count = 0;
    for (char *const *variable = environ; *variable; variable++) {
        if (!is_ours(*variable))
            list[count++] = *variable;
    }
    for (const char *const *variable = more; *variable; variable++)
        list[count++] = *variable;
    return list;
}
