/* fastcgi_peer_test.c - tests of http/fastcgi: peers that smuggle, stop or talk rubbish */
#include "../support/unit.h"
#include "../support/worker.h"

#include "keel/core/clock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * A body that is nothing but requests, `shift` bytes into it. Each takes 8,192 bytes or a part of
 * that which divides it evenly, so that wherever libfcgi's buffer of 8,192 bytes ends, one of the
 * shifts puts the beginning of a request right behind it.
 */
static void forge_body(struct buffer *body, size_t shift, size_t size)
{
    char *environment[] = {(char[]){"NAME=forged"}, (char[]){"FORGED=1"}, NULL};
    struct buffer request;

    buffer_init(&request, body->arena);
    fcgi_add_request(&request, environment, NULL, 0, true);
    /*
     * Filled up to a power of two with the padding of a record that is skipped, as it has another
     * request's id.
     */
    fcgi_add_record(&request, FCGI_STDIN, 2, NULL, 0, 128 - request.length - 8);
    assert_int_equal(request.length, 128);
    for (size_t i = 0; i < shift; i++)
        buffer_add_char(body, 'x');
    while (body->length + request.length <= size)
        buffer_add(body, request.data, request.length);
}

/*
 * Sends a forged body to a worker that reads `read` bytes of it, and then, where that is possible,
 * an honest request.
 */
static void smuggle(struct worker *worker, const char *variables, size_t shift, size_t size)
{
    int fd = worker_connect(worker);
    struct arena arena;
    struct buffer body;
    struct fcgi_answer answer;

    arena_init(&arena);
    buffer_init(&body, &arena);
    forge_body(&body, shift, size);
    worker_send(worker, fd, variables, body.data, body.length, true);
    assert_int_equal(fcgi_receive(fd, &arena, 5000, &answer), FCGI_ANSWERED);
    assert_memory_equal(answer.output.data, "Status: 200\r\n\r\nhonest", 21);
    if (size <= 1 << 20)
        worker_ask(worker, fd, "next");
    else
        assert_true(fcgi_is_closed(fd, 3000));
    assert_int_equal(worker->record->forged, 0);
    close(fd);
    arena_free(&arena);
    arena_free(&worker->arena);
}

static void test_smuggling(void **state)
{
    static const char *const exits[] = {"NAME=honest READ=0", "NAME=honest READ=1",
                                        "NAME=honest READ=1000", "NAME=honest READ=20000",
                                        "NAME=honest READ=40000000"};

    for (size_t i = 0; i < COUNT(exits); i++) {
        for (size_t shift = 0; shift < 128; shift++)
            smuggle(*state, exits[i], shift, 40000);
    }
}

static void test_body_over_the_bound(void **state)
{
    for (size_t shift = 0; shift < 16; shift++)
        smuggle(*state, "NAME=honest READ=0", shift, 3 << 20);
}

/*
 * After a request that broke off: the answer, if one comes, is not one of success, and the
 * connection ends.
 */
static void expect_broken(struct worker *worker, int fd)
{
    struct fcgi_answer answer;

    if (fcgi_receive(fd, &worker->arena, 5000, &answer) == FCGI_ANSWERED) {
        assert_memory_equal(answer.output.data, "Status: 400", 11);
        assert_true(fcgi_is_closed(fd, 3000));
    }
    close(fd);
}

/* A request whose body of 1,000 bytes ends with `ending` instead of its proper end. */
static void send_unfinished(struct worker *worker, int fd, const struct buffer *ending)
{
    char *environment[] = {(char[]){"NAME=a"}, NULL};
    char body[1000] = {0};
    struct buffer request;

    buffer_init(&request, &worker->arena);
    fcgi_add_head(&request, environment, true);
    fcgi_add_record(&request, FCGI_STDIN, 1, body, sizeof body, 0);
    if (ending)
        buffer_add(&request, ending->data, ending->length);
    assert_true(fcgi_send(fd, &request));
}

static void test_abort(void **state)
{
    struct worker *worker = *state;
    int fd = worker_connect(worker);
    struct buffer abort_record;

    buffer_init(&abort_record, &worker->arena);
    fcgi_add_record(&abort_record, FCGI_ABORT, 1, NULL, 0, 0);
    send_unfinished(worker, fd, &abort_record);
    worker_expect(worker, fd, "Status: 400\r\n\r\na 1000");
    assert_true(fcgi_is_closed(fd, 3000));
    close(fd);
}

