/* worker.h - a process that runs fastcgi_serve() on a socket of its own */
#ifndef KEEL_TESTS_SUPPORT_WORKER_H
#define KEEL_TESTS_SUPPORT_WORKER_H

#include "fcgi_client.h"
#include "folder.h"
#include "keel/core/config.h"

#include <sys/resource.h>
#include <sys/types.h>

#define WORKER_SERVED_MAX 4096

/* Written by the worker, read by the test: in memory that both share. */
struct worker_record {
    _Atomic unsigned count;        /* requests that reached the serve function */
    _Atomic unsigned forged;       /* those of them that only a body could have held */
    char order[WORKER_SERVED_MAX]; /* the first letter of each one's NAME */
};

struct worker {
    char folder[FOLDER_PATH_SIZE];
    char socket_path[FOLDER_PATH_SIZE + 16];
    char log_path[FOLDER_PATH_SIZE + 16];
    int listen_fd;
    rlim_t file_limit; /* of the worker; 0: as the test's own */
    struct config config;
    struct worker_record *record;
    pid_t pid;
    struct arena arena; /* for the test's requests and answers */
};

/*
 * Prepares the socket and settings (short time limits), without starting. The test may change
 * `config` before worker_start(). A request's variables say what the worker does with it:
 * NAME, which comes back in the answer; READ, how many bytes of the body to read ("all" unless
 * given); SLEEP, milliseconds to wait before answering; ANSWER, bytes to answer with beyond the
 * usual; GROW, bytes to allocate, use and never free; SHORT, as if there were no memory; FORGED,
 * counted as an attack that succeeded; LONG, says before it waits that this may take long; CUT,
 * cuts the answer. The answer is "Status: 200" for a whole body or "Status: 400" for a broken one,
 * an empty line, and "NAME LENGTH".
 */
void worker_prepare(struct worker *worker);
void worker_start(struct worker *worker);

/*
 * Sends a signal; waits up to `timeout_ms` for the end. The exit status, 128 + a signal's number,
 * or -1 if it did not end.
 */
void worker_signal(const struct worker *worker, int signal_number);
int worker_wait(struct worker *worker, int timeout_ms);

/* Ends it if it runs, and removes its folder. */
void worker_remove(struct worker *worker);

/* Connects, failing the test where that is not possible. */
int worker_connect(const struct worker *worker);

/*
 * Sends a request without a body, or with one. `variables` is "NAME=a READ=0": separated by blanks.
 */
void worker_send(struct worker *worker, int fd, const char *variables, const void *body,
                 size_t length, bool keep);

/* Receives an answer and compares its output, e.g. "Status: 200\r\n\r\na 0". */
void worker_expect(struct worker *worker, int fd, const char *output);

/* worker_send() and worker_expect() of a kept connection: a request named `name` without a body. */
void worker_ask(struct worker *worker, int fd, const char *name);

/* How many lines of its log have this text in them. */
int worker_count_log(const struct worker *worker, const char *text);

/*
 * Fixtures for cmocka: `*state` is a worker that is prepared, or started too; teardown fails the
 * test unless it ended well.
 */
int worker_setup_prepared(void **state);
int worker_setup_started(void **state);
int worker_teardown(void **state);

/* A number made of the bytes and the one made of those before them (0 at the beginning). */
uint32_t worker_sum(uint32_t sum, const char *bytes, size_t length);

void sleep_ms(long ms);

#endif
