/* mail_test.c - tests of services/mail: what lies in the outbox, and what never can */
#include "keel/services/mail.h"

#include "../support/faults.h"
#include "../support/folder.h"
#include "../support/query_faults.h"
#include "accounts.h"

#include "keel/core/log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Texts that would be noticed wherever they end up. */
#define NAME  "Ada Lovelace"
#define LINK  "https://site.example/page#token=kx_secret"
#define AGENT "Analytical Engine"

static const struct mail_value all[] = {
    {"name", NAME}, {"link", LINK}, {"new_email", "new@example.org"}, {"expires", "1 hour"}};

static int make(void **state)
{
    accounts_make(state);
    struct test_database *database = *state;

    database->config.public_url = "https://site.example";
    database->config.mail_from = "The Site <site@site.example>";
    return 0;
}

static bool queue(struct scope *scope, enum mail_kind kind, const char *to)
{
    scope->client_address = "192.0.2.7";
    scope->client_agent = AGENT;
    return mail_queue(scope, kind, to, all, COUNT(all));
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* What a kind must show in both of its parts; the rest it must not. */
static const struct {
    enum mail_kind kind;
    bool link, name, agent, address;
} contents[] = {
    {MAIL_VERIFY, true, false, false, false},
    {MAIL_RESET, true, false, false, true},
    {MAIL_EMAIL_CHANGE, true, false, false, false},
    {MAIL_EMAIL_CHANGED, false, true, true, true},
    {MAIL_PASSWORD_CHANGED, false, true, true, true},
    {MAIL_NEW_DEVICE, false, true, true, true},
    {MAIL_REGISTERED_AGAIN, false, false, false, false},
    {MAIL_INVITE, true, false, false, false},
    {MAIL_TOTP_ON, false, true, true, true},
    {MAIL_TOTP_OFF, false, true, true, true},
    {MAIL_TEST, false, false, false, false},
};

static void check_part(const char *kind, const char *text, size_t i)
{
    if (has(text, "{{") || has(text, "}}"))
        unit_fail("%s has a name left: %s", kind, text);
    if (has(text, LINK) != contents[i].link || has(text, NAME) != contents[i].name ||
        has(text, AGENT) != contents[i].agent || has(text, "192.0.2.7") != contents[i].address)
        unit_fail("%s shows too much or too little: %s", kind, text);
    if (!has(text, "grace@example.org") || !has(text, "The Site") ||
        !has(text, "https://site.example"))
        unit_fail("%s does not say who wrote to whom: %s", kind, text);
}

static void test_kinds(void **state)
{
    struct test_database *database = *state;

    assert_int_equal(COUNT(contents), MAIL_KIND_COUNT);
    for (size_t i = 0; i < COUNT(contents); i++) {
        struct scope *scope = &database->scope;
        const char *kind = mail_kind_name(contents[i].kind);
        enum mail_kind found;

        assert_true(mail_kind_from_name(kind, &found) && found == contents[i].kind);
        assert_true(queue(scope, contents[i].kind, " grace@example.org "));
        check_part(kind, asking_text(scope, "SELECT text_body FROM mail_outbox"), i);
        check_part(kind, asking_text(scope, "SELECT html_body FROM mail_outbox"), i);
        asking_expect(scope, "SELECT kind FROM mail_outbox", kind);
        asking_expect(scope,
                      "SELECT recipient || ' ' || attempts || ' ' || (subject ~ '^[A-Z][^{]+$') || "
                      "' ' || (message_id ~ '^<[0-9a-f]{32}@site[.]example>$') || ' ' || "
                      "(next_attempt_at <= now()) FROM mail_outbox",
                      "grace@example.org 0 true true true");
        asking_text(scope, "DELETE FROM mail_outbox");
        test_database_renew(database);
    }
}

static void test_unknown_kind(void **state)
{
    enum mail_kind kind;

    (void)state;
    assert_false(mail_kind_from_name("", &kind));
    assert_false(mail_kind_from_name("verify.txt", &kind));
}

static void test_without_values(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct mail_text text;

    assert_true(mail_render(scope, MAIL_NEW_DEVICE, "grace@example.org", NULL, 0, &text));
    assert_true(has(text.plain, "Hello,\n"));
    assert_false(has(text.plain, "Address:"));
    assert_false(has(text.html, "Program"));
    assert_true(mail_render(scope, MAIL_RESET, "grace@example.org", NULL, 0, &text));
    assert_false(has(text.plain, "is good for"));
}

static void test_link(void **state)
{
    struct test_database *database = *state;

    assert_string_equal(mail_link(&database->scope, "/reset", "kp_x"),
                        "https://site.example/reset#token=kp_x");
}

static void test_rollback(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    assert_true(db_begin(scope));
    assert_true(queue(scope, MAIL_VERIFY, "grace@example.org"));
    asking_outside(database, "SELECT count(*) FROM mail_outbox", "0");
    db_rollback(scope);
    asking_outside(database, "SELECT count(*) FROM mail_outbox", "0");
    assert_true(db_begin(scope));
    assert_true(queue(scope, MAIL_VERIFY, "grace@example.org"));
    assert_true(db_commit(scope));
    asking_outside(database, "SELECT count(*) FROM mail_outbox", "1");
}

static void test_recipients(void **state)
{
    static const char *const refused[] = {
        "",           "nobody", "a@b\r\nBcc: victim@example.org", "a@b, victim@example.org",
        "a@b>\nX: y", "a@b\xFF"};
    struct test_database *database = *state;

    for (size_t i = 0; i < COUNT(refused); i++) {
        assert_false(queue(&database->scope, MAIL_VERIFY, refused[i]));
        asking_failed(&database->scope, ERR_VALIDATION);
        assert_string_equal(database->scope.error.fields->field, "email");
        test_database_renew(database);
    }
    assert_true(queue(&database->scope, MAIL_VERIFY, "a,victim@example.org"));
    asking_expect(&database->scope, "SELECT string_agg(recipient, ' ') FROM mail_outbox",
                  "\"a,victim\"@example.org");
}

/* Whatever an account calls itself, and whatever a client says that it is. */
static void test_hostile_values(void **state)
{
    static const struct mail_value hostile[] = {
        {"name", "x\r\nBcc: victim@example.org\n<script>\xC2\x85\xFF"}};
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    scope->client_agent = "</td><a href=x>\xE2\x80\xA8";
    assert_true(mail_queue(scope, MAIL_NEW_DEVICE, "grace@example.org", hostile, 1));
    asking_expect(scope,
                  "SELECT count(*) FROM mail_outbox WHERE text_body ~ '\\nBcc' OR "
                  "html_body ~ '<script>|<a href=x>'",
                  "0");
    asking_expect(scope,
                  "SELECT count(*) FROM mail_outbox WHERE html_body ~ '&lt;script&gt; [?]' "
                  "AND text_body ~ 'Hello x  Bcc: victim'",
                  "1");
}

static void test_no_transport(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    database->config.mail_transport = "none";
    assert_true(queue(scope, MAIL_VERIFY, "grace@example.org"));
    asking_expect(scope, "SELECT count(*) FROM mail_outbox", "0");
}

static void test_own_templates(void **state)
{
    static const char subject[] = "Subject: {{site}} says hello\r\nOwn text: {{link}}\r\n";
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    char folder[FOLDER_PATH_SIZE];
    struct mail_text text;

    folder_make(folder);
    folder_write(folder, "reset.txt", subject, sizeof subject - 1);
    folder_write(folder, "layout.html", "[{{content}}]", 13);
    database->config.mail_templates = folder;
    assert_true(mail_render(scope, MAIL_RESET, "grace@example.org", all, COUNT(all), &text));
    assert_string_equal(text.subject, "The Site says hello");
    assert_true(has(text.plain, "Own text: " LINK "\n"));
    assert_false(has(text.plain, "\r"));
    assert_true(*text.html == '[' && has(text.html, "Choose a new password</a>"));
    folder_remove(folder);
}

/* What an operator may get wrong: told to the log, and people still get their mail. */
static void test_wrong_templates(void **state)
{
    static const struct {
        const char *text, *detail;
        size_t length;
    } cases[] = {
        {"Hello", "reset.txt:1: the first line is not", 5},
        {"Subject: x", "reset.txt:1: the first line is not", 10},
        {"Subject: x\n{{lnik}}", "reset.txt:1: there is no value", 19},
        {"Subject: {{x}}\nx", "there is no value", 16},
        {"Subject: x\n\xFF", "reset.txt: is not a text in UTF-8", 12},
        {"Subject: x\n\0y", "reset.txt: is not a text in UTF-8", 13},
    };
    struct test_database *database = *state;
    char folder[FOLDER_PATH_SIZE], path[FOLDER_PATH_SIZE + 8], logged[4096] = "";
    struct log log;

    folder_make(folder);
    snprintf(path, sizeof path, "%s/log", folder);
    assert_true(log_open(&log, path, LOG_LEVEL_INFO));
    database->config.mail_templates = folder;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scope *scope = &database->scope;
        struct mail_text text;

        folder_write(folder, "reset.txt", cases[i].text, cases[i].length);
        assert_false(mail_render(scope, MAIL_RESET, "a@example.org", all, COUNT(all), &text));
        asking_failed(scope, ERR_INTERNAL);
        if (!has(scope->error.detail, cases[i].detail))
            unit_fail("case %zu: %s", i, scope->error.detail);
        test_database_renew(database);
        scope->log = &log;
        assert_true(queue(scope, MAIL_RESET, "a@example.org"));
        asking_expect(scope, "SELECT subject FROM mail_outbox ORDER BY id DESC LIMIT 1",
                      "Choose a new password");
        test_database_renew(database);
    }
    log_close(&log);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(read(fd, logged, sizeof logged - 1) > 0);
    close(fd);
    assert_true(has(logged, "An own text of mails cannot be used"));
    assert_false(has(logged, "kx_secret"));
    folder_remove(folder);
}