static void test_cut_body(void **state)
{
    struct worker *worker = *state;
    int fd = worker_connect(worker);

    send_unfinished(worker, fd, NULL);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    worker_expect(worker, fd, "Status: 400\r\n\r\na 1000");
    assert_true(fcgi_is_closed(fd, 3000));
    close(fd);
}

static void test_stop_inside_body(void **state)
{
    struct worker *worker = *state;
    int stuck = worker_connect(worker);
    int fd = worker_connect(worker);

    send_unfinished(worker, stuck, NULL);
    /* Answered when the stuck one's second is over. */
    worker_ask(worker, fd, "b");
    expect_broken(worker, stuck);
    close(fd);
}

static void test_stop_inside_head(void **state)
{
    struct worker *worker = *state;
    int stuck = worker_connect(worker);
    int fd = worker_connect(worker);

    assert_int_equal(send(stuck, "\1\1\0\1\0\10", 6, 0), 6);
    sleep_ms(20);
    worker_ask(worker, fd, "b");
    assert_true(fcgi_is_closed(stuck, 3000));
    close(stuck);
    close(fd);
}

static void test_drip(void **state)
{
    struct worker *worker = *state;
    int slow = worker_connect(worker);
    int fd = worker_connect(worker);
    char *environment[] = {(char[]){"NAME=a"}, NULL};
    struct buffer request;
    struct fcgi_answer answer;

    buffer_init(&request, &worker->arena);
    fcgi_add_head(&request, environment, true);
    fcgi_add_record(&request, FCGI_STDIN, 1, "12345678", 8, 0);
    assert_true(fcgi_send(slow, &request));
    worker_send(worker, fd, "NAME=b", NULL, 0, true);
    buffer_clear(&request);
    fcgi_add_record(&request, FCGI_STDIN, 1, "x", 1, 0);
    for (int i = 0; i < 22; i++) {
        (void)fcgi_send(slow, &request);
        sleep_ms(100);
    }
    /* No byte took a second, but all of them did, and reading the rest away had its time too. */
    assert_int_equal(fcgi_receive(fd, &worker->arena, 100, &answer), FCGI_ANSWERED);
    expect_broken(worker, slow);
    close(fd);
}

static void test_silence(void **state)
{
    struct worker *worker = *state;
    int silent[100];
    int fd;

    for (size_t i = 0; i < COUNT(silent); i++)
        silent[i] = worker_connect(worker);
    fd = worker_connect(worker);
    for (int i = 0; i < 10; i++)
        worker_ask(worker, fd, "a");
    for (size_t i = 0; i < COUNT(silent); i++)
        worker_ask(worker, silent[i], "b");
    for (size_t i = 0; i < COUNT(silent); i++)
        close(silent[i]);
    close(fd);
}

/* libfcgi by itself would wait two seconds for each of them to close its side, too. */
static void test_linger(void **state)
{
    struct worker *worker = *state;
    int open[10];
    int64_t start = clock_monotonic_us();

    for (size_t i = 0; i < COUNT(open); i++) {
        open[i] = worker_connect(worker);
        worker_send(worker, open[i], "NAME=a", NULL, 0, false);
        worker_expect(worker, open[i], "Status: 200\r\n\r\na 0");
    }
    int fd = worker_connect(worker);

    worker_ask(worker, fd, "b");
    assert_true(clock_monotonic_us() - start < 8000000);
    for (size_t i = 0; i < COUNT(open); i++)
        close(open[i]);
    close(fd);
}

