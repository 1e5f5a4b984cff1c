/* register_test.c - making an account */
#include "support/api_mail.h"

#include <string.h>

#define PASSWORD "correct horse battery"

static const struct api_reply *enrol(struct api *api, const char *body)
{
    return api_call(api, "POST", "/api/auth/register", NULL, body);
}

static const char *body_for(struct api *api, const char *email)
{
    return api_format(api, "{\"email\":\"%s\",\"password\":\"" PASSWORD "\"}", email);
}

static int login_status(struct api *api, const char *email)
{
    return api_call(api, "POST", "/api/auth/login", NULL, body_for(api, email))->status;
}

static void a_new_account_is_201_with_the_default_role(void **state)
{
    struct api *api = *state;
    const struct api_reply *made = enrol(
        api, "{\"email\":\"Ada@Example.com\",\"password\":\"" PASSWORD "\",\"name\":\"Ada\"}");

    assert_int_equal(made->status, 201);
    assert_string_equal(api_text(made, "/message"), "Account created successfully");
    assert_string_equal(api_text(made, "/data/email"), "Ada@Example.com");
    assert_string_equal(api_text(made, "/data/name"), "Ada");
    assert_string_equal(api_raw(made, "/data/roles"), "[\"editor\"]");
    assert_true(api_bool(made, "/data/is_active"));
    assert_false(api_bool(made, "/data/email_verified"));
    assert_int_equal(login_status(api, "ada@example.com"), 200);
}

static void the_default_role_is_a_setting(void **state)
{
    struct api *api = *state;

    api->app.config.default_role = "viewer";
    assert_string_equal(api_raw(enrol(api, body_for(api, "vi@example.com")), "/data/roles"),
                        "[\"viewer\"]");
}

static void an_address_is_one_whatever_its_case_and_the_spaces_around(void **state)
{
    static const char *const again[] = {"folded@example.com", "FOLDED@EXAMPLE.COM",
                                        "Folded@example.com", " folded@example.com",
                                        "folded@example.com  "};
    struct api *api = *state;

    assert_int_equal(enrol(api, body_for(api, "  FolDed@example.com "))->status, 201);
    for (size_t i = 0; i < COUNT(again); i++) {
        const struct api_reply *reply = enrol(api, body_for(api, again[i]));

        if (reply->status != 409)
            unit_fail("<%s> gave %d", again[i], reply->status);
        api_must_fail(reply, "CONFLICT");
        assert_int_equal(login_status(api, again[i]), 200);
    }
    assert_string_equal(
        api_ask(api, "SELECT email FROM users WHERE email_folded = 'folded@example.com'"),
        "FolDed@example.com");
}

static void two_at_once_give_one_201_and_one_409(void **state)
{
    struct api *api = *state;
    const struct api_request requests[] = {
        {.method = "POST",
         .target = "/api/auth/register",
         .body = body_for(api, "raced@example.com")},
        {.method = "POST",
         .target = "/api/auth/register",
         .body = body_for(api, "Raced@Example.com")},
    };
    const struct api_reply *replies[2];

    api_race(api, requests, 2, replies);
    assert_int_equal(replies[0]->status + replies[1]->status, 201 + 409);
    assert_string_equal(
        api_ask(api, "SELECT count(*) FROM users WHERE email_folded = 'raced@example.com'"), "1");
}

