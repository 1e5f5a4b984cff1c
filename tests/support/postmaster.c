/* postmaster.c - a PostgreSQL server that a test tells, kills and freezes, by its data folder */
#include "postmaster.h"

#include "family.h"
#include "process.h"
#include "unit.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAMILY_MAX   128
#define GONE_TRIES   500
#define GONE_WAIT_MS 10

/* What the shell is to do: the program as its owner, with further options of setpriv. */
static const char *command(struct arena *arena, const char *program, const char *options,
                           const char *arguments)
{
    char pattern[128];
    glob_t found = {0};

    snprintf(pattern, sizeof pattern, "/usr/lib/postgresql/*/bin/%s", program);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    const char *text = arena_format(
        arena, "cd / && exec setpriv %s %s -- '%s' %s",
        getuid() == 0 ? "--reuid postgres --regid postgres --init-groups" : "--keep-groups",
        options, found.gl_pathv[found.gl_pathc - 1], arguments);

    globfree(&found);
    assert_non_null(text);
    return text;
}

void postmaster_run(const char *program, const char *arguments)
{
    struct arena arena;
    const char *const none[] = {NULL};
    struct process_output output = {.status = -1};

    arena_init(&arena);
    const char *const words[] = {"/bin/bash", "-c", command(&arena, program, "", arguments), NULL};
    bool done = process_run(&arena, words, process_environment(&arena, none), NULL, &output) &&
                output.status == 0;

    if (!done)
        print_error("%s %s: %s%s\n", program, arguments, output.out ? output.out : "",
                    output.err ? output.err : "");
    arena_free(&arena);
    assert_true(done);
}

pid_t postmaster_start(const char *arguments)
{
    struct arena arena;
    const char *const none[] = {NULL};

    arena_init(&arena);
    const char *text = command(&arena, "postgres", "--pdeathsig QUIT", arguments);
    union {
        const char *const *given;
        char *const *taken; /* execle() changes nothing */
    } variables = {process_environment(&arena, none)};
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        execle("/bin/bash", "bash", "-c", text, (char *)NULL, variables.taken);
        _exit(127);
    }
    arena_free(&arena);
    return pid;
}

/* What it was started with; PostgreSQL writes over that what each of its processes is for. */
static bool is_called(pid_t pid, const char *word)
{
    char path[64];
    char text[512] = "";
    FILE *stream;

    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    stream = fopen(path, "re");
    if (!stream)
        return false;
    size_t length = fread(text, 1, sizeof text - 1, stream);

    fclose(stream);
    return memmem(text, length, word, strlen(word)) != NULL;
}

/* The postmaster first, so that it starts nothing while the others are signalled. */
static size_t find_all(const char *data, pid_t *pids)
{
    char path[256];

    snprintf(path, sizeof path, "%s/postmaster.pid", data);
    pids[0] = family_recorded(path);
    return pids[0] && is_called(pids[0], data)
               ? 1 + family_children(pids[0], pids + 1, FAMILY_MAX - 1)
               : 0;
}

static void signal_all(const pid_t *pids, size_t count, int signal_number)
{
    for (size_t i = 0; i < count; i++)
        kill(pids[i], signal_number);
}

void postmaster_kill(const char *data)
{
    pid_t pids[FAMILY_MAX];
    size_t count = find_all(data, pids);
    int tries = GONE_TRIES;

    assert_true(count > 0);
    /* Stopped before, so that none of them has time to notice what becomes of the others. */
    signal_all(pids, count, SIGSTOP);
    signal_all(pids, count, SIGKILL);
    for (size_t i = 0; i < count; i++) {
        while (family_lives(pids[i]) && tries-- > 0)
            sleep_ms(GONE_WAIT_MS);
    }
    assert_true(tries > 0);
}

pid_t postmaster_child(const char *data, const char *word)
{
    pid_t pids[FAMILY_MAX];
    size_t count = find_all(data, pids);

    for (size_t i = 1; i < count; i++) {
        if (is_called(pids[i], word))
            return pids[i];
    }
    return 0;
}

/* A process of its own session, which the end of a test that hung does not reach. */
static void keep(const pid_t *pids, size_t count, int pipe_fd)
{
    char byte;
    ssize_t length;

    setsid();
    do
        length = read(pipe_fd, &byte, 1);
    while (length < 0 && errno == EINTR);
    signal_all(pids, count, SIGCONT);
    _exit(0);
}

void frost_begin(struct frost *frost, const char *data)
{
    pid_t pids[FAMILY_MAX];
    size_t count = find_all(data, pids);
    int ends[2];

    assert_true(count > 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    frost->keeper = fork();
    assert_true(frost->keeper >= 0);
    if (frost->keeper == 0) {
        close(ends[1]);
        keep(pids, count, ends[0]);
    }
    close(ends[0]);
    frost->pipe = ends[1];
    signal_all(pids, count, SIGSTOP);
}

void frost_end(struct frost *frost)
{
    if (frost->keeper <= 0)
        return;
    close(frost->pipe);
    waitpid(frost->keeper, NULL, 0);
    frost->keeper = 0;
}