#define BEGIN "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0"
#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static void test_rubbish(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
        BYTES("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        BYTES("\2\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0"),                 /* another version */
        BYTES("\1\1\0\1\0\7\0\0\0\1\1\0\0\0\0\0"),                  /* a short beginning */
        BYTES("\1\1\0\0\0\10\0\0\0\1\1\0\0\0\0\0"),                 /* request id 0 */
        BYTES("\1\1\0\1\0\10\0\0\0\2\1\0\0\0\0\0\1\4\0\1\0\0\0\0"), /* an authorizer */
        BYTES("\1\1\0\1\0\10\0\0\0\3\1\0\0\0\0\0\1\4\0\1\0\0\0\0"), /* a filter */
        BYTES("\1\1\0\1\0\10\0\0\0\11\1\0\0\0\0\0"),                /* a role that is none */
        BYTES("\1\4\0\1\0\0\0\0\1\5\0\1\0\0\0\0"),                /* variables before a beginning */
        BYTES("\1\5\0\1\0\0\0\0"),                                /* a body before it */
        BYTES(BEGIN "\1\5\0\1\0\0\0\0"),                          /* a body before variables */
        BYTES(BEGIN BEGIN "\1\5\0\1\0\0\0\0"),                    /* two beginnings */
        BYTES(BEGIN "\1\4\0\1\0\1\0\0A\1\4\0\1\0\0\0\0"),         /* a name without its value */
        BYTES(BEGIN "\1\4\0\1\0\3\0\0\177\177A\1\4\0\1\0\0\0\0"), /* lengths behind the end */
        BYTES(BEGIN "\1\4\0\1\0\3\0\0\200\0\0\1\4\0\1\0\0\0\0"),  /* a cut length */
        BYTES(BEGIN "\1\2\0\1\0\0\0\0"),                          /* aborted at once */
        BYTES("\1\11\0\0\0\21\0\0\17\0FCGI_MPXS_CONNS"), /* a question and nothing behind it */
    };
    struct worker *worker = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        int fd = worker_connect(worker);
        int other = worker_connect(worker);
        struct fcgi_answer answer;

        assert_int_equal(send(fd, cases[i].bytes, cases[i].length, 0), (ssize_t)cases[i].length);
        shutdown(fd, SHUT_WR);
        while (fcgi_receive(fd, &worker->arena, 5000, &answer) == FCGI_ANSWERED)
            assert_int_equal(answer.output.length, 0);
        worker_ask(worker, other, "a");
        close(fd);
        close(other);
    }
    assert_int_equal(worker->record->count, COUNT(cases));
}

static void test_random_rubbish(void **state)
{
    struct worker *worker = *state;
    uint32_t random = 1;

    for (int i = 0; i < 500; i++) {
        char bytes[64];
        int fd = worker_connect(worker);

        for (size_t j = 0; j < sizeof bytes; j++) {
            random = random * 1664525 + 1013904223;
            bytes[j] = (char)(random >> 24);
        }
        (void)!send(fd, bytes, sizeof bytes, MSG_NOSIGNAL);
        close(fd);
    }
    int fd = worker_connect(worker);

    worker_ask(worker, fd, "a");
    assert_int_equal(worker->record->count, 1);
    close(fd);
}

static void test_huge_heads(void **state)
{
    struct worker *worker = *state;
    int fd = worker_connect(worker);
    char *environment[1002] = {(char[]){"NAME=a"}};
    char *large = calloc(1, 200000);
    struct buffer request;

    for (size_t i = 1; i < 1001; i++)
        environment[i] = (char *)(uintptr_t) "HTTP_X_NAME=value";
    buffer_init(&request, &worker->arena);
    fcgi_add_request(&request, environment, NULL, 0, true);
    assert_true(fcgi_send(fd, &request));
    worker_expect(worker, fd, "Status: 200\r\n\r\na 0");
    memset(large, 'x', 199999);
    memcpy(large, "HTTP_X=", 7);
    environment[1] = large;
    environment[2] = NULL;
    buffer_clear(&request);
    fcgi_add_request(&request, environment, NULL, 0, true);
    assert_true(fcgi_send(fd, &request));
    worker_expect(worker, fd, "Status: 200\r\n\r\na 0");
    free(large);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a body is never taken for a request, however little of it was read", test_smuggling,
         worker_setup_started, worker_teardown, NULL},
        {"a body over the bound gets its answer and ends its connection", test_body_over_the_bound,
         worker_setup_started, worker_teardown, NULL},
        {"an aborted request reads as broken and ends its connection", test_abort,
         worker_setup_started, worker_teardown, NULL},
        {"a cut body reads as broken", test_cut_body, worker_setup_started, worker_teardown, NULL},
        {"a peer that stops inside its body ends its own request only", test_stop_inside_body,
         worker_setup_started, worker_teardown, NULL},
        {"a peer that stops inside its head ends its own request only", test_stop_inside_head,
         worker_setup_started, worker_teardown, NULL},
        {"a body that drips has one time limit as a whole", test_drip, worker_setup_started,
         worker_teardown, NULL},
        {"silent peers keep nobody waiting", test_silence, worker_setup_started, worker_teardown,
         NULL},
        {"peers that do not close after their answer keep nobody waiting", test_linger,
         worker_setup_started, worker_teardown, NULL},
        {"rubbish ends its own connection only", test_rubbish, worker_setup_started,
         worker_teardown, NULL},
        {"random bytes end their own connection only", test_random_rubbish, worker_setup_started,
         worker_teardown, NULL},
        {"a thousand variables, or one of 200,000 bytes, end nothing", test_huge_heads,
         worker_setup_started, worker_teardown, NULL},
    };

    return cmocka_run_group_tests_name("http/fastcgi peers", tests, NULL, NULL);
}