static void wrong_fields_are_refused_by_name(void **state)
{
    static const struct {
        const char *body, *field, *code;
    } cases[] = {
        {"{\"password\":\"" PASSWORD "\"}", "email", "required"},
        {"{\"email\":\"x1@example.com\"}", "password", "required"},
        {"{\"email\":null,\"password\":\"" PASSWORD "\"}", "email", "not_null"},
        {"{\"email\":7,\"password\":\"" PASSWORD "\"}", "email", "not_a_text"},
        {"{\"email\":\"\",\"password\":\"" PASSWORD "\"}", "email", "invalid_email"},
        {"{\"email\":\"x\",\"password\":\"" PASSWORD "\"}", "email", "invalid_email"},
        {"{\"email\":\"x@\",\"password\":\"" PASSWORD "\"}", "email", "invalid_email"},
        {"{\"email\":\"@x.y\",\"password\":\"" PASSWORD "\"}", "email", "invalid_email"},
        {"{\"email\":\"x@y\",\"password\":\"" PASSWORD "\"}", "email", "invalid_email"},
        {"{\"email\":\"a@b@c.d\",\"password\":\"" PASSWORD "\"}", "email", "invalid_email"},
        {"{\"email\":\"a b@c.d\",\"password\":\"" PASSWORD "\"}", "email", "invalid_email"},
        {"{\"email\":\"a@b c.d\",\"password\":\"" PASSWORD "\"}", "email", "invalid_email"},
        {"{\"email\":\"a@c.d\\nbcc:x@y.z\",\"password\":\"" PASSWORD "\"}", "email",
         "invalid_email"},
        {"{\"email\":\"a@c.d\\u00a0\",\"password\":\"" PASSWORD "\"}", "email", "invalid_email"},
        {"{\"email\":\"a\\u0007@c.d\",\"password\":\"" PASSWORD "\"}", "email", "invalid_email"},
        {"{\"email\":\"a@c.d, e@f.g\",\"password\":\"" PASSWORD "\"}", "email", "invalid_email"},
        {"{\"email\":\"x2@example.com\",\"password\":\"nine char\"}", "password", "too_short"},
        {"{\"email\":\"x2@example.com\",\"password\":\"QWERTYuiop\"}", "password", "too_common"},
        {"{\"email\":\"x2@example.com\",\"password\":\"X2@Example.com\"}", "password",
         "too_common"},
        {"{\"email\":\"ada.lovelace@example.com\",\"password\":\"Ada.Lovelace\"}", "password",
         "too_common"},
        {"{\"email\":\"x3@example.com\",\"password\":12345678901}", "password", "not_a_text"},
        {"{\"email\":\"x4@example.com\",\"password\":\"" PASSWORD "\",\"name\":\" \"}", "name",
         "blank"},
        {"{\"email\":\"x5@example.com\",\"password\":\"" PASSWORD "\",\"roles\":[\"admin\"]}",
         "roles", "unknown_field"},
        {"{\"email\":\"x6@example.com\",\"password\":\"" PASSWORD "\",\"role\":\"admin\"}", "role",
         "unknown_field"},
        {"{\"email\":\"x7@example.com\",\"password\":\"" PASSWORD "\",\"is_active\":true}",
         "is_active", "unknown_field"},
        {"{\"email\":\"x8@example.com\",\"password\":\"" PASSWORD "\",\"id\":1}", "id",
         "unknown_field"},
        {"{\"email\":\"x9@example.com\",\"password\":\"" PASSWORD "\",\"email_verified\":true}",
         "email_verified", "unknown_field"},
        {"{\"email\":\"x0@example.com\",\"password\":\"" PASSWORD "\",\"password_hash\":\"x\"}",
         "password_hash", "unknown_field"},
    };
    struct api *api = *state;
    const char *before = api_ask(api, "SELECT count(*) FROM users");

    for (size_t i = 0; i < COUNT(cases); i++)
        api_must_refuse(enrol(api, cases[i].body), cases[i].field, cases[i].code);
    assert_string_equal(api_ask(api, "SELECT count(*) FROM users"), before);
}

/* So many letters, which are no common password. */
static const char *letters(struct api *api, size_t count)
{
    char *text = arena_alloc(&api->scope.arena, count + 1);

    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        text[i] = "keel"[i % 4];
    return text;
}

/* A local part and a password of so many letters, at a domain of 190 characters. */
static const struct api_reply *enrol_long(struct api *api, size_t local, size_t password)
{
    const char *label = letters(api, 63);

    return enrol(api, api_format(api, "{\"email\":\"%s@%s.%s.%s\",\"password\":\"%s\"}",
                                 letters(api, local), label, label, letters(api, 62),
                                 letters(api, password)));
}

static void lengths_are_bounded(void **state)
{
    struct api *api = *state;

    assert_int_equal(enrol_long(api, 64, 10)->status, 201);
    api_must_refuse(enrol_long(api, 65, 10), "email", "too_long");
    assert_int_equal(enrol_long(api, 1, 1024)->status, 201);
    api_must_refuse(enrol_long(api, 2, 1025), "password", "too_long");
}

/* It would never be confirmed, and its owner never be told anything. */
static void an_address_that_takes_no_mail_gets_no_account(void **state)
{
    struct api *api = *state;
    const char *body = api_format(
        api, "{\"email\":\"%s@example.com\",\"password\":\"" PASSWORD "\"}", letters(api, 65));

    api_must_refuse(enrol(api, body), "email", "format");
    assert_string_equal(
        api_ask(api, "SELECT count(*) FROM users WHERE email LIKE 'aaaaaaa%@example.com'"), "0");
}

static void a_password_may_hold_any_character(void **state)
{
    static const char *const passwords[] = {"          ", "pässwörter", "🐋🐋🐋", "'\\\"$1 %s %n",
                                            "\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007abc"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(passwords); i++) {
        const char *body = api_format(api, "{\"email\":\"any%zu@example.com\",\"password\":\"%s\"}",
                                      i, passwords[i]);

        assert_int_equal(enrol(api, body)->status, 201);
        api_expect(api, 200, "POST", "/api/auth/login", NULL, body);
    }
}

