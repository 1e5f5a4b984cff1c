/* command_test.c - tests of mailer/command and transport_sendmail: programs that work, fail and
 * hang */
#include "mailer/command.h"

#include "../support/faults.h"
#include "../support/folder.h"
#include "../support/unit.h"

#include "keel/core/clock.h"
#include "keel/core/config.h"
#include "mailer/transport.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    struct config config;
    struct scope scope;
    char folder[FOLDER_PATH_SIZE];
    char command[4 * FOLDER_PATH_SIZE];
};

static const struct message message = {.id = 7,
                                       .to = "ada@example.org",
                                       .mail_id = "<0123@site.example>",
                                       .text = {"Hello", "Plain.\n", "<p>Rich.</p>\n"}};

static int begin(void **state)
{
    static struct fixture fixture;

    fixture.config = (struct config){.mail_from = "site@site.example", .mail_timeout_s = 20};
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

/* Makes the mail command a script of these lines, called with the folder as its word. */
static void write_script(struct fixture *fixture, const char *lines)
{
    const char *script = arena_format(&fixture->scope.arena, "#!/bin/sh\n%s\n", lines);
    char path[2 * FOLDER_PATH_SIZE];

    folder_write(fixture->folder, "mail", script, strlen(script));
    snprintf(path, sizeof path, "%s/mail", fixture->folder);
    assert_int_equal(chmod(path, 0700), 0);
    snprintf(fixture->command, sizeof fixture->command, "%s  %s ", path, fixture->folder);
    fixture->config.mail_command = fixture->command;
}

static struct delivery deliver(struct fixture *fixture)
{
    struct delivery delivery = {OUTCOME_FAILED, "was never sent"};
    void *state;

    assert_true(transport_sendmail.open(&fixture->scope, &state));
    assert_true(transport_sendmail.send(&fixture->scope, state, &message, &delivery));
    transport_sendmail.close(state);
    return delivery;
}

static void expect(struct fixture *fixture, const char *lines, enum outcome outcome,
                   const char *part)
{
    write_script(fixture, lines);
    struct delivery delivery = deliver(fixture);

    if (delivery.outcome != outcome)
        unit_fail("%s: outcome %d: %s", lines, (int)delivery.outcome, delivery.reason);
    if (part && !strstr(delivery.reason, part))
        unit_fail("%s: %s", lines, delivery.reason);
}

static const char *read_file(struct fixture *fixture, const char *name)
{
    char *text = arena_alloc(&fixture->scope.arena, 16384);
    FILE *file = fopen(arena_format(&fixture->scope.arena, "%s/%s", fixture->folder, name), "re");

    assert_non_null(file);
    assert_true(fread(text, 1, 16383, file) > 0);
    fclose(file);
    return text;
}

static void test_sent(void **state)
{
    struct fixture *fixture = *state;

    expect(fixture, "cat >$1/got; echo \"$0 $*\" >$1/words; echo taken", OUTCOME_SENT, NULL);
    const char *got = read_file(fixture, "got");

    assert_non_null(strstr(got, "\nTo: ada@example.org\nSubject: Hello\n"));
    assert_non_null(strstr(got, "\n\nPlain.\n\n--"));
    assert_null(strchr(got, '\r'));
    /* The recipient stands in the mail only: in nobody's list of processes, and as no option. */
    assert_null(strstr(read_file(fixture, "words"), "ada"));
}

static void test_environment(void **state)
{
    struct fixture *fixture = *state;

    setenv("KEEL_MAIL_SMTP_PASSWORD", "hush", 1);
    setenv("PGPASSWORD", "hush", 1);
    setenv("LD_PRELOAD_LIKE", "x", 1);
    expect(fixture, "env >$1/env; kill -0 $$", OUTCOME_SENT, NULL);
    unsetenv("KEEL_MAIL_SMTP_PASSWORD");
    unsetenv("PGPASSWORD");
    unsetenv("LD_PRELOAD_LIKE");
    assert_null(strstr(read_file(fixture, "env"), "hush"));
    assert_null(strstr(read_file(fixture, "env"), "LD_PRELOAD"));
    assert_non_null(strstr(read_file(fixture, "env"), "PATH="));
}

/* keelctl ignores SIGPIPE and holds back SIGTERM while it watches: no program may inherit that. */
static void test_signals(void **state)
{
    struct fixture *fixture = *state;
    sigset_t held, before;

    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    sigprocmask(SIG_BLOCK, &held, &before);
    void (*usual)(int) = signal(SIGPIPE, SIG_IGN);

    expect(fixture, "kill -PIPE $$", OUTCOME_FAILED, "ended by signal 13");
    expect(fixture, "kill -TERM $$", OUTCOME_FAILED, "ended by signal 15");
    signal(SIGPIPE, usual);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void test_failures(void **state)
{
    struct fixture *fixture = *state;

    expect(fixture, "echo no queue here >&2; exit 75", OUTCOME_FAILED,
           "ended with 75: no queue here");
    expect(fixture, "exit 1", OUTCOME_FAILED, "it said nothing");
    expect(fixture, "exit 67", OUTCOME_REFUSED, "67");
    expect(fixture, "exit 65", OUTCOME_REFUSED, "65");
    expect(fixture, "exit 68", OUTCOME_REFUSED, "68");
    expect(fixture, "exit 78", OUTCOME_FAILED, "78");
}

static void test_not_started(void **state)
{
    static const char *const commands[] = {"/nowhere/sendmail", "/etc/passwd", "/tmp"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(commands); i++) {
        fixture->config.mail_command = commands[i];
        struct delivery delivery = deliver(fixture);

        assert_int_equal(delivery.outcome, OUTCOME_FAILED);
        assert_non_null(strstr(delivery.reason, "cannot be run: "));
    }
}

/* One line of UTF-8, without what it quotes of the mail: it goes into the outbox and to stderr. */
static void test_words(void **state)
{
    struct fixture *fixture = *state;

    expect(fixture, "printf 'one\\ntwo\\377\\001 \\303\\244\\n'; exit 1", OUTCOME_FAILED,
           ": one two?  \xC3\xA4");
    expect(fixture, "echo 'quoted: http://x/reset#token=kp_secret'; exit 1", OUTCOME_FAILED,
           "quoted: http://x/reset#");
    assert_null(strstr(deliver(fixture).reason, "kp_secret"));
    expect(fixture, "yes ä | head -c 5000; exit 1", OUTCOME_FAILED, "ä");
    assert_true(strlen(deliver(fixture).reason) <= 400);
}

/* A program that talks without end must not fill our memory, nor wait for a reader. */
static void test_talker(void **state)
{
    struct fixture *fixture = *state;

    expect(fixture, "head -c 100000000 /dev/zero | tr '\\0' x; exit 0", OUTCOME_SENT, NULL);
}

/* Claim: it lives; a zombie is only waiting to be asked for its end. */
static bool is_running(pid_t pid)
{
    char path[64], line[256] = "";

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *stat = fopen(path, "re");

    if (!stat)
        return false;
    bool is_there = fgets(line, sizeof line, stat) && !strstr(line, ") Z");

    fclose(stat);
    return is_there;
}

static void test_hanging(void **state)
{
    struct fixture *fixture = *state;
    int64_t begun = clock_monotonic_us();

    fixture->config.mail_timeout_s = 1;
    expect(fixture, "echo waiting; trap '' TERM; sleep 600 & echo $! >$1/child; wait",
           OUTCOME_FAILED, "longer than mail_timeout_s: waiting");
    assert_in_range(clock_monotonic_us() - begun, 900000, 10000000);
    /* What it had started is ended too; whoever inherits it may need a moment to bury it. */
    pid_t child = (pid_t)strtol(read_file(fixture, "child"), NULL, 10);

    for (int i = 0; i < 500 && is_running(child); i++)
        usleep(10000);
    assert_false(is_running(child));
}

static void test_split(void **state)
{
    struct fixture *fixture = *state;
    char many[200];
    char **words;

    assert_true(command_split(&fixture->scope, "  /bin/a  -b 'c d'", &words));
    assert_string_equal(words[0], "/bin/a");
    assert_string_equal(words[1], "-b");
    assert_string_equal(words[2], "'c");
    assert_string_equal(words[3], "d'");
    assert_null(words[4]);
    assert_false(command_split(&fixture->scope, "  ", &words));
    assert_int_equal(fixture->scope.error.kind, ERR_INTERNAL);
    scope_clear_error(&fixture->scope);
    memset(many, ' ', sizeof many);
    for (size_t i = 0; i < sizeof many; i += 2)
        many[i] = 'x';
    many[sizeof many - 1] = '\0';
    assert_false(command_split(&fixture->scope, many, &words));
}

static void test_no_memory(void **state)
{
    struct fixture *fixture = *state;

    write_script(fixture, "exit 3");
    faults_begin();
    while (faults_next()) {
        struct delivery delivery = {OUTCOME_SENT, NULL};
        struct scope scope;

        scope_begin(&scope, &fixture->config, NULL, NULL);
        bool ok = transport_sendmail.send(&scope, NULL, &message, &delivery);

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        assert_true(!ok || delivery.outcome == OUTCOME_FAILED);
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("a command reads the mail, its recipient on no command line", test_sent),
        FIXTURE_TEST("it sees no setting of ours", test_environment),
        FIXTURE_TEST("signals are to it what they are to any program", test_signals),
        FIXTURE_TEST("its exit status says whether to try again", test_failures),
        FIXTURE_TEST("a command that cannot be run is for another time", test_not_started),
        FIXTURE_TEST("what it says is kept as one line without the mail's link", test_words),
        FIXTURE_TEST("a command that talks without end is cut short", test_talker),
        FIXTURE_TEST("a command that hangs is ended with all it started", test_hanging),
        FIXTURE_TEST("a command is split at spaces and nothing else", test_split),
        FIXTURE_TEST("without memory it fails cleanly", test_no_memory),
    };

    return cmocka_run_group_tests_name("mailer/command", tests, NULL, NULL);
}
