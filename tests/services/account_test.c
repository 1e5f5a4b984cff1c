/* account_test.c - tests of services/account: what mails say, and that a flow is done whole or not
 * at all */
#include "keel/services/account.h"

#include "../support/faults.h"
#include "../support/query_faults.h"
#include "accounts.h"

#include "keel/services/mail.h"
#include "keel/services/single_use.h"

#include <string.h>

#define EMAIL "Ada@Example.org"
#define OLD   "correct horse battery"
#define NEW   "staple and another battery"

static int make(void **state)
{
    accounts_make(state);
    struct test_database *database = *state;
    struct config *config = &database->config;

    config->public_url = "https://site.example";
    config->mail_from = "The Site <site@site.example>";
    config->account_mail_pause_s = 0;
    config->default_role = "viewer";
    accounts_add(&database->scope, EMAIL, OLD, "viewer");
    return 0;
}

static bool end(struct scope *scope, bool done)
{
    if (done && db_commit(scope))
        return true;
    if (db_in_transaction(scope->db))
        db_rollback(scope);
    return false;
}

static bool forget(struct scope *scope, const char *email)
{
    return db_begin(scope) && end(scope, account_forgot_password(scope, email));
}

static bool reset(struct scope *scope, const char *token)
{
    const struct password_reset wanted = {.token = token, .new_password = NEW};
    struct account_change change;

    return db_begin(scope) && end(scope, account_reset_password(scope, &wanted, &change));
}

/* A token for Ada, issued now. */
static const char *issue(struct test_database *database)
{
    const char *token = NULL;

    assert_true(single_use_issue(&database->scope, 1, SINGLE_USE_RESET, NULL, 3600, &token));
    return token;
}

static void test_spans(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {{60, "1 minute"},     {61, "61 seconds"}, {90, "90 seconds"}, {3600, "1 hour"},
                 {5400, "90 minutes"}, {7200, "2 hours"},  {86400, "1 day"},   {90000, "25 hours"}};
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    for (size_t i = 0; i < COUNT(cases); i++) {
        database->config.reset_token_s = cases[i].seconds;
        assert_true(forget(scope, EMAIL));
        const char *text =
            asking_text(scope, "SELECT text_body FROM mail_outbox ORDER BY id DESC LIMIT 1");
        const char *said = strstr(text, "is good for ");

        assert_non_null(said);
        said += strlen("is good for ");
        if (strncmp(said, cases[i].text, strlen(cases[i].text)) != 0 ||
            said[strlen(cases[i].text)] != ' ')
            unit_fail("%lld seconds: %s", (long long)cases[i].seconds, said);
    }
}

static void test_stored_address(void **state)
{
    struct scope *scope = &((struct test_database *)*state)->scope;

    assert_true(forget(scope, "  ADA@EXAMPLE.ORG "));
    asking_expect(scope, "SELECT recipient FROM mail_outbox", EMAIL);
}

static void test_nobody(void **state)
{
    struct scope *scope = &((struct test_database *)*state)->scope;

    assert_true(forget(scope, "grace@example.org"));
    asking_expect(scope,
                  "SELECT (SELECT count(*) FROM mail_outbox) + (SELECT count(*) FROM account_mails)"
                  " + (SELECT count(*) FROM single_use_tokens)",
                  "0");
}

static void test_no_transport(void **state)
{
    struct test_database *database = *state;

    database->config.mail_transport = "none";
    assert_true(forget(&database->scope, EMAIL));
    assert_true(forget(&database->scope, "grace@example.org"));
    asking_expect(&database->scope, "SELECT count(*) FROM mail_outbox", "0");
}

/* Everything that a reset changes, as one text. */
static const char *look(struct scope *scope)
{
    return asking_text(scope, "SELECT concat_ws(' ', password_hash, email_verified, version, "
                              "(SELECT count(*) FROM sessions WHERE ended_at IS NULL), "
                              "(SELECT count(*) FROM single_use_tokens), "
                              "(SELECT count(*) FROM mail_outbox)) FROM users WHERE id = 1");
}

static bool reset_apart(struct test_database *database, const char *token)
{
    struct scope scope;

    scope_begin(&scope, &database->config, database->db, NULL);
    bool done = reset(&scope, token);

    scope_end(&scope);
    return done;
}

static void test_no_database(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;
    struct grant grant;
    bool is_new_place;

    assert_true(session_open(scope, 1, &grant, &is_new_place));
    const char *token = issue(database), *before = look(scope);
    bool done = false;

    query_faults_begin("XX000");
    while (query_faults_next()) {
        done = reset_apart(database, token);
        query_faults_stop();
        assert_int_equal(done, !query_faults_hit());
        if (!done)
            assert_string_equal(look(scope), before);
    }
    assert_true(done && query_faults_count() > 8);
    assert_string_not_equal(look(scope), before);
    asking_expect(scope, "SELECT count(*) FROM sessions WHERE ended_at IS NULL", "0");
}

static void test_no_memory(void **state)
{
    struct test_database *database = *state;
    struct scope *scope = &database->scope;

    /* Prepared once, so that every round has the same statements. */
    assert_true(reset_apart(database, issue(database)));
    const char *token = issue(database), *before = look(scope);
    bool done = false;

    faults_begin();
    while (faults_next()) {
        done = reset_apart(database, token);
        faults_stop();
        assert_int_equal(done, !faults_hit());
        if (!done)
            assert_string_equal(look(scope), before);
    }
    assert_true(done && faults_count() > 0);
    assert_string_not_equal(look(scope), before);
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, make, test_database_drop, NULL                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a mail says how long its link is good for, in words", test_spans),
        TEST("mail goes to the address as it is stored, not as it was typed", test_stored_address),
        TEST("a mail to nobody leaves nothing behind", test_nobody),
        TEST("where no mail is sent, forgetting a password is no error", test_no_transport),
        TEST("whichever statement of a reset fails, nothing is changed", test_no_database),
        TEST("without memory a reset changes nothing", test_no_memory),
    };

    return cmocka_run_group_tests_name("services/account", tests, NULL, NULL);
}
