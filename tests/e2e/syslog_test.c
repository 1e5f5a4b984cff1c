/* syslog_test.c - where nobody reads standard error, as spawn-fcgi leaves it, the log goes to
 * syslog and loses no line */
#include "keel/core/buffer.h"
#include "keel/core/clock.h"

#include "support/fcgi_client.h"
#include "support/folder.h"
#include "support/process.h"
#include "support/worker.h"

#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define REQUESTS  50
#define FORBIDDEN 77 /* the status where a container allows no mounts of one's own */

/* A folder whose dev/ a program sees as its /dev, with a syslog of ours in it. */
struct place {
    struct arena arena;
    char folder[FOLDER_PATH_SIZE];
    int syslog_fd;
    long pid; /* of the worker; 0: none */
};

static const char *path(struct place *place, const char *name)
{
    return arena_format(&place->arena, "%s/%s", place->folder, name);
}

static int listen_as_syslog(struct place *place)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = 5};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path(place, "dev/log"));
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static int begin(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    assert_non_null(place);
    *state = place;
    arena_init(&place->arena);
    /* In /tmp: nothing below /dev is to be seen any more. */
    assert_int_equal(unsetenv("TMPDIR"), 0);
    folder_make(place->folder);
    assert_int_equal(mkdir(path(place, "dev"), 0755), 0);
    folder_write(path(place, "dev"), "null", "", 0);
    place->syslog_fd = listen_as_syslog(place);
    return 0;
}

static int end(void **state)
{
    struct place *place = *state;

    if (place->pid > 1)
        kill((pid_t)place->pid, SIGTERM);
    close(place->syslog_fd);
    folder_remove(path(place, "dev"));
    folder_remove(place->folder);
    arena_free(&place->arena);
    free(place);
    return 0;
}

/* Runs a command line of sh with our /dev over the real one; "$api" in it is the program. */
static const struct process_output *run(struct place *place, const char *command)
{
    struct process_output *output = arena_alloc(&place->arena, sizeof *output);
    const char *programs = getenv("KEEL_PROGRAMS");
    const char *mount = arena_format(&place->arena,
                                     "mount --bind /dev/null \"$folder/dev/null\" && mount --rbind "
                                     "\"$folder/dev\" /dev || exit 77; %s",
                                     command);
    const char *const more[] = {
        arena_format(&place->arena, "api=%s/api", programs ? programs : "."),
        arena_format(&place->arena, "folder=%s", place->folder),
        getuid() == 0 ? "unshare=unshare -m" : "unshare=unshare -rm",
        "GATEWAY_INTERFACE=CGI/1.1",
        "REQUEST_METHOD=GET",
        "REQUEST_URI=/api/health",
        "HTTP_X_REQUEST_ID=said-to-syslog",
        "KEEL_ENV=testing",
        "KEEL_JWT_SECRET=Vb3rTqkXw0Zl7uYdJc5sNfMhGpAoEi29",
        "KEEL_SESSION_SECRET=u3HkQpZrWn8LxVtYcBm5JdGfSaOeRi27",
        "KEEL_CURSOR_SECRET=q8WnRzUvKx4tHsYjLm6dCbPgFaOeIi01",
        "KEEL_DATABASE_URL=host=/nowhere",
        NULL};
    const char *const arguments[] = {
        "/bin/sh", "-c", "$unshare true || exit 77; exec $unshare sh -c \"$0\"", mount, NULL};

    assert_non_null(output);
    assert_true(process_run(&place->arena, arguments, process_environment(&place->arena, more),
                            NULL, output));
    return output;
}

/* The next message; fails the test when none comes. */
static const char *next_message(struct place *place)
{
    char *message = arena_alloc(&place->arena, 8192);

    assert_non_null(message);
    assert_true(recv(place->syslog_fd, message, 8191, 0) > 0);
    return message;
}

static void test_closed(void **state)
{
    struct place *place = *state;
    const struct process_output *output = run(place, "exec \"$api\" 2>&-");

    if (output->status == FORBIDDEN)
        skip();
    assert_int_equal(output->status, 0);
    assert_int_equal(strncmp(output->out, "Status: 200 ", 12), 0);
    const char *message = next_message(place);

    assert_non_null(strstr(message, "\"request_id\":\"said-to-syslog\""));
    assert_non_null(strstr(message, "\"status\":200"));
}

static void test_open(void **state)
{
    struct place *place = *state;
    const struct process_output *output = run(place, "exec \"$api\"");

    if (output->status == FORBIDDEN)
        skip();
    assert_int_equal(output->status, 0);
    assert_non_null(strstr(output->err, "\"request_id\":\"said-to-syslog\""));
}

static void ask(struct place *place, int fd, const char *id)
{
    char *const variables[] = {"REQUEST_METHOD=GET", "REQUEST_URI=/api/health",
                               "REMOTE_ADDR=192.0.2.1",
                               arena_format(&place->arena, "HTTP_X_REQUEST_ID=%s", id), NULL};
    struct fcgi_answer answer;
    struct buffer bytes;

    buffer_init(&bytes, &place->arena);
    fcgi_add_request(&bytes, variables, NULL, 0, true);
    assert_true(fcgi_send(fd, &bytes));
    assert_int_equal(fcgi_receive(fd, &place->arena, 5000, &answer), FCGI_ANSWERED);
}

static void must_hear_of(struct place *place, const char *id)
{
    int64_t deadline = clock_monotonic_us() + 5000000;

    while (clock_monotonic_us() < deadline) {
        if (strstr(next_message(place), id))
            return;
    }
    unit_fail("syslog has not heard of %s", id);
}

static long read_pid(struct place *place)
{
    FILE *stream = fopen(path(place, "pid"), "re");
    long pid = 0;

    assert_non_null(stream);
    assert_int_equal(fscanf(stream, "%ld", &pid), 1);
    fclose(stream);
    return pid;
}

static void test_spawned(void **state)
{
    struct place *place = *state;
    const struct process_output *output =
        run(place,
            "PATH=$PATH:/usr/sbin; exec spawn-fcgi -s $folder/socket -P $folder/pid -- \"$api\"");

    if (output->status == FORBIDDEN)
        skip();
    if (output->status != 0)
        unit_fail("spawn-fcgi: %s%s", output->out, output->err);
    place->pid = read_pid(place);
    int fd = fcgi_connect(path(place, "socket"));

    assert_true(fd >= 0);
    must_hear_of(place, "The worker serves.");
    for (int i = 0; i < REQUESTS; i++) {
        const char *id = arena_format(&place->arena, "of-a-spawned-one-%d.", i);

        ask(place, fd, id);
        must_hear_of(place, id);
    }
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("with standard error closed the line goes to syslog", test_closed),
        FIXTURE_TEST("with standard error open it goes there", test_open),
        FIXTURE_TEST("a worker of spawn-fcgi's loses no line", test_spawned),
    };

    return cmocka_run_group_tests_name("syslog", tests, NULL, NULL);
}
