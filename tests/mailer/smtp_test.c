/* smtp_test.c - tests of mailer/transport_smtp against a real server, in all its moods */
#include "mailer/transport.h"

#include "../support/faults.h"
#include "../support/smtp.h"
#include "../support/unit.h"

#include "keel/core/clock.h"
#include "keel/core/config.h"
#include "keel/mailer/mailer.h"

#include <stdio.h>
#include <string.h>

struct fixture {
    struct config config;
    struct scope scope;
    struct smtp_server server;
    char url[64];
};

static int begin(void **state)
{
    static struct fixture fixture;

    fixture.config = (struct config){.mail_transport = "smtp",
                                     .mail_from = "The Site <site@site.example>",
                                     .mail_smtp_user = "",
                                     .mail_smtp_password = "",
                                     .mail_smtp_ca = "",
                                     .mail_smtp_tls = "off",
                                     .mail_timeout_s = 10};
    scope_begin(&fixture.scope, &fixture.config, NULL, NULL);
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    smtp_stop(&fixture->server);
    scope_end(&fixture->scope);
    return 0;
}

/* A server with a certificate of its own, which is the only one that is trusted. */
static void start(struct fixture *fixture, const char *mood, const char *scheme)
{
    smtp_start(&fixture->server, mood, true, NULL, NULL);
    snprintf(fixture->url, sizeof fixture->url, "%s://127.0.0.1:%d", scheme, fixture->server.port);
    fixture->config.mail_smtp_url = fixture->url;
    fixture->config.mail_smtp_ca = fixture->server.certificate;
}

static const struct message message = {
    .id = 7,
    .to = "\"a,b\"@example.org",
    .mail_id = "<0123456789abcdef@site.example>",
    .created_s = 1768212000,
    .text = {"Hellö", "Plain.\n.\n..two\nFrom here\n", "<p>Rich.</p>\n"}};

static struct delivery deliver(struct fixture *fixture)
{
    struct delivery delivery = {OUTCOME_FAILED, "was never sent"};
    void *state;

    assert_true(transport_smtp.open(&fixture->scope, &state));
    assert_true(transport_smtp.send(&fixture->scope, state, &message, &delivery));
    transport_smtp.close(state);
    return delivery;
}

static void expect(struct fixture *fixture, enum outcome outcome, const char *part)
{
    struct delivery delivery = deliver(fixture);

    if (delivery.outcome != outcome)
        unit_fail("outcome %d: %s", (int)delivery.outcome, delivery.reason);
    if (part && !strstr(delivery.reason, part))
        unit_fail("%s", delivery.reason);
}

static void expect_mail(struct fixture *fixture, int number, const char *part)
{
    const char *mail = smtp_mail(&fixture->scope.arena, &fixture->server, number);

    assert_non_null(mail);
    if (!strstr(mail, part))
        unit_fail("no %s in %s", part, mail);
}

static void test_sent(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "plain", "smtp");
    expect(fixture, OUTCOME_SENT, NULL);
    expect_mail(fixture, 1, "\"to\": [\"TO:<\\\"a,b\\\"@example.org>\"]");
    expect_mail(fixture, 1, "\"from\": \"FROM:<site@site.example>");
    expect_mail(fixture, 1, "\r\nTo: \"a,b\"@example.org\r\n");
    expect_mail(fixture, 1, "\r\nPlain.\r\n=2E\r\n=2E.two\r\n=46rom here\r\n");
}

static void test_starttls(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "ok", "smtp");
    fixture->config.mail_smtp_tls = "required";
    expect(fixture, OUTCOME_SENT, NULL);
    expect_mail(fixture, 1, "\"tls\": true");
}

static void test_implicit_tls(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "tls", "smtps");
    fixture->config.mail_smtp_tls = "required";
    expect(fixture, OUTCOME_SENT, NULL);
    expect_mail(fixture, 1, "\"tls\": true");
}

static void test_no_starttls(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "plain", "smtp");
    fixture->config.mail_smtp_tls = "required";
    expect(fixture, OUTCOME_FAILED, "STARTTLS");
    assert_null(smtp_mail(&fixture->scope.arena, &fixture->server, 1));
}

static void test_wrong_certificate(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "ok", "smtp");
    fixture->config.mail_smtp_tls = "required";
    fixture->config.mail_smtp_ca = "";
    expect(fixture, OUTCOME_FAILED, "certificate");
    assert_null(smtp_mail(&fixture->scope.arena, &fixture->server, 1));
}

static void test_signing_in(void **state)
{
    struct fixture *fixture = *state;

    smtp_start(&fixture->server, "ok", true, "me", "hush");
    snprintf(fixture->url, sizeof fixture->url, "smtp://127.0.0.1:%d", fixture->server.port);
    fixture->config.mail_smtp_url = fixture->url;
    fixture->config.mail_smtp_ca = fixture->server.certificate;
    fixture->config.mail_smtp_tls = "required";
    expect(fixture, OUTCOME_FAILED, "530");
    fixture->config.mail_smtp_user = "me";
    fixture->config.mail_smtp_password = "wrong-one";
    expect(fixture, OUTCOME_FAILED, "535");
    assert_null(strstr(deliver(fixture).reason, "wrong-one"));
    fixture->config.mail_smtp_password = "hush";
    expect(fixture, OUTCOME_SENT, NULL);
    expect_mail(fixture, 1, "\"user\": \"me\"");
}

