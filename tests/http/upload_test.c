/* upload_test.c - tests of http/upload: a body that becomes a file, or leaves none */
#include "keel/http/upload.h"

#include "../support/faults.h"
#include "../support/folder.h"
#include "../support/unit.h"

#include "keel/core/config.h"
#include "keel/http/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define BODY_SIZE 70000

static char bytes[BODY_SIZE];

/* One upload and what it needs. */
struct attempt {
    struct config config;
    struct scope scope;
    struct request request;
    struct memory_transport memory;
    struct upload upload;
    char folder[FOLDER_PATH_SIZE];
};

static int begin(void **state)
{
    struct attempt *attempt = calloc(1, sizeof *attempt);

    assert_non_null(attempt);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i % 251);
    folder_make(attempt->folder);
    attempt->config.upload_folder = attempt->folder;
    *state = attempt;
    return 0;
}

static int end(void **state)
{
    struct attempt *attempt = *state;

    folder_remove(attempt->folder);
    free(attempt);
    return 0;
}

/* Receives `length` bytes of a body that says it has `said` (-1: nothing). */
static bool receive(struct attempt *attempt, size_t length, int64_t said, int64_t limit)
{
    static char *const environment[] = {NULL};
    size_t break_at = attempt->memory.break_at;

    scope_begin(&attempt->scope, &attempt->config, NULL, NULL);
    memory_transport_init(&attempt->memory, environment, bytes, length, &attempt->scope.arena);
    if (break_at)
        attempt->memory.break_at = break_at;
    attempt->request = (struct request){.content_length = said};
    return upload_receive(&attempt->scope, &attempt->memory.transport, &attempt->request, limit,
                          true, &attempt->upload);
}

static void finish(struct attempt *attempt)
{
    upload_end(&attempt->upload);
    scope_end(&attempt->scope);
}

static int count_files(const char *folder)
{
    DIR *directory = opendir(folder);
    int count = 0;

    assert_non_null(directory);
    for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

/* The file is there, has the first `length` bytes and is this user's alone. */
static void expect_file(const char *path, size_t length)
{
    static char read_back[BODY_SIZE + 1];
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(read(fd, read_back, sizeof read_back), length);
    assert_memory_equal(read_back, bytes, length);
    close(fd);
}

static void test_whole(void **state)
{
    static const size_t lengths[] = {1, 16383, 16384, 16385, BODY_SIZE};
    struct attempt *attempt = *state;
    char digest[DIGEST_TEXT_SIZE];

    for (size_t i = 0; i < 2 * COUNT(lengths); i++) {
        size_t length = lengths[i / 2];

        assert_true(receive(attempt, length, i % 2 ? (int64_t)length : -1, BODY_SIZE));
        assert_int_equal(attempt->upload.bytes, length);
        expect_file(attempt->upload.path, length);
        assert_true(digest_text(bytes, length, digest));
        assert_string_equal(attempt->upload.digest, digest);
        finish(attempt);
        assert_int_equal(count_files(attempt->folder), 0);
    }
}

static void test_kept(void **state)
{
    struct attempt *attempt = *state;
    char path[FOLDER_PATH_SIZE + 64];

    assert_true(receive(attempt, 100, 100, 100));
    assert_true(upload_keep(&attempt->scope, &attempt->upload));
    /* A transaction that is run again keeps it again. */
    assert_true(upload_keep(&attempt->scope, &attempt->upload));
    snprintf(path, sizeof path, "%s", attempt->upload.path);
    finish(attempt);
    expect_file(path, 100);
    assert_true(receive(attempt, 100, 100, 100));
    assert_true(upload_keep(&attempt->scope, &attempt->upload));
    attempt->upload.kept = false;
    finish(attempt);
    assert_int_equal(count_files(attempt->folder), 1);
}

static void test_refused(void **state)
{
    static const struct {
        size_t length;
        int64_t said, limit;
        enum error_kind kind;
    } cases[] = {
        {0, -1, 10, ERR_MALFORMED},        {0, 0, 10, ERR_MALFORMED},
        {11, 11, 10, ERR_TOO_LARGE},       {11, -1, 10, ERR_TOO_LARGE},
        {11, 5, 10, ERR_TOO_LARGE},        {9, 10, 10, ERR_MALFORMED},
        {10, 9, 10, ERR_MALFORMED},        {BODY_SIZE, -1, 40000, ERR_TOO_LARGE},
        {5, INT64_MAX, 10, ERR_TOO_LARGE},
    };
    struct attempt *attempt = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_false(receive(attempt, cases[i].length, cases[i].said, cases[i].limit));
        if (attempt->scope.error.kind != cases[i].kind)
            unit_fail("case %zu: kind %d", i, (int)attempt->scope.error.kind);
        finish(attempt);
        assert_int_equal(count_files(attempt->folder), 0);
    }
}

