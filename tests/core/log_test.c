/* log_test.c - tests of core/log and core/log_line */
#include "keel/core/log.h"

#include "support/unit.h"

#include "keel/core/clock.h"
#include "keel/core/json.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char folder[64];
    char path[128];
    char text[65536]; /* of the file, as read last */
    struct log log;
    struct scope scope; /* holds parsed lines */
};

static int begin(void **state)
{
    static struct fixture fixture;

    snprintf(fixture.folder, sizeof fixture.folder, "/tmp/keel-log-test.XXXXXX");
    if (!mkdtemp(fixture.folder))
        return -1;
    snprintf(fixture.path, sizeof fixture.path, "%s/keel.log", fixture.folder);
    scope_begin(&fixture.scope, NULL, NULL, NULL);
    *state = &fixture;
    return log_open(&fixture.log, fixture.path, LOG_LEVEL_INFO) ? 0 : -1;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    log_close(&fixture->log);
    scope_end(&fixture->scope);
    unlink(fixture->path);
    return rmdir(fixture->folder);
}

/* The file's text. */
static const char *read_log(struct fixture *fixture, const char *path)
{
    int fd = open(path, O_RDONLY);
    ssize_t length = fd < 0 ? -1 : read(fd, fixture->text, sizeof fixture->text - 1);

    assert_true(length >= 0);
    close(fd);
    fixture->text[length] = '\0';
    return fixture->text;
}

/* The only line of the file, parsed. */
static struct json_object *read_line(struct fixture *fixture)
{
    const char *text = read_log(fixture, fixture->path);
    size_t length = strlen(text);
    struct json_object *line = NULL;

    assert_true(length > 0);
    assert_ptr_equal(strchr(text, '\n'), text + length - 1);
    assert_true(length <= sizeof((struct log_line *)NULL)->text);
    if (!json_parse(&fixture->scope, text, length, &line))
        unit_fail("%s: %s", fixture->scope.error.message, text);
    return line;
}

static const char *field(struct json_object *line, const char *key)
{
    struct json_object *value;

    return json_object_object_get_ex(line, key, &value) ? json_object_get_string(value) : NULL;
}

static void test_line(void **state)
{
    struct fixture *fixture = *state;
    struct log_line line;
    int64_t us;

    assert_true(log_begin(&fixture->log, &line, LOG_LEVEL_WARN, "slow \"query\"\n"));
    log_add_text(&line, "route", "items.list");
    log_add_text(&line, "user", NULL);
    log_add_int(&line, "us", INT64_MIN);
    log_end(&line);
    struct json_object *parsed = read_line(fixture);

    assert_int_equal(json_object_object_length(parsed), 5);
    assert_string_equal(field(parsed, "level"), "warn");
    assert_string_equal(field(parsed, "message"), "slow \"query\"\n");
    assert_string_equal(field(parsed, "route"), "items.list");
    assert_string_equal(field(parsed, "us"), "-9223372036854775808");
    const char *time = field(parsed, "time");

    assert_true(clock_parse(time, strlen(time), &us));
    assert_in_range(clock_now_us() - us, 0, 60 * 1000000);
    assert_int_equal(strncmp(fixture->text, "{\"time\":", 8), 0);
}

static void test_levels(void **state)
{
    struct fixture *fixture = *state;
    struct log_line line;

    assert_false(log_begin(&fixture->log, &line, LOG_LEVEL_DEBUG, "not this"));
    log_write(&fixture->log, LOG_LEVEL_DEBUG, "nor this");
    log_write(&fixture->log, LOG_LEVEL_INFO, "but %s", "this");
    assert_string_equal(field(read_line(fixture), "message"), "but this");
}

static void test_no_log(void **state)
{
    struct log_line line;

    (void)state;
    assert_false(log_begin(NULL, &line, LOG_LEVEL_ERROR, "nowhere"));
    log_write(NULL, LOG_LEVEL_ERROR, "nowhere");
}

static void test_bad_utf8(void **state)
{
    struct fixture *fixture = *state;
    struct log_line line;

    assert_true(log_begin(&fixture->log, &line, LOG_LEVEL_INFO,
                          "a\xFF"
                          "b\xC0\x80\xC3\xA9"));
    log_add_text(&line, "path", "/\xE2\x82");
    log_end(&line);
    struct json_object *parsed = read_line(fixture);

    assert_string_equal(field(parsed, "message"), "a\xEF\xBF\xBD"
                                                  "b\xEF\xBF\xBD\xEF\xBF\xBD\xC3\xA9");
    assert_string_equal(field(parsed, "path"), "/\xEF\xBF\xBD\xEF\xBF\xBD");
}

