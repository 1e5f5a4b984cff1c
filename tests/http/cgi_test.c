/* cgi_test.c - tests of http/cgi and http/start, each in a process of its own */
#include "../support/unit.h"

#include "keel/core/clock.h"
#include "keel/http/serve.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_SIZE 4000000

/* What a child process is to do with its one request. */
struct run {
    const char *length; /* CONTENT_LENGTH; NULL: none */
    serve_function *serve;
    size_t input_size; /* bytes of standard input, then its end */
    bool close_output; /* whoever started it does not wait for the answer */
};

struct result {
    int status;
    size_t size;
    char *output; /* until free() */
};

static void count_body(struct app *app, struct transport *transport)
{
    char bytes[1000];
    char answer[100];
    size_t total = 0;
    size_t count;

    (void)app;
    while ((count = transport->read(transport, bytes, sizeof bytes)) != 0) {
        if (count == TRANSPORT_ERROR)
            break;
        total += count;
    }
    int size = snprintf(answer, sizeof answer, "%s %zu %s", count == 0 ? "whole" : "broken", total,
                        transport_variable(transport, "GATEWAY_INTERFACE"));

    (void)transport->write(transport, answer, (size_t)size);
}

static void count_in_time(struct app *app, struct transport *transport)
{
    transport->deadline_us = clock_monotonic_us() + 200000;
    count_body(app, transport);
}

static void answer_much(struct app *app, struct transport *transport)
{
    char *answer = calloc(1, ANSWER_SIZE);

    (void)app;
    (void)transport->write(transport, answer, ANSWER_SIZE);
    free(answer);
}

static void answer_at_once(struct app *app, struct transport *transport)
{
    (void)app;
    (void)transport->write(transport, "refused", 7);
}

static int serve_one(const struct run *run, int input, int output)
{
    struct app app = {.log = {.fd = STDERR_FILENO}};

    if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0)
        return 9;
    setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
    unsetenv("CONTENT_LENGTH");
    if (run->length)
        setenv("CONTENT_LENGTH", run->length, 1);
    return cgi_serve(&app, run->serve) ? 0 : 1;
}

/*
 * The child's descriptors are all closed but for its own ends, or it would never see the end of its
 * input.
 */
static pid_t start(const struct run *run, const int *input, const int *output)
{
    fflush(NULL);
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        close(input[1]);
        close(output[0]);
        exit(serve_one(run, input[0], output[1]));
    }
    close(input[0]);
    close(output[1]);
    return pid;
}

static struct result perform(const struct run *run)
{
    struct result result = {.output = calloc(1, ANSWER_SIZE + 1)};
    char *body = calloc(1, run->input_size + 1);
    int input[2];
    int output[2];
    ssize_t count;

    assert_int_equal(pipe(input), 0);
    assert_int_equal(pipe(output), 0);
    pid_t pid = start(run, input, output);

    if (run->close_output)
        close(output[0]);
    assert_int_equal(write(input[1], body, run->input_size), (ssize_t)run->input_size);
    close(input[1]);
    while (!run->close_output &&
           (count = read(output[0], result.output + result.size, ANSWER_SIZE - result.size)) > 0)
        result.size += (size_t)count;
    assert_int_equal(waitpid(pid, &result.status, 0), pid);
    if (!run->close_output)
        close(output[0]);
    free(body);
    return result;
}

static void expect(const char *length, size_t input_size, const char *output)
{
    struct run run = {.length = length, .serve = count_body, .input_size = input_size};
    struct result result = perform(&run);

    assert_int_equal(result.status, 0);
    assert_string_equal(result.output, output);
    free(result.output);
}

static void test_length(void **state)
{
    (void)state;
    expect("5000", 5000, "whole 5000 CGI/1.1");
    expect("0", 5000, "whole 0 CGI/1.1");
}

static void test_not_behind_the_body(void **state)
{
    (void)state;
    expect("1500", 5000, "whole 1500 CGI/1.1");
}

static void test_without_length(void **state)
{
    (void)state;
    expect(NULL, 5000, "whole 5000 CGI/1.1");
    expect("", 5000, "whole 5000 CGI/1.1");
    expect(NULL, 0, "whole 0 CGI/1.1");
}

static void test_cut_body(void **state)
{
    (void)state;
    expect("5001", 5000, "broken 5000 CGI/1.1");
    expect("1", 0, "broken 0 CGI/1.1");
}

static void test_wrong_length(void **state)
{
    static const char *const lengths[] = {"-1", "abc", "5x", " 5", "99999999999999999999"};

    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++)
        expect(lengths[i], 10, "whole 0 CGI/1.1");
}

static void test_large_answer(void **state)
{
    struct run run = {.serve = answer_much};
    struct result result = perform(&run);

    (void)state;
    assert_int_equal(result.status, 0);
    assert_int_equal(result.size, ANSWER_SIZE);
    free(result.output);
}

static void test_reader_leaves(void **state)
{
    struct run run = {.serve = answer_much, .close_output = true};
    struct result result = perform(&run);

    (void)state;
    assert_true(WIFEXITED(result.status));
    assert_int_equal(WEXITSTATUS(result.status), 1);
    free(result.output);
}

