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
        {"what cannot be read or written is told with its cause", test_failures, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("core/stream", tests, NULL, NULL);
}
