/* stream_test.c - tests of http/stream: an answer in pieces, its good end and its bad ones */
#include "keel/http/stream.h"

#include "../support/faults.h"
#include "../support/folder.h"
#include "../support/unit.h"

#include "keel/core/clock.h"
#include "keel/http/exchange.h"
#include "keel/http/memory.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct answering {
    struct app app;
    struct exchange exchange;
    struct memory_transport memory;
    struct arena arena; /* of what was written */
    char folder[FOLDER_PATH_SIZE];
    char file[FOLDER_PATH_SIZE + 8];
};

static void renew(struct answering *answering)
{
    static char *const environment[] = {NULL};
    struct exchange *exchange = &answering->exchange;

    *exchange = (struct exchange){.app = &answering->app,
                                  .transport = &answering->memory.transport,
                                  .request = {.id = "request-1"}};
    scope_begin(&exchange->scope, &answering->app.config, NULL, NULL);
    response_begin(&exchange->response, &exchange->scope.arena);
    arena_init(&answering->arena);
    memory_transport_init(&answering->memory, environment, NULL, 0, &answering->arena);
}

static void finish(struct answering *answering)
{
    scope_end(&answering->exchange.scope);
    arena_free(&answering->arena);
}

static int begin(void **state)
{
    struct answering *answering = calloc(1, sizeof *answering);

    assert_non_null(answering);
    folder_make(answering->folder);
    snprintf(answering->file, sizeof answering->file, "%s/slots", answering->folder);
    answering->app.config = (struct config){.export_timeout_s = 60, .export_slots = 1};
    renew(answering);
    *state = answering;
    return 0;
}

static int end(void **state)
{
    struct answering *answering = *state;

    finish(answering);
    folder_remove(answering->folder);
    free(answering);
    return 0;
}

static bool write_text(struct answering *answering, const char *text)
{
    return stream_write(&answering->exchange, text, strlen(text));
}

/* What was written, without its head, which must have this line. */
static const char *body_behind(const struct answering *answering, const char *line)
{
    const char *answer = answering->memory.answer.data;

    assert_non_null(answer);
    if (!strstr(answer, line))
        unit_fail("no %s in %s", line, answer);
    const char *end_of_head = strstr(answer, "\r\n\r\n");

    assert_non_null(end_of_head);
    return end_of_head + 4;
}

static void test_pieces(void **state)
{
    struct answering *answering = *state;

    response_header(&answering->exchange.response, "X-Own", "1");
    assert_true(stream_begin(&answering->exchange, "text/csv; charset=utf-8"));
    assert_true(answering->memory.was_long);
    assert_int_equal(answering->memory.answer.length, 0);
    assert_true(write_text(answering, "a,b\r\n"));
    assert_true(write_text(answering, "1,2\r\n"));
    assert_true(stream_end(&answering->exchange));
    assert_string_equal(body_behind(answering, "Content-Type: text/csv; charset=utf-8\r\n"),
                        "a,b\r\n1,2\r\n");
    assert_int_equal(strncmp(answering->memory.answer.data, "Status: 200 OK\r\n", 16), 0);
    body_behind(answering, "\r\nX-Own: 1\r\n");
    body_behind(answering, "\r\nCache-Control: no-store\r\n");
    assert_null(strstr(answering->memory.answer.data, "Content-Length"));
    assert_int_equal(answering->exchange.stream.bytes, 10);
    assert_false(answering->memory.was_cut);
}

static void test_nothing(void **state)
{
    struct answering *answering = *state;

    assert_true(stream_begin(&answering->exchange, "application/x-ndjson"));
    assert_true(stream_end(&answering->exchange));
    assert_string_equal(body_behind(answering, "\r\nContent-Type: application/x-ndjson\r\n"), "");
}

static void test_unused(void **state)
{
    struct answering *answering = *state;

    assert_false(stream_end(&answering->exchange));
    assert_int_equal(answering->memory.answer.length, 0);
}

static void test_early_error(void **state)
{
    struct answering *answering = *state;

    assert_true(stream_begin(&answering->exchange, "text/csv"));
    fail(&answering->exchange.scope, ERR_TIMEOUT, "Too slow");
    assert_false(stream_end(&answering->exchange));
    assert_int_equal(answering->memory.answer.length, 0);
    assert_false(answering->memory.was_cut);
}

static void test_late_error(void **state)
{
    struct answering *answering = *state;

    assert_true(stream_begin(&answering->exchange, "text/csv"));
    assert_true(write_text(answering, "a\r\n"));
    fail(&answering->exchange.scope, ERR_UNAVAILABLE, "Gone");
    assert_true(stream_end(&answering->exchange));
    assert_true(answering->memory.was_cut);
    assert_false(answering->exchange.stream.client_gone);
}

static void test_client_gone(void **state)
{
    struct answering *answering = *state;

    assert_true(stream_begin(&answering->exchange, "text/csv"));
    assert_true(write_text(answering, "a\r\n"));
    answering->memory.gone_at = answering->memory.answer.length + 2;
    assert_false(write_text(answering, "b\r\n"));
    assert_true(answering->exchange.stream.client_gone);
    assert_int_equal(answering->exchange.stream.bytes, 3);
    assert_true(stream_end(&answering->exchange));
}

static void test_too_long(void **state)
{
    struct answering *answering = *state;

    assert_true(stream_begin(&answering->exchange, "text/csv"));
    assert_true(write_text(answering, "a\r\n"));
    answering->exchange.stream.deadline_us = clock_monotonic_us() - 1;
    assert_false(write_text(answering, "b\r\n"));
    assert_int_equal(answering->exchange.scope.error.kind, ERR_TIMEOUT);
    assert_true(stream_end(&answering->exchange));
    assert_true(answering->memory.was_cut);
}