static void test_refusal(void **state)
{
    struct run run = {.serve = serve_refusal};
    struct result result = perform(&run);

    (void)state;
    assert_int_equal(result.status, 0);
    assert_memory_equal(result.output, "Status: 500 ", 12);
    assert_non_null(strstr(result.output, "\r\n\r\n{\"success\":false,"));
    assert_non_null(strstr(result.output, "\"INTERNAL_ERROR\""));
    free(result.output);
}

/* How a process was started; variables and files are its own. */
struct start_case {
    bool input_listens;
    bool systemd_listens;
    const char *pid; /* LISTEN_PID; "own": the process' */
    const char *count;
    const char *gateway;
    enum serve_start start;
    int fd;
};

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static bool is_found(const struct start_case *c)
{
    const struct sockaddr nameless = {.sa_family = AF_UNIX};
    int listening = socket(AF_UNIX, SOCK_STREAM, 0);
    int other = open("/dev/null", O_RDONLY);
    char pid[16];
    int fd;

    snprintf(pid, sizeof pid, "%d", (int)getpid());
    /* Linux finds a name for it (unix(7)). */
    if (bind(listening, &nameless, sizeof nameless.sa_family) != 0 || listen(listening, 1) != 0)
        return false;
    /* Above those that are about to be taken. */
    listening = fcntl(listening, F_DUPFD, 20);
    other = fcntl(other, F_DUPFD, 20);
    dup2(c->input_listens ? listening : other, STDIN_FILENO);
    dup2(c->systemd_listens ? listening : other, 3);
    set("LISTEN_PID", c->pid && strcmp(c->pid, "own") == 0 ? pid : c->pid);
    set("LISTEN_FDS", c->count);
    set("GATEWAY_INTERFACE", c->gateway);
    return serve_find_start(&fd) == c->start && fd == c->fd;
}

static void test_start(void **state)
{
    static const struct start_case cases[] = {
        {true, false, NULL, NULL, NULL, START_FASTCGI, 0},
        {true, false, NULL, NULL, "CGI/1.1", START_FASTCGI, 0},
        {false, true, "own", "1", NULL, START_FASTCGI, 3},
        {false, true, "own", "2", "CGI/1.1", START_FASTCGI, 3},
        {false, true, "1", "1", NULL, START_UNKNOWN, -1},
        {false, true, "own", "0", NULL, START_UNKNOWN, -1},
        {false, true, "own", NULL, NULL, START_UNKNOWN, -1},
        {false, true, NULL, NULL, "CGI/1.1", START_CGI, -1},
        {false, false, "own", "1", NULL, START_UNKNOWN, -1},
        {false, false, NULL, NULL, "CGI/1.1", START_CGI, -1},
        {false, false, NULL, NULL, NULL, START_UNKNOWN, -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int status;

        fflush(NULL);
        pid_t pid = fork();

        if (pid == 0)
            exit(is_found(&cases[i]) ? 0 : 1);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (status != 0)
            unit_fail("case %zu\n", i);
    }
}

/* As mod_cgid starts it, with one socket as input and output. */
static void test_unwanted_body(void **state)
{
    static const char body[50000];
    const struct run run = {.length = "50000", .serve = answer_at_once};
    char answer[16];
    int ends[2];
    int status;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    fflush(NULL);
    pid_t pid = fork();

    if (pid == 0) {
        close(ends[1]);
        exit(serve_one(&run, ends[0], ends[0]));
    }
    close(ends[0]);
    assert_int_equal(write(ends[1], body, sizeof body), sizeof body);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    /* ECONNRESET where the process left something unread. */
    assert_int_equal(read(ends[1], answer, sizeof answer), 7);
    assert_int_equal(read(ends[1], answer, sizeof answer), 0);
    close(ends[1]);
}

/* Its client has stopped in the middle, and the server waits for it. */
static void test_stopped_body(void **state)
{
    const struct run run = {.length = "10", .serve = count_in_time};
    char answer[32] = "";
    int ends[2];
    int status;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    fflush(NULL);
    pid_t pid = fork();

    if (pid == 0) {
        close(ends[1]);
        exit(serve_one(&run, ends[0], ends[0]));
    }
    close(ends[0]);
    assert_int_equal(write(ends[1], "abc", 3), 3);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(read(ends[1], answer, sizeof answer - 1) > 0);
    assert_string_equal(answer, "broken 3 CGI/1.1");
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a body of the length that was said is whole", test_length, NULL, NULL, NULL},
        {"what follows the body in the input is left alone", test_not_behind_the_body, NULL, NULL,
         NULL},
        {"a body without a length ends with the input", test_without_length, NULL, NULL, NULL},
        {"a body shorter than its length is broken", test_cut_body, NULL, NULL, NULL},
        {"nothing is read for a length that is no number", test_wrong_length, NULL, NULL, NULL},
        {"a body that nobody wants is read away, and the answer arrives", test_unwanted_body, NULL,
         NULL, NULL},
        {"a body that stops is broken when its time is over", test_stopped_body, NULL, NULL, NULL},
        {"a large answer is written whole", test_large_answer, NULL, NULL, NULL},
        {"a reader that leaves is an error, not the end of the process", test_reader_leaves, NULL,
         NULL, NULL},
        {"a process that is not set up answers 500 in the envelope", test_refusal, NULL, NULL,
         NULL},
        {"how the process was started is found out", test_start, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("http/cgi", tests, NULL, NULL);
}