/* The values that bring a line to its limit, at every length about it. */
static void test_long_field(void **state)
{
    struct fixture *fixture = *state;
    char value[4200];
    bool was_cut = false;
    bool was_whole = false;

    for (size_t length = 3900; length < sizeof value; length++) {
        struct log_line line;

        memset(value, 'x', length);
        value[length] = '\0';
        assert_int_equal(truncate(fixture->path, 0), 0);
        assert_true(log_begin(&fixture->log, &line, LOG_LEVEL_INFO, "long"));
        log_add_text(&line, "value", value);
        log_add_int(&line, "status", 200);
        log_add_text(&line, "agent", "");
        log_end(&line);
        struct json_object *parsed = read_line(fixture);
        bool whole = field(parsed, "value") && field(parsed, "status") && field(parsed, "agent");

        assert_true(!field(parsed, "value") || strcmp(field(parsed, "value"), value) == 0);
        assert_int_equal(whole, field(parsed, "cut") == NULL);
        was_cut = was_cut || !whole;
        was_whole = was_whole || whole;
        /* What comes behind a field that was too long is there still. */
        assert_true(field(parsed, "value") || field(parsed, "status"));
    }
    assert_true(was_cut && was_whole);
}

static void test_long_message(void **state)
{
    /*
     * Each repeated so often that the limit falls on every one of its bytes as the lengths go by.
     */
    static const char *const units[] = {"x", "\n", "\x01", "\xC3\xA9", "\xF0\x9F\x98\x80", "\xFF"};
    struct fixture *fixture = *state;
    char message[5000];

    for (size_t unit = 0; unit < COUNT(units); unit++) {
        size_t size = strlen(units[unit]);

        for (size_t shift = 0; shift < 8; shift++) {
            struct log_line line;
            size_t length = shift;

            memset(message, '.', shift);
            for (; length + size < sizeof message; length += size)
                memcpy(message + length, units[unit], size);
            message[length] = '\0';
            assert_int_equal(truncate(fixture->path, 0), 0);
            assert_true(log_begin(&fixture->log, &line, LOG_LEVEL_INFO, message));
            log_add_int(&line, "status", 200);
            log_end(&line);
            struct json_object *parsed = read_line(fixture);

            assert_string_equal(field(parsed, "cut"), "true");
            assert_true(strlen(field(parsed, "message")) > 500);
        }
    }
}

static void test_long_format(void **state)
{
    struct fixture *fixture = *state;

    log_write(&fixture->log, LOG_LEVEL_INFO, "%100000d", 1);
    assert_string_equal(field(read_line(fixture), "cut"), "true");
}

static void test_appends(void **state)
{
    struct fixture *fixture = *state;
    struct log again;

    log_write(&fixture->log, LOG_LEVEL_INFO, "one");
    assert_true(log_open(&again, fixture->path, LOG_LEVEL_INFO));
    log_write(&again, LOG_LEVEL_INFO, "two");
    log_close(&again);
    log_write(&fixture->log, LOG_LEVEL_INFO, "three");
    const char *text = read_log(fixture, fixture->path);
    const char *one = strstr(text, "one");
    const char *two = strstr(text, "two");
    const char *three = strstr(text, "three");

    assert_true(one && two && three && one < two && two < three);
}

static void test_reopen(void **state)
{
    struct fixture *fixture = *state;
    char rotated[160];

    snprintf(rotated, sizeof rotated, "%s.1", fixture->path);
    log_write(&fixture->log, LOG_LEVEL_INFO, "before");
    assert_int_equal(rename(fixture->path, rotated), 0);
    assert_true(log_reopen(&fixture->log));
    log_write(&fixture->log, LOG_LEVEL_INFO, "after");
    assert_string_equal(field(read_line(fixture), "message"), "after");
    assert_non_null(strstr(read_log(fixture, rotated), "before"));
    unlink(rotated);
}

static void test_reopen_fails(void **state)
{
    struct fixture *fixture = *state;
    const char *path = fixture->log.path;

    fixture->log.path = "/nowhere/keel.log";
    assert_false(log_reopen(&fixture->log));
    assert_int_equal(errno, ENOENT);
    fixture->log.path = path;
    log_write(&fixture->log, LOG_LEVEL_INFO, "still here");
    assert_string_equal(field(read_line(fixture), "message"), "still here");
}

static void test_open_fails(void **state)
{
    struct log log;

    (void)state;
    assert_false(log_open(&log, "/nowhere/keel.log", LOG_LEVEL_INFO));
    assert_int_equal(errno, ENOENT);
    log_close(&log);
}

static void test_private(void **state)
{
    struct fixture *fixture = *state;
    struct stat status;

    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 007, 0);
    assert_true(fcntl(fixture->log.fd, F_GETFD) & FD_CLOEXEC);
}

