/* sign_in_test.c - what signing in tells the owner, and what keeps one out beside the password */
#include "support/api_mail.h"

#include "keel/core/slots.h"

#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define VIEWER   "viewer@example.com"
#define PASSWORD "viewer-password-1"
#define BODY     "{\"email\":\"" VIEWER "\",\"password\":\"" PASSWORD "\"}"

static const struct api_reply *login_from(struct api *api, const char *address, const char *agent)
{
    const char *const variables[] = {api_format(api, "REMOTE_ADDR=%s", address),
                                     api_format(api, "HTTP_USER_AGENT=%s", agent), NULL};

    return api_send(api, &(struct api_request){.method = "POST",
                                               .target = "/api/auth/login",
                                               .body = BODY,
                                               .variables = variables});
}

static void a_new_place_is_told_to_the_owner_once(void **state)
{
    struct api *api = *state;

    api_ask(api, "DELETE FROM sessions");
    assert_int_equal(login_from(api, "192.0.2.7", "Browser")->status, 200);
    assert_string_equal(api_mails_to(api, VIEWER), "");
    assert_int_equal(login_from(api, "192.0.2.7", "Browser")->status, 200);
    assert_string_equal(api_mails_to(api, VIEWER), "");
    assert_int_equal(login_from(api, "198.51.100.1", "Browser")->status, 200);
    assert_string_equal(api_mails_to(api, VIEWER), "new_device");
    assert_int_equal(login_from(api, "198.51.100.1", "Browser")->status, 200);
    assert_string_equal(api_mails_to(api, VIEWER), "new_device");
    const char *text = api_ask(api, "SELECT text_body FROM mail_outbox");

    assert_non_null(strstr(text, "198.51.100.1"));
    assert_non_null(strstr(text, "Browser"));
}

static void without_its_notice_nobody_signs_in_from_a_new_place(void **state)
{
    static const char sessions[] = "SELECT count(*) FROM sessions";
    struct api *api = *state;
    const char *before = api_ask(api, sessions);

    api_ask(api, "ALTER TABLE mail_outbox ADD CONSTRAINT mail_outbox_closed CHECK (false)");
    assert_true(login_from(api, "198.51.100.1", "Browser")->status >= 400);
    assert_string_equal(api_ask(api, sessions), before);
}

static void an_address_that_takes_no_mail_locks_nobody_out(void **state)
{
    struct api *api = *state;

    api_ask(api, "UPDATE users SET email = repeat('a', 65) || '@example.com' "
                 "WHERE email = '" VIEWER "'");
    const char *body =
        api_format(api, "{\"email\":\"%s\",\"password\":\"" PASSWORD "\"}",
                   api_ask(api, "SELECT email FROM users WHERE email LIKE 'aaaaaaa%'"));
    const char *const elsewhere[] = {"REMOTE_ADDR=198.51.100.1", NULL};

    assert_int_equal(api_send(api, &(struct api_request){.method = "POST",
                                                         .target = "/api/auth/login",
                                                         .body = body,
                                                         .variables = elsewhere})
                         ->status,
                     200);
}

static void an_unconfirmed_address_may_be_kept_out(void **state)
{
    struct api *api = *state;

    api->app.config.require_verified_email = true;
    api_must_fail(api_expect(api, 401, "POST", "/api/auth/login", NULL,
                             "{\"email\":\"" VIEWER "\",\"password\":\"not the password\"}"),
                  "UNAUTHORIZED");
    assert_string_equal(api_mails_to(api, VIEWER), "");
    for (int i = 0; i < 2; i++)
        api_must_fail(api_expect(api, 403, "POST", "/api/auth/login", NULL, BODY), "FORBIDDEN");
    assert_string_equal(api_mails_to(api, VIEWER), "verify");
    api_expect(api, 200, "POST", "/api/auth/email/verify", NULL,
               api_format(api, "{\"token\":\"%s\"}", api_mail_token(api, VIEWER)));
    api_expect(api, 200, "POST", "/api/auth/login", NULL, BODY);
}

/* Whether the one who signs in has read the account, and waits for a turn to hash. */
static bool has_asked(struct api *api)
{
    return strcmp(api_ask(api, "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle' AND "
                               "datname = current_database() AND query LIKE '%password_hash%'"),
                  "0") != 0;
}

/* Runs in a forked process, which has the only place to hash until it ends. */
static void change_meanwhile(struct api *api)
{
    for (int i = 0; i < 500 && !has_asked(api); i++)
        poll(NULL, 0, 10);
    api_ask(api, "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE email = "
                 "'editor@example.com') WHERE email = '" VIEWER "'");
}

/* A sign-in that has read the old hash goes on only after the password was changed. */
static void a_password_that_is_changed_meanwhile_opens_nothing(void **state)
{
    struct api *api = *state;
    struct slot slot;

    api->app.config.hash_file = api_format(api, "%s/hash", api->folder);
    api->app.config.hash_slots = 1;
    api->app.config.argon2_passes = 2; /* so that the hash would be renewed, too */
    api_ask(api, "DELETE FROM sessions");
    assert_true(slot_take(api->app.config.hash_file, 1, 0, &slot));
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        change_meanwhile(api);
        _exit(0);
    }
    slot_give(&slot);
    api_expect(api, 401, "POST", "/api/auth/login", NULL, BODY);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM sessions"), "0");
    assert_string_equal(api_ask(api, "SELECT count(DISTINCT password_hash) FROM users WHERE email "
                                     "IN ('" VIEWER "', 'editor@example.com')"),
                        "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(a_new_place_is_told_to_the_owner_once),
        api_unit_test(without_its_notice_nobody_signs_in_from_a_new_place),
        api_unit_test(an_address_that_takes_no_mail_locks_nobody_out),
        api_unit_test(an_unconfirmed_address_may_be_kept_out),
        api_unit_test(a_password_that_is_changed_meanwhile_opens_nothing),
    };

    return cmocka_run_group_tests_name("signing in", tests, NULL, NULL);
}