/* What is for another time, and what is for never; libcurl's and the server's words are kept. */
static void test_refusals(void **state)
{
    static const struct {
        const char *mood, *part;
        enum outcome outcome;
    } cases[] = {
        {"450", "450 5.1.1 nobody here", OUTCOME_FAILED},
        {"451", "451 5.6.0 not this one", OUTCOME_FAILED},
        {"550", "550 5.1.1 nobody here", OUTCOME_REFUSED},
        {"554", "554 5.6.0 not this one", OUTCOME_REFUSED},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (i > 0)
            smtp_stop(&fixture->server);
        start(fixture, cases[i].mood, "smtp");
        expect(fixture, cases[i].outcome, cases[i].part);
        assert_null(strstr(deliver(fixture).reason, "kx_quoted"));
    }
}

static void test_dropped(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "drop", "smtp");
    expect(fixture, OUTCOME_FAILED, NULL);
    smtp_stop(&fixture->server);
    start(fixture, "drop-end", "smtp");
    expect(fixture, OUTCOME_FAILED, NULL);
    expect_mail(fixture, 1, "<0123456789abcdef@site.example>");
}

static void test_silent(void **state)
{
    struct fixture *fixture = *state;
    int64_t begun = clock_monotonic_us();

    start(fixture, "silent", "smtp");
    fixture->config.mail_timeout_s = 1;
    expect(fixture, OUTCOME_FAILED, "time");
    assert_in_range(clock_monotonic_us() - begun, 900000, 8000000);
}

static void test_away(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "ok", "smtp");
    fixture->config.mail_smtp_url = "smtp://127.0.0.1:1";
    expect(fixture, OUTCOME_FAILED, "connect");
}

static void test_connection_kept(void **state)
{
    struct fixture *fixture = *state;
    struct delivery delivery;
    void *smtp;

    start(fixture, "ok", "smtp");
    fixture->config.mail_smtp_tls = "required";
    assert_true(transport_smtp.open(&fixture->scope, &smtp));
    for (int i = 0; i < 3; i++) {
        assert_true(transport_smtp.send(&fixture->scope, smtp, &message, &delivery));
        assert_int_equal(delivery.outcome, OUTCOME_SENT);
    }
    transport_smtp.close(smtp);
    expect_mail(fixture, 3, "\"connection\": 1,");
}

static void test_no_memory(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "plain", "smtp");
    faults_begin();
    while (faults_next()) {
        struct delivery delivery = {OUTCOME_FAILED, NULL};
        struct scope scope;
        void *smtp;

        scope_begin(&scope, &fixture->config, NULL, NULL);
        bool ok = transport_smtp.open(&scope, &smtp);

        if (ok) {
            ok = transport_smtp.send(&scope, smtp, &message, &delivery);
            transport_smtp.close(smtp);
        }
        faults_stop();
        assert_int_equal(ok, !faults_hit());
        assert_int_equal(scope.error.kind, ok ? ERR_NONE : ERR_UNAVAILABLE);
        assert_true(!ok || delivery.outcome == OUTCOME_SENT);
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

/* What a probe says; "" where it went well. */
static const char *probe(struct fixture *fixture)
{
    struct scope *scope = &fixture->scope;

    scope_clear_error(scope);
    if (mail_probe(scope)) {
        assert_int_equal(scope->error.kind, ERR_NONE);
        return "";
    }
    assert_int_equal(scope->error.kind, ERR_UNAVAILABLE);
    assert_non_null(scope->error.detail);
    return scope->error.detail;
}

static void test_probe(void **state)
{
    struct fixture *fixture = *state;

    smtp_start(&fixture->server, "ok", true, "site", "right");
    snprintf(fixture->url, sizeof fixture->url, "smtp://127.0.0.1:%d", fixture->server.port);
    fixture->config.mail_smtp_url = fixture->url;
    fixture->config.mail_smtp_tls = "required";
    fixture->config.mail_smtp_user = "site";
    fixture->config.mail_smtp_password = "right";
    assert_non_null(strstr(probe(fixture), "certificate"));
    fixture->config.mail_smtp_ca = fixture->server.certificate;
    assert_string_equal(probe(fixture), "");
    fixture->config.mail_smtp_password = "wrong";
    assert_non_null(strstr(probe(fixture), "535"));
    assert_null(smtp_mail(&fixture->scope.arena, &fixture->server, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("a mail arrives as it was written, at one recipient", test_sent),
        FIXTURE_TEST("it is sent encrypted where that is offered", test_starttls),
        FIXTURE_TEST("or from the first byte", test_implicit_tls),
        FIXTURE_TEST("it is not sent where it could be read on the way", test_no_starttls),
        FIXTURE_TEST("nor to a server that is not who it says", test_wrong_certificate),
        FIXTURE_TEST("it signs in where it is asked to", test_signing_in),
        FIXTURE_TEST("4xx is for another time, 5xx for never", test_refusals),
        FIXTURE_TEST("a connection that breaks off is for another time", test_dropped),
        FIXTURE_TEST("a server that says nothing costs mail_timeout_s", test_silent),
        FIXTURE_TEST("a server that is away is for another time", test_away),
        FIXTURE_TEST("many mails go over one connection", test_connection_kept),
        FIXTURE_TEST("a probe signs in and sends nothing", test_probe),
        FIXTURE_TEST("without memory it fails cleanly", test_no_memory),
    };

    return cmocka_run_group_tests_name("mailer/smtp", tests, NULL, NULL);
}