/* The sink that `target` gets while stderr is `fd` (-1: closed); `log` is left open. */
static void open_with_stderr(struct log *log, const char *target, int fd)
{
    int saved = dup(STDERR_FILENO);

    assert_true(saved >= 0);
    if (fd >= 0)
        dup2(fd, STDERR_FILENO);
    else
        close(STDERR_FILENO);
    bool ok = log_open(log, target, LOG_LEVEL_INFO);

    dup2(saved, STDERR_FILENO);
    close(saved);
    assert_true(ok);
}

static void test_auto(void **state)
{
    struct fixture *fixture = *state;
    struct log log;
    int null = open("/dev/null", O_WRONLY);

    open_with_stderr(&log, "auto", fixture->log.fd);
    assert_int_equal(log.sink, LOG_SINK_STDERR);
    open_with_stderr(&log, "auto", null);
    assert_int_equal(log.sink, LOG_SINK_SYSLOG);
    open_with_stderr(&log, "auto", -1);
    assert_int_equal(log.sink, LOG_SINK_SYSLOG);
    open_with_stderr(&log, "stderr", null);
    assert_int_equal(log.sink, LOG_SINK_STDERR);
    open_with_stderr(&log, "syslog", fixture->log.fd);
    assert_int_equal(log.sink, LOG_SINK_SYSLOG);
    assert_true(log_reopen(&log));
    close(null);
}

static void test_syslog(void **state)
{
    struct log log;

    (void)state;
    /* Whether a daemon listens or not, a line must do no harm. */
    assert_true(log_open(&log, "syslog", LOG_LEVEL_INFO));
    log_write(&log, LOG_LEVEL_INFO, "a line of Keel's unit tests, 100%%d");
    log_close(&log);
}

static void test_keeps_off_stderr(void **state)
{
    struct fixture *fixture = *state;
    struct log log;

    open_with_stderr(&log, fixture->path, -1);
    assert_true(log.fd > STDERR_FILENO);
    log_close(&log);
}

static void test_stderr(void **state)
{
    struct fixture *fixture = *state;
    struct log log;
    int saved = dup(STDERR_FILENO);

    assert_true(log_open(&log, "stderr", LOG_LEVEL_DEBUG));
    dup2(fixture->log.fd, STDERR_FILENO);
    log_write(&log, LOG_LEVEL_DEBUG, "seen");
    dup2(saved, STDERR_FILENO);
    close(saved);
    log_close(&log);
    assert_int_not_equal(fcntl(STDERR_FILENO, F_GETFD), -1);
    assert_string_equal(field(read_line(fixture), "level"), "debug");
}

static void test_level_names(void **state)
{
    enum log_level level = LOG_LEVEL_WARN;

    (void)state;
    for (int i = LOG_LEVEL_DEBUG; i <= LOG_LEVEL_ERROR; i++) {
        assert_true(log_level_from_name(log_level_name((enum log_level)i), &level));
        assert_int_equal(level, i);
    }
    assert_false(log_level_from_name("INFO", &level));
    assert_false(log_level_from_name("", &level));
    assert_int_equal(level, LOG_LEVEL_ERROR);
}

/* A test of a log that writes to the fixture's file. */
#define FIXTURE_TEST(sentence, function)                                                           \
    {                                                                                              \
        .name = (sentence), .test_func = (function), .setup_func = begin, .teardown_func = end     \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("a line has the time, the level, the message and its fields", test_line),
        FIXTURE_TEST("lines below the level are not written", test_levels),
        FIXTURE_TEST("no log writes nothing", test_no_log),
        FIXTURE_TEST("bytes that are not UTF-8 are replaced, so that a line is valid JSON",
                     test_bad_utf8),
        FIXTURE_TEST("a field that does not fit is left out and the line marked", test_long_field),
        FIXTURE_TEST("a message that does not fit is cut between characters", test_long_message),
        FIXTURE_TEST("a formatted message that does not fit is cut", test_long_format),
        FIXTURE_TEST("several logs append to one file", test_appends),
        FIXTURE_TEST("a log opened again writes to the new file", test_reopen),
        FIXTURE_TEST("a log that cannot be opened again keeps its file", test_reopen_fails),
        FIXTURE_TEST("a file that cannot be opened is an error with its errno", test_open_fails),
        FIXTURE_TEST("the file is not for others, nor for programs started", test_private),
        FIXTURE_TEST("auto is syslog where nobody reads stderr", test_auto),
        FIXTURE_TEST("a line to syslog does no harm", test_syslog),
        FIXTURE_TEST("the file never takes the place of a closed stderr", test_keeps_off_stderr),
        FIXTURE_TEST("a log to stderr leaves it open", test_stderr),
        {.name = "levels are named and found by name", .test_func = test_level_names},
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