static void registering_mails_a_link_in_the_same_transaction(void **state)
{
    struct api *api = *state;

    assert_int_equal(enrol(api, body_for(api, "mailed@example.com"))->status, 201);
    assert_string_equal(api_mails_to(api, "mailed@example.com"), "verify");
    assert_int_equal(strncmp(api_mail_token(api, "mailed@example.com"), "kv_", 3), 0);
    enrol(api, body_for(api, "Mailed@example.com"));
    assert_string_equal(api_mails_to(api, "mailed@example.com"), "verify");
}

static void without_its_mail_there_is_no_account(void **state)
{
    struct api *api = *state;

    api_ask(api, "ALTER TABLE mail_outbox ADD CONSTRAINT mail_outbox_closed CHECK (false)");
    assert_true(enrol(api, body_for(api, "unmailed@example.com"))->status >= 400);
    assert_string_equal(
        api_ask(api, "SELECT count(*) FROM users WHERE email = 'unmailed@example.com'"), "0");
}

static void hidden_accounts_get_one_answer_whether_taken_or_free(void **state)
{
    struct api *api = *state;

    api->app.config.hide_accounts = true;
    const struct api_reply *fresh = enrol(api, body_for(api, "hidden@example.com"));
    const struct api_reply *taken = enrol(api, body_for(api, "Hidden@example.com"));
    const struct api_reply *seeded = enrol(api, body_for(api, "admin@example.com"));

    assert_int_equal(fresh->status, 202);
    assert_int_equal(taken->status, 202);
    assert_int_equal(seeded->status, 202);
    assert_string_equal(api_text(fresh, "/message"), api_text(taken, "/message"));
    assert_int_equal(fresh->body_length, taken->body_length);
    assert_int_equal(login_status(api, "hidden@example.com"), 200);
    assert_int_equal(login_status(api, "admin@example.com"), 401);
}

static void of_a_hidden_account_only_its_owner_is_told_and_not_too_often(void **state)
{
    struct api *api = *state;

    api->app.config.hide_accounts = true;
    for (int i = 0; i < 3; i++)
        assert_int_equal(enrol(api, body_for(api, "ADMIN@example.com"))->status, 202);
    assert_string_equal(api_mails_to(api, "admin@example.com"), "registered_again");
    assert_string_equal(api_mails_to(api, "ADMIN@example.com"), "");
    assert_string_equal(api_ask(api, "SELECT count(*) FROM single_use_tokens"), "0");
    api_mail_wait_over(api);
    enrol(api, body_for(api, "ADMIN@example.com"));
    assert_string_equal(api_mails_to(api, "admin@example.com"),
                        "registered_again registered_again");
}

static void a_role_that_does_not_exist_leaves_no_account_behind(void **state)
{
    struct api *api = *state;

    api->app.config.default_role = "no_such_role";
    const struct api_reply *reply = enrol(api, body_for(api, "rolled@example.com"));

    assert_int_equal(reply->status, 400);
    assert_string_equal(
        api_ask(api, "SELECT count(*) FROM users WHERE email_folded = 'rolled@example.com'"), "0");
}

static void a_hash_is_argon2id_with_the_settings_parameters(void **state)
{
    struct api *api = *state;

    enrol(api, body_for(api, "hashed@example.com"));
    const char *hash =
        api_ask(api, "SELECT password_hash FROM users WHERE email_folded = 'hashed@example.com'");

    assert_int_equal(strncmp(hash, "$argon2id$v=19$m=8,t=1,p=1$", 27), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_account_is_201_with_the_default_role),
        cmocka_unit_test(an_address_is_one_whatever_its_case_and_the_spaces_around),
        cmocka_unit_test(two_at_once_give_one_201_and_one_409),
        cmocka_unit_test(wrong_fields_are_refused_by_name),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(an_address_that_takes_no_mail_gets_no_account),
        cmocka_unit_test(a_password_may_hold_any_character),
        cmocka_unit_test(a_hash_is_argon2id_with_the_settings_parameters),
        api_unit_test(the_default_role_is_a_setting),
        cmocka_unit_test(registering_mails_a_link_in_the_same_transaction),
        api_unit_test(without_its_mail_there_is_no_account),
        api_unit_test(hidden_accounts_get_one_answer_whether_taken_or_free),
        api_unit_test(of_a_hidden_account_only_its_owner_is_told_and_not_too_often),
        api_unit_test(a_role_that_does_not_exist_leaves_no_account_behind),
    };

    return cmocka_run_group_tests_name("registering", tests, api_make, api_drop);
}
