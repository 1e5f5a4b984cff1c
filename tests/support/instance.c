/* instance.c - a whole Keel of a test's own, and a keeper that outlives a test that crashed */
#include "instance.h"

#include "keel/core/random.h"

#include "process.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Below the ports that the kernel gives to clients, one of which could else take it before nginx
 * does.
 */
#define PORT_FIRST 12000
#define PORT_COUNT 16000

#define SETTINGS_MAX 32

static bool port_is_free(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    /* As servers do: connections that ended there a moment ago are no obstacle, a listener is. */
    bool is_free = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                   bind(fd, (struct sockaddr *)&address, sizeof address) == 0;

    if (fd >= 0)
        close(fd);
    return is_free;
}

int instance_find_port(void)
{
    for (int tries = 0; tries < 100; tries++) {
        unsigned chance;

        assert_true(random_bytes(&chance, sizeof chance));
        int port = PORT_FIRST + (int)(chance % PORT_COUNT);

        if (port_is_free(port))
            return port;
    }
    unit_fail("there is no free port");
    return 0;
}

static void find_programs(struct instance *instance)
{
    const char *programs = getenv("KEEL_PROGRAMS");
    const char *tests = getenv("KEEL_TESTS");

    if (!programs || !tests)
        unit_fail("tests/run sets KEEL_TESTS; KEEL_PROGRAMS is the folder of api and keelctl");
    snprintf(instance->programs, sizeof instance->programs, "%s", programs);
    snprintf(instance->script, sizeof instance->script, "%s/../deploy/local/instance", tests);
}

/* Runs deploy/local/instance. Claim: it succeeded. */
static bool run(const struct instance *instance, const char *command, const char *const *settings)
{
    struct arena arena;
    struct process_output output = {.status = -1};
    const char *variables[SETTINGS_MAX] = {0};
    const char *const arguments[] = {instance->script, command, NULL};
    size_t count = 4;

    arena_init(&arena);
    variables[0] = arena_format(&arena, "KEEL_VAR=%s", instance->var);
    variables[1] = arena_format(&arena, "KEEL_PROGRAMS=%s", instance->programs);
    variables[2] = arena_format(&arena, "KEEL_PORT=%d", instance->port);
    variables[3] = arena_format(&arena, "KEEL_WORKERS=%d", instance->workers);
    while (settings && *settings && count < SETTINGS_MAX - 1)
        variables[count++] = *settings++;
    const char *const *environment = process_environment(&arena, variables);
    bool ok = environment && process_run(&arena, arguments, environment, NULL, &output) &&
              output.status == 0;

    if (!ok)
        fprintf(stderr, "# instance %s ended with %d: %s%s\n", command, output.status,
                output.out ? output.out : "", output.err ? output.err : "");
    arena_free(&arena);
    return ok;
}

static bool remove_folder(const char *folder)
{
    struct arena arena;
    struct process_output output = {.status = -1};
    const char *const arguments[] = {"/bin/rm", "-rf", "--", folder, NULL};
    const char *const none[] = {NULL};

    arena_init(&arena);
    bool ok = process_run(&arena, arguments, none, NULL, &output) && output.status == 0;

    arena_free(&arena);
    return ok;
}

/* A process of its own session: Ctrl-C and the end of a test that hung do not reach it. */
static void keep(const struct instance *instance, int pipe_fd)
{
    char byte;
    ssize_t count;

    setsid();
    do
        count = read(pipe_fd, &byte, 1);
    while (count < 0 && errno == EINTR);
    _exit(run(instance, "down", NULL) && remove_folder(instance->folder) ? 0 : 1);
}

static void start_keeper(struct instance *instance)
{
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    instance->keeper = fork();
    assert_true(instance->keeper >= 0);
    if (instance->keeper == 0) {
        close(ends[1]);
        keep(instance, ends[0]);
    }
    close(ends[0]);
    instance->keeper_pipe = ends[1];
}

void instance_start(struct instance *instance, int workers, const char *const *settings)
{
    *instance = (struct instance){.workers = workers, .keeper_pipe = -1};
    scope_begin(&instance->scope, NULL, NULL, NULL);
    find_programs(instance);
    folder_make(instance->folder);
    /* The users postgres and www-data must reach what is theirs in it. */
    assert_int_equal(chmod(instance->folder, 0755), 0);
    snprintf(instance->var, sizeof instance->var, "%s/var", instance->folder);
    instance->port = instance_find_port();
    start_keeper(instance);
    if (run(instance, "up", settings))
        return;
    instance_stop(instance);
    unit_fail("the instance did not start");
}

bool instance_stop(struct instance *instance)
{
    int status = 0;

    scope_end(&instance->scope);
    if (instance->keeper_pipe < 0)
        return true;
    close(instance->keeper_pipe);
    instance->keeper_pipe = -1;
    return waitpid(instance->keeper, &status, 0) == instance->keeper && status == 0 &&
           port_is_free(instance->port);
}

void instance_configure(struct instance *instance, const char *const *settings)
{
    assert_true(run(instance, "up", settings));
}

bool instance_run(const struct instance *instance, const char *command)
{
    return run(instance, command, NULL);
}
