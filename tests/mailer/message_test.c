/* message_test.c - tests of mailer/message and encode: what another program reads back is what went
 * in */
#include "mailer/message.h"

#include "../support/faults.h"
#include "../support/folder.h"
#include "../support/process.h"
#include "../support/unit.h"

#include "keel/core/config.h"
#include "mailer/encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAILS 200

struct fixture {
    struct config config;
    struct scope scope;
    char folder[FOLDER_PATH_SIZE];
    uint64_t random;
};

static int begin(void **state)
{
    static struct fixture fixture;

    fixture.config = (struct config){.mail_from = "Keel <keel@example.com>"};
    fixture.random = 20260112;
    scope_begin(&fixture.scope, &fixture.config, NULL, NULL);
    folder_make(fixture.folder);
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    folder_remove(fixture->folder);
    scope_end(&fixture->scope);
    return 0;
}

/* The same numbers each time (Knuth's MMIX generator), so that what fails fails again. */
static unsigned next(struct fixture *fixture, unsigned below)
{
    fixture->random = fixture->random * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(fixture->random >> 33) % below;
}

/* Pieces that mail programs stumble over; the last are not for headers. */
static const char *const pieces[] = {
    "a",         "Z",
    " ",         "  ",
    "=",         "=?UTF-8?Q?x?=",
    "?",         "_",
    ".",         "..",
    "-",         "--",
    "ä",         "€",
    "☺",         "\xF0\x9F\x98\x80",
    "e\xCC\x81", "\"",
    ",",         "<b>",
    "&",         "%3D",
    "=3D",       "=_",
    "From ",     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "\n",        "\n.\n",
    "\nFrom ",   " \n",
    "\t",        "\t\n",
    "\n\n",      "\x01",
    "\x7F"};
#define HEADER_PIECES 26

static const char *make_text(struct fixture *fixture, unsigned kinds, unsigned most)
{
    unsigned count = next(fixture, most + 1);
    struct buffer text;

    buffer_init(&text, &fixture->scope.arena);
    buffer_add_text(&text, "");
    for (unsigned i = 0; i < count; i++)
        buffer_add_text(&text, pieces[next(fixture, kinds)]);
    assert_false(text.failed);
    return text.data;
}

static void expect(struct buffer *expected, const char *name, const char *value)
{
    buffer_add_format(expected, "%s ", name);
    for (; *value; value++)
        buffer_add_format(expected, "%02x", (unsigned char)*value);
    buffer_add_char(expected, '\n');
}

/* As tests/support/read_mail.py says it. */
static void expect_mail(struct buffer *expected, const char *path, const struct message *message)
{
    expect(expected, "file", path);
    expect(expected, "Subject", message->text.subject);
    expect(expected, "To", message->to);
    expect(expected, "Message-ID", message->mail_id);
    expect(expected, "Date", "Mon, 12 Jan 2026 10:00:00 +0000");
    expect(expected, "Auto-Submitted", "auto-generated");
    expect(expected, "From", "Keel|keel@example.com");
    expect(expected, "recipients", "1");
    expect(expected, "headers",
           "Date From To Subject Message-ID MIME-Version Auto-Submitted X-Auto-Response-Suppress "
           "Content-Type");
    expect(expected, "text/plain", message->text.plain);
    expect(expected, "text/html", message->text.html);
    expect(expected, "parts", "2");
    expect(expected, "long lines", "0");
    expect(expected, "defects", "0");
}

static const char *write_one(struct fixture *fixture, const struct message *message, int number,
                             const char *newline)
{
    const char *name = arena_format(&fixture->scope.arena, "%03d.eml", number);
    struct buffer out;

    buffer_init(&out, &fixture->scope.arena);
    assert_true(message_write(&fixture->scope, message, newline, &out));
    folder_write(fixture->folder, name, out.data, out.length);
    return arena_format(&fixture->scope.arena, "%s/%s", fixture->folder, name);
}

static const char *read_back(struct fixture *fixture, const char **paths)
{
    const char *const nothing[] = {NULL};
    const char *words[MAILS + 3] = {"/usr/bin/python3"};
    const char *tests = getenv("KEEL_TESTS");
    struct process_output output;
    struct arena *arena = &fixture->scope.arena;

    words[1] = arena_format(arena, "%s/support/read_mail.py", tests ? tests : "tests");
    for (int i = 0; paths[i]; i++)
        words[2 + i] = paths[i];
    assert_true(process_run(arena, words, process_environment(arena, nothing), NULL, &output));
    if (output.status != 0)
        unit_fail("read_mail.py: %s", output.err);
    return output.out;
}

static void compare(const char *got, const char *wanted)
{
    while (*got && *wanted) {
        size_t length = strcspn(got, "\n");

        if (length != strcspn(wanted, "\n") || strncmp(got, wanted, length) != 0)
            unit_fail("got    %.*s\nwanted %.*s", (int)length, got, (int)strcspn(wanted, "\n"),
                      wanted);
        got += length + 1;
        wanted += length + 1;
    }
    assert_string_equal(got, wanted);
}

static void test_read_back(void **state)
{
    struct fixture *fixture = *state;
    const char *paths[MAILS + 1] = {NULL};
    struct buffer expected;

    buffer_init(&expected, &fixture->scope.arena);
    for (int i = 0; i < MAILS; i++) {
        const struct message message = {
            .to = "ada@example.org",
            .mail_id = "<00112233445566778899aabbccddeeff@example.com>",
            .created_s = 1768212000,
            .text = {make_text(fixture, HEADER_PIECES, 12), make_text(fixture, COUNT(pieces), 60),
                     make_text(fixture, COUNT(pieces), 60)},
        };

        paths[i] = write_one(fixture, &message, i, i % 2 ? "\n" : "\r\n");
        expect_mail(&expected, paths[i], &message);
    }
    compare(read_back(fixture, paths), expected.data);
}

