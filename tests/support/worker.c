/* worker.c - a process that runs fastcgi_serve() on a socket of its own */
#include "worker.h"

#include "keel/core/clock.h"
#include "keel/http/serve.h"
#include "unit.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What the serve function finds again: the app is the first member. */
struct worker_app {
    struct app app;
    struct worker_record *record;
};

void sleep_ms(long ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&time, NULL);
}

uint32_t worker_sum(uint32_t sum, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum = sum * 31 + (unsigned char)bytes[i];
    return sum;
}

static long number(const struct transport *transport, const char *name, long otherwise)
{
    const char *text = transport_variable(transport, name);

    return text ? strtol(text, NULL, 10) : otherwise;
}

static void note(struct worker_record *record, const struct transport *transport, const char *name)
{
    if (record->count < WORKER_SERVED_MAX)
        record->order[record->count] = name[0];
    record->count++;
    if (transport_variable(transport, "FORGED"))
        record->forged++;
}

/* Claim: the body was not broken off. `*sum` tells different bytes, or another order, apart. */
static bool read_body(struct transport *transport, size_t *length, uint32_t *sum)
{
    size_t wanted = (size_t)number(transport, "READ", LONG_MAX);
    char bytes[1000];

    *length = 0;
    *sum = 0;
    while (*length < wanted) {
        size_t size = wanted - *length < sizeof bytes ? wanted - *length : sizeof bytes;
        size_t count = transport->read(transport, bytes, size);

        if (count == TRANSPORT_ERROR)
            return false;
        if (count == 0)
            return true;
        *length += count;
        *sum = worker_sum(*sum, bytes, count);
    }
    return true;
}

static void grow(size_t size)
{
    static void *kept; /* so that it counts as neither unused nor leaked */
    void **block = size ? malloc(size) : NULL;

    if (!block)
        return;
    memset(block, 1, size);
    *block = kept;
    kept = block;
}

static void serve(struct app *app, struct transport *transport)
{
    struct worker_app *worker = (struct worker_app *)app;
    const char *name = transport_variable(transport, "NAME");
    size_t extra = (size_t)number(transport, "ANSWER", 0);
    char *answer = calloc(1, extra + 200);
    size_t length;
    uint32_t sum;

    if (!answer || !name)
        abort();
    note(worker->record, transport, name);
    bool whole = read_body(transport, &length, &sum);

    if (transport_variable(transport, "LONG"))
        transport->take_long(transport);
    sleep_ms(number(transport, "SLEEP", 0));
    grow((size_t)number(transport, "GROW", 0));
    if (transport_variable(transport, "SHORT"))
        app->short_of_memory = true;
    int head = snprintf(answer, 200, "Status: %d\r\n\r\n%s %zu", whole ? 200 : 400, name, length);

    if (transport_variable(transport, "SUM"))
        head += snprintf(answer + head, 20, " %u", (unsigned)sum);
    memset(answer + head, '.', extra);
    (void)transport->write(transport, answer, (size_t)head + extra);
    if (transport_variable(transport, "CUT"))
        transport->cut(transport);
    log_write(&app->log, LOG_LEVEL_INFO, "served %s", name);
    free(answer);
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_true(strlen(path) < sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 4096), 0);
    return fd;
}