static void test_head(void **state)
{
    struct answering *answering = *state;

    answering->exchange.request.is_head = true;
    assert_true(stream_begin(&answering->exchange, "text/csv"));
    assert_false(answering->memory.was_long);
    assert_true(stream_end(&answering->exchange));
    assert_string_equal(body_behind(answering, "Content-Type: text/csv"), "");
}

static void test_slots(void **state)
{
    struct answering *answering = *state;
    struct slot slot;

    answering->app.config.export_file = answering->file;
    assert_true(slot_take(answering->file, 1, 0, &slot));
    assert_false(stream_begin(&answering->exchange, "text/csv"));
    assert_int_equal(answering->exchange.scope.error.kind, ERR_UNAVAILABLE);
    assert_true(answering->exchange.scope.error.retry_after > 0);
    assert_false(stream_end(&answering->exchange));
    slot_give(&slot);
    finish(answering);
    renew(answering);
    assert_true(stream_begin(&answering->exchange, "text/csv"));
    assert_false(slot_take(answering->file, 1, 0, &slot));
    /* A transaction that is run again does not stand in its own way. */
    assert_true(stream_begin(&answering->exchange, "text/csv"));
    assert_true(stream_end(&answering->exchange));
    assert_true(slot_take(answering->file, 1, 0, &slot));
    slot_give(&slot);
    finish(answering);
    renew(answering);
    answering->app.config.export_file = "/nonexistent/file";
    assert_false(stream_begin(&answering->exchange, "text/csv"));
    assert_int_equal(answering->exchange.scope.error.kind, ERR_INTERNAL);
    assert_false(stream_end(&answering->exchange));
}

/* As plain CGI does it: no end but a good one. */
static void collect(struct answering *answering)
{
    answering->app.config.upload_folder = answering->folder;
    answering->memory.transport.cut = NULL;
}

static void test_collected(void **state)
{
    struct answering *answering = *state;
    size_t length = 0;

    collect(answering);
    assert_true(stream_begin(&answering->exchange, "text/csv"));
    assert_true(write_text(answering, "of an attempt that failed"));
    assert_true(stream_begin(&answering->exchange, "text/csv"));
    for (int i = 0; i < 5000; i++) {
        char line[16];

        length += (size_t)snprintf(line, sizeof line, "%d\r\n", i);
        assert_true(write_text(answering, line));
    }
    assert_int_equal(answering->memory.answer.length, 0);
    assert_true(stream_end(&answering->exchange));
    char line[64];

    snprintf(line, sizeof line, "\r\nContent-Length: %zu\r\n", length);
    const char *body = body_behind(answering, line);

    assert_int_equal(strlen(body), length);
    assert_int_equal(strncmp(body, "0\r\n1\r\n", 6), 0);
    assert_string_equal(body + length - 6, "4999\r\n");
}

static void test_collected_error(void **state)
{
    struct answering *answering = *state;

    collect(answering);
    assert_true(stream_begin(&answering->exchange, "text/csv"));
    assert_true(write_text(answering, "a\r\n"));
    fail(&answering->exchange.scope, ERR_TIMEOUT, "Too slow");
    assert_false(stream_end(&answering->exchange));
    assert_int_equal(answering->memory.answer.length, 0);
    finish(answering);
    renew(answering);
    collect(answering);
    answering->app.config.upload_folder = "";
    assert_false(stream_begin(&answering->exchange, "text/csv"));
    assert_int_equal(answering->exchange.scope.error.kind, ERR_UNAVAILABLE);
    assert_false(stream_end(&answering->exchange));
}

static void test_no_room(void **state)
{
    struct answering *answering = *state;
    char piece[1000] = "";
    struct rlimit before, small;
    bool written = true;

    collect(answering);
    memset(piece, 'x', sizeof piece);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){20000, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool begun = stream_begin(&answering->exchange, "text/csv");

    for (int i = 0; i < 30 && written; i++)
        written = stream_write(&answering->exchange, piece, sizeof piece);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(begun);
    assert_false(written);
    assert_int_equal(answering->exchange.scope.error.kind, ERR_UNAVAILABLE);
    assert_false(stream_end(&answering->exchange));
}

static void test_no_memory(void **state)
{
    struct answering *answering = *state;

    faults_begin();
    while (faults_next()) {
        finish(answering);
        renew(answering);
        bool done = stream_begin(&answering->exchange, "text/csv") && write_text(answering, "a");

        faults_stop();
        assert_int_equal(done, !faults_hit());
        bool answered = stream_end(&answering->exchange);

        assert_true(answered || answering->exchange.scope.error.kind != ERR_NONE);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("an answer is its head and all its pieces", test_pieces),
        FIXTURE_TEST("an answer of nothing has a head", test_nothing),
        FIXTURE_TEST("what was never begun is answered by others", test_unused),
        FIXTURE_TEST("an error before the first piece can still be told", test_early_error),
        FIXTURE_TEST("an error behind it cuts the answer", test_late_error),
        FIXTURE_TEST("a client that goes ends it", test_client_gone),
        FIXTURE_TEST("nobody's answer lasts for ever", test_too_long),
        FIXTURE_TEST("HEAD gives the head, and takes nobody's place", test_head),
        FIXTURE_TEST("there are only so many at once", test_slots),
        FIXTURE_TEST("what cannot be cut is collected first, and has a length", test_collected),
        FIXTURE_TEST("an error while it is collected is told as any other", test_collected_error),
        FIXTURE_TEST("so is a full disk", test_no_room),
        FIXTURE_TEST("lack of memory is an error", test_no_memory),
    };

    return cmocka_run_group_tests_name("http/stream", tests, NULL, NULL);
}