static void test_senders(void **state)
{
    static const struct {
        const char *setting, *from;
    } cases[] = {
        {"keel@example.com", "|keel@example.com"},
        {"Ada, Ltd. \"x\\y\" <keel@example.com>", "Ada, Ltd. \"x\\y\"|keel@example.com"},
        {"Bücher & mehr <keel@example.com>", "Bücher & mehr|keel@example.com"},
        {"<victim@example.org>, x <keel@example.com>", "<victim@example.org>, x|keel@example.com"},
        {"a@b <keel@example.com>", "a@b|keel@example.com"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct message message = {
            .to = "ada@example.org", .mail_id = "<0@x>", .text = {"s", "p\n", "h\n"}};
        struct buffer line;

        fixture->config.mail_from = cases[i].setting;
        const char *paths[] = {write_one(fixture, &message, (int)i, "\r\n"), NULL};

        buffer_init(&line, &fixture->scope.arena);
        expect(&line, "\nFrom", cases[i].from);
        const char *got = read_back(fixture, paths);

        if (!strstr(got, line.data))
            unit_fail("%s: %s", cases[i].setting, got);
    }
}

static void test_injection(void **state)
{
    static const struct message messages[] = {
        {.to = "a@b\r\nBcc: victim@example.org", .mail_id = "<0@x>", .text = {"s", "", ""}},
        {.to = "a@b", .mail_id = "<0@x>\nBcc: victim@example.org", .text = {"s", "", ""}},
        {.to = "a@b", .mail_id = "<0@x>", .text = {"s\rBcc: victim@example.org", "", ""}},
        {.to = "a@b", .mail_id = "<0@x>", .text = {"s\x7F", "", ""}},
    };
    struct fixture *fixture = *state;
    struct buffer out;

    for (size_t i = 0; i < COUNT(messages); i++) {
        buffer_init(&out, &fixture->scope.arena);
        assert_false(message_write(&fixture->scope, &messages[i], "\r\n", &out));
        assert_int_equal(fixture->scope.error.kind, ERR_INTERNAL);
        scope_clear_error(&fixture->scope);
    }
    fixture->config.mail_from = "Keel\r\nBcc: v@example.org <keel@example.com>";
    assert_false(message_write(
        &fixture->scope, &(struct message){.to = "a@b", .mail_id = "<0@x>", .text = {"s", "", ""}},
        "\r\n", &out));
}

static void test_plain(void **state)
{
    static const struct {
        const char *text;
        bool is_plain;
    } cases[] = {
        {"", true},
        {"a\nb\n", true},
        {"a\tb", true},
        {"a = b", true},
        {"ä", false},
        {"a \n", false},
        {"a\t", false},
        {"a\n.\n", false},
        {"a\nFrom b", false},
        {"a\rb", false},
        {"a\x7F"
         "b",
         false},
    };
    char long_line[202];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(encode_is_plain(cases[i].text), cases[i].is_plain);
    memset(long_line, 'x', 201);
    long_line[201] = '\0';
    assert_false(encode_is_plain(long_line));
    long_line[200] = '\0';
    assert_true(encode_is_plain(long_line));
}

/* Whoever reads the raw file of a development machine can copy the link out of it. */
static void test_link_is_whole(void **state)
{
    static const char link[] = "http://127.0.0.1:8080/reset#token=kp_"
                               "0123456789012345678901234567890123456789012";
    struct fixture *fixture = *state;
    struct buffer out;

    buffer_init(&out, &fixture->scope.arena);
    assert_true(message_write(
        &fixture->scope,
        &(struct message){.to = "a@b", .mail_id = "<0@x>", .text = {"s", link, ""}}, "\r\n", &out));
    assert_non_null(strstr(out.data, link));
}

static void test_dates(void **state)
{
    static const struct {
        int64_t seconds;
        const char *date;
    } cases[] = {
        {0, "Thu, 01 Jan 1970 00:00:00 +0000"},
        {951782400, "Tue, 29 Feb 2000 00:00:00 +0000"},
        {4102444799, "Thu, 31 Dec 2099 23:59:59 +0000"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer out;

        buffer_init(&out, &fixture->scope.arena);
        encode_date(&out, cases[i].seconds);
        assert_string_equal(out.data, cases[i].date);
    }
}

static void test_no_memory(void **state)
{
    struct fixture *fixture = *state;

    faults_begin();
    while (faults_next()) {
        struct scope scope;
        struct buffer out;

        scope_begin(&scope, &fixture->config, NULL, NULL);
        buffer_init(&out, &scope.arena);
        bool ok = message_write(
            &scope, &(struct message){.to = "a@b", .mail_id = "<0@x>", .text = {"ä", "ä", "ä"}},
            "\r\n", &out);

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        assert_int_equal(scope.error.kind, ok ? ERR_NONE : ERR_UNAVAILABLE);
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("what another program reads is what went in", test_read_back),
        FIXTURE_TEST("the sender is one address, whatever its name", test_senders),
        FIXTURE_TEST("a header with a line's end in it is refused", test_injection),
        FIXTURE_TEST("a text goes as it is where nobody on the way could change it", test_plain),
        FIXTURE_TEST("a link in a plain text is in one piece", test_link_is_whole),
        FIXTURE_TEST("dates are those of RFC 5322", test_dates),
        FIXTURE_TEST("without memory it fails cleanly", test_no_memory),
    };

    return cmocka_run_group_tests_name("mailer/message", tests, NULL, NULL);
}