void worker_prepare(struct worker *worker)
{
    *worker = (struct worker){
        .config = {.max_body_bytes = 1 << 20, .request_timeout_s = 1, .drain_timeout_ms = 300},
    };
    folder_make(worker->folder);
    snprintf(worker->socket_path, sizeof worker->socket_path, "%s/socket", worker->folder);
    snprintf(worker->log_path, sizeof worker->log_path, "%s/log", worker->folder);
    worker->listen_fd = listen_at(worker->socket_path);
    worker->record = mmap(NULL, sizeof *worker->record, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(worker->record, MAP_FAILED);
    arena_init(&worker->arena);
}

static int run(struct worker *worker)
{
    struct worker_app app = {.app = {.config = worker->config}, .record = worker->record};
    struct rlimit limit = {worker->file_limit, worker->file_limit};

    arena_free(&worker->arena);
    if (!log_open(&app.app.log, worker->log_path, LOG_LEVEL_INFO))
        return 2;
    if (worker->file_limit && setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 3;
    bool ok = fastcgi_serve(&app.app, worker->listen_fd, serve);

    log_close(&app.app.log);
    return ok ? 0 : 1;
}

void worker_start(struct worker *worker)
{
    /* What the test has printed so far is not the child's to print again. */
    fflush(NULL);
    worker->pid = fork();
    assert_true(worker->pid >= 0);
    if (worker->pid == 0)
        exit(run(worker));
}

void worker_signal(const struct worker *worker, int signal_number)
{
    assert_int_equal(kill(worker->pid, signal_number), 0);
}

int worker_wait(struct worker *worker, int timeout_ms)
{
    int64_t deadline = clock_monotonic_us() + timeout_ms * INT64_C(1000);
    int status;

    do {
        if (waitpid(worker->pid, &status, WNOHANG) == worker->pid) {
            worker->pid = 0;
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        sleep_ms(2);
    } while (clock_monotonic_us() < deadline);
    return -1;
}

void worker_remove(struct worker *worker)
{
    int status = 0;

    if (worker->pid > 0) {
        worker_signal(worker, SIGTERM);
        status = worker_wait(worker, 5000);
    }
    if (status == -1)
        worker_signal(worker, SIGKILL);
    close(worker->listen_fd);
    munmap(worker->record, sizeof *worker->record);
    arena_free(&worker->arena);
    folder_remove(worker->folder);
    /*
     * Whatever happened to it, the worker ends well: no signal, no leak, no report of a sanitizer.
     */
    assert_int_equal(status, 0);
}

int worker_connect(const struct worker *worker)
{
    int fd = fcgi_connect(worker->socket_path);

    assert_true(fd >= 0);
    return fd;
}

void worker_send(struct worker *worker, int fd, const char *variables, const void *body,
                 size_t length, bool keep)
{
    char *environment[8] = {NULL};
    struct buffer request;

    for (size_t i = 0; *variables && i < COUNT(environment) - 1; i++) {
        size_t size = strcspn(variables, " ");

        environment[i] = arena_copy(&worker->arena, variables, size);
        variables += size + strspn(variables + size, " ");
    }
    buffer_init(&request, &worker->arena);
    fcgi_add_request(&request, environment, body, length, keep);
    assert_true(fcgi_send(fd, &request));
}

void worker_expect(struct worker *worker, int fd, const char *output)
{
    struct fcgi_answer answer;

    assert_int_equal(fcgi_receive(fd, &worker->arena, 5000, &answer), FCGI_ANSWERED);
    assert_non_null(answer.output.data);
    assert_string_equal(answer.output.data, output);
}

void worker_ask(struct worker *worker, int fd, const char *name)
{
    char text[64];

    snprintf(text, sizeof text, "NAME=%s", name);
    worker_send(worker, fd, text, NULL, 0, true);
    snprintf(text, sizeof text, "Status: 200\r\n\r\n%s 0", name);
    worker_expect(worker, fd, text);
}

int worker_count_log(const struct worker *worker, const char *text)
{
    char line[5000];
    int count = 0;
    FILE *log = fopen(worker->log_path, "re");

    assert_non_null(log);
    while (fgets(line, sizeof line, log))
        count += strstr(line, text) != NULL;
    fclose(log);
    return count;
}

int worker_setup_prepared(void **state)
{
    struct worker *worker = calloc(1, sizeof *worker);

    assert_non_null(worker);
    *state = worker;
    worker_prepare(worker);
    return 0;
}

int worker_setup_started(void **state)
{
    worker_setup_prepared(state);
    worker_start(*state);
    return 0;
}

int worker_teardown(void **state)
{
    worker_remove(*state);
    free(*state);
    return 0;
}