static void test_broken(void **state)
{
    struct attempt *attempt = *state;

    for (size_t at = 1; at < BODY_SIZE; at += 16384) {
        attempt->memory.break_at = at;
        assert_false(receive(attempt, BODY_SIZE, BODY_SIZE, BODY_SIZE));
        assert_int_equal(attempt->scope.error.kind, ERR_MALFORMED);
        finish(attempt);
        assert_int_equal(count_files(attempt->folder), 0);
    }
}

/* A limit on the size of files says what a full disk says, to this process alone. */
static void test_full(void **state)
{
    struct attempt *attempt = *state;
    struct rlimit before, small;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){40000, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool received = receive(attempt, BODY_SIZE, BODY_SIZE, BODY_SIZE);

    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(received);
    assert_int_equal(attempt->scope.error.kind, ERR_UNAVAILABLE);
    assert_non_null(strstr(attempt->scope.error.message, "no room"));
    assert_true(attempt->scope.error.retry_after > 0);
    finish(attempt);
    assert_int_equal(count_files(attempt->folder), 0);
}

static void test_no_folder(void **state)
{
    struct attempt *attempt = *state;

    attempt->config.upload_folder = "";
    assert_false(receive(attempt, 10, 10, 10));
    assert_int_equal(attempt->scope.error.kind, ERR_UNAVAILABLE);
    finish(attempt);
    attempt->config.upload_folder = "/nonexistent/folder";
    assert_false(receive(attempt, 10, 10, 10));
    assert_int_equal(attempt->scope.error.kind, ERR_INTERNAL);
    assert_non_null(strstr(attempt->scope.error.detail, "No such file"));
    assert_null(strstr(attempt->scope.error.message, "folder"));
    finish(attempt);
}

static void test_usable(void **state)
{
    struct attempt *attempt = *state;

    assert_true(upload_folder_is_usable(attempt->folder));
    assert_false(upload_folder_is_usable("/nonexistent/folder"));
    assert_int_equal(errno, ENOENT);
    assert_false(upload_folder_is_usable("/dev/null"));
    assert_int_equal(errno, ENOTDIR);
    assert_false(upload_folder_is_usable("uploads"));
    assert_int_equal(errno, EINVAL);
}

/* Claim: it takes the same memory however much comes. */
static void test_memory(void **state)
{
    static const size_t lengths[] = {100, BODY_SIZE};
    struct attempt *attempt = *state;
    unsigned counts[COUNT(lengths)];

    for (size_t i = 0; i < COUNT(lengths); i++) {
        faults_begin();
        while (faults_next()) {
            bool received = receive(attempt, lengths[i], -1, BODY_SIZE);

            faults_stop();
            assert_int_equal(received, !faults_hit());
            finish(attempt);
            assert_int_equal(count_files(attempt->folder), 0);
        }
        counts[i] = faults_count();
    }
    assert_true(counts[0] > 0);
    assert_int_equal(counts[0], counts[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("a body is in its file, byte for byte, with its digest", test_whole),
        FIXTURE_TEST("a file stays when it is kept, unless that is taken back", test_kept),
        FIXTURE_TEST("a body of a wrong length leaves no file", test_refused),
        FIXTURE_TEST("a body that was broken off leaves no file", test_broken),
        FIXTURE_TEST("a full disk is told, and leaves no file", test_full),
        FIXTURE_TEST("a folder that is not there is the server's fault", test_no_folder),
        FIXTURE_TEST("what is no folder to write in is known at the start", test_usable),
        FIXTURE_TEST("memory does not grow with the body, and its lack leaves no file",
                     test_memory),
    };

    return cmocka_run_group_tests_name("http/upload", tests, NULL, NULL);
}