static void test_huge_template(void **state)
{
    struct test_database *database = *state;
    char folder[FOLDER_PATH_SIZE];
    struct mail_text text;
    static char huge[200000];

    memset(huge, 'x', sizeof huge);
    folder_make(folder);
    folder_write(folder, "reset.html", huge, sizeof huge);
    database->config.mail_templates = folder;
    assert_false(mail_render(&database->scope, MAIL_RESET, "a@b", NULL, 0, &text));
    assert_true(has(database->scope.error.detail, "is too long"));
    folder_remove(folder);
}

static void test_no_memory(void **state)
{
    struct test_database *database = *state;

    /* Prepared once, so that every round has the same statements. */
    assert_true(queue(&database->scope, MAIL_VERIFY, "a@example.org"));
    faults_begin();
    while (faults_next()) {
        struct scope scope;

        scope_begin(&scope, &database->config, database->db, NULL);
        bool ok = queue(&scope, MAIL_VERIFY, "a@example.org");

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        assert_int_equal(scope.error.kind, ok ? ERR_NONE : ERR_UNAVAILABLE);
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

static void test_no_database(void **state)
{
    struct test_database *database = *state;

    query_faults_begin("40001");
    while (query_faults_next()) {
        struct scope scope;

        scope_begin(&scope, &database->config, database->db, NULL);
        bool ok = queue(&scope, MAIL_VERIFY, "a@example.org");

        query_faults_stop();
        assert_int_equal(ok, !query_faults_hit());
        scope_end(&scope);
    }
    assert_true(query_faults_count() > 0);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("each kind of mail shows what it is for, and nothing of strangers", test_kinds),
        TEST("what is no kind has none", test_unknown_kind),
        TEST("a mail reads well without the values that may be missing", test_without_values),
        TEST("a link has its token behind a hash sign", test_link),
        TEST("a mail comes and goes with its transaction", test_rollback),
        TEST("a recipient is one address", test_recipients),
        TEST("no value can add a header or a tag", test_hostile_values),
        TEST("where no mail is sent none is kept", test_no_transport),
        TEST("a folder of own texts goes over the built-in ones", test_own_templates),
        TEST("an own text with a mistake is told, and the built-in one goes out",
             test_wrong_templates),
        TEST("an own text has a size that mail can have", test_huge_template),
        TEST("without memory it fails cleanly", test_no_memory),
        TEST("without the database it fails cleanly", test_no_database),
    };

    return cmocka_run_group_tests_name("services/mail", tests, NULL, NULL);
}
