/* stream_test.c - tests of core/stream: files as sources and sinks */
#include "keel/core/stream.h"

#include "../support/folder.h"
#include "../support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void test_file(void **state)
{
    char folder[FOLDER_PATH_SIZE], path[FOLDER_PATH_SIZE + 8], bytes[16];
    struct scope scope;
    size_t length;

    (void)state;
    folder_make(folder);
    snprintf(path, sizeof path, "%s/file", folder);
    scope_begin(&scope, NULL, NULL, NULL);
    struct stream_file file = {&scope, open(path, O_RDWR | O_CREAT, 0600), "the file"};
    struct source source = stream_source(&file);
    struct sink sink = stream_sink(&file);

    assert_true(sink.write(sink.to, "one ", 4) && sink.write(sink.to, "two", 3));
    assert_int_equal(lseek(file.fd, 0, SEEK_SET), 0);
    assert_true(source.read(source.from, bytes, sizeof bytes, &length));
    assert_int_equal(length, 7);
    assert_memory_equal(bytes, "one two", 7);
    assert_true(source.read(source.from, bytes, sizeof bytes, &length));
    assert_int_equal(length, 0);
    close(file.fd);
    scope_end(&scope);
    folder_remove(folder);
}

/* Reads what stands at an offset of what `fd` gives; says, too, how far the file itself is read. */
static void read_behind(struct scope *scope, int fd, int64_t offset, char *byte, off_t *at)
{
    struct stream_file file = {scope, fd, "the file"};
    struct stream_window window;

    stream_window_begin(&window, scope, stream_source(&file), 0);
    /* A header, which is read before. */
    assert_int_equal(stream_window_fill(&window, 8), STREAM_MORE);
    stream_window_take(&window, 8);
    assert_true(stream_window_skip(&window, offset));
    assert_int_equal(window.offset, offset);
    *at = lseek(fd, 0, SEEK_CUR);
    *byte = '\0';
    if (window.start < window.end || stream_window_fill(&window, 1) == STREAM_MORE)
        *byte = window.bytes[window.start];
}

/* Of a file without reading it. */
static void test_skip(void **state)
{
    char folder[FOLDER_PATH_SIZE], path[FOLDER_PATH_SIZE + 8], byte;
    struct scope scope;
    off_t at;

    (void)state;
    folder_make(folder);
    snprintf(path, sizeof path, "%s/file", folder);
    scope_begin(&scope, NULL, NULL, NULL);
    int fd = open(path, O_RDWR | O_CREAT, 0600);

    assert_int_equal(pwrite(fd, "x", 1, 3000000), 1);
    assert_int_equal(pwrite(fd, "y", 1, 100), 1);
    read_behind(&scope, fd, 3000000, &byte, &at);
    assert_int_equal(byte, 'x');
    assert_int_equal(at, 3000000);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    read_behind(&scope, fd, 100, &byte, &at);
    assert_int_equal(byte, 'y');
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    read_behind(&scope, fd, 3000001, &byte, &at);
    assert_int_equal(byte, '\0');
    close(fd);
    scope_end(&scope);
    folder_remove(folder);
}

/* Of a pipe by reading. */
static void test_skip_pipe(void **state)
{
    static char bytes[50000];
    struct scope scope;
    int ends[2];
    char byte;
    off_t at;

    (void)state;
    bytes[40000] = 'x';
    scope_begin(&scope, NULL, NULL, NULL);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes, sizeof bytes), sizeof bytes);
    close(ends[1]);
    read_behind(&scope, ends[0], 40000, &byte, &at);
    assert_int_equal(byte, 'x');
    close(ends[0]);
    scope_end(&scope);
}

static void test_failures(void **state)
{
    char byte;
    size_t length;
    struct scope scope;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    struct stream_file folder = {&scope, open("/", O_RDONLY | O_DIRECTORY), "the folder"};
    struct source source = stream_source(&folder);

    assert_false(source.read(source.from, &byte, 1, &length));
    assert_string_equal(scope.error.message, "the folder cannot be read: Is a directory");
    close(folder.fd);
    scope_clear_error(&scope);
    struct stream_file full = {&scope, open("/dev/full", O_WRONLY), "the disk"};
    struct sink sink = stream_sink(&full);

    assert_false(sink.write(sink.to, "x", 1));
    assert_string_equal(scope.error.message, "the disk cannot be written: No space left on device");
    close(full.fd);
    scope_end(&scope);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"what is written to a file is read from it, up to its end", test_file, NULL, NULL, NULL},
        {"what stands in front of a place in a file is not read", test_skip, NULL, NULL, NULL},
        {"of a pipe it is", test_skip_pipe, NULL, NULL, NULL},
        {"what cannot be read or written is told with its cause", test_failures, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("core/stream", tests, NULL, NULL);
}
