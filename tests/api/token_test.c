/* token_test.c - what an access token is good for, at this very moment */
#include "support/api.h"

#include "keel/services/token.h"

#include <stdlib.h>
#include <string.h>

static int status_with(struct api *api, const char *header)
{
    const char *const variables[] = {header, NULL};

    return api_send(api, &(struct api_request){.target = "/api/users/me", .variables = variables})
        ->status;
}

static void the_scheme_is_bearer_in_any_case_and_apache_may_rename_the_header(void **state)
{
    struct api *api = *state;
    const char *token = api->tokens[API_VIEWER];
    static const char *const works[] = {
        "HTTP_AUTHORIZATION=Bearer %s", "HTTP_AUTHORIZATION=bearer %s",
        "HTTP_AUTHORIZATION=BEARER  %s", "REDIRECT_HTTP_AUTHORIZATION=Bearer %s"};
    static const char *const fails[] = {"HTTP_AUTHORIZATION=Basic %s",
                                        "HTTP_AUTHORIZATION=Bearer%s",
                                        "HTTP_AUTHORIZATION=%s",
                                        "HTTP_AUTHORIZATION=Token %s",
                                        "HTTP_AUTHORIZATION=Bearer %s x",
                                        "HTTP_X_AUTHORIZATION=Bearer %s",
                                        "HTTP_AUTHORIZATION=Bearer \"%s\"",
                                        "HTTP_AUTHORIZATION= Bearer %s",
                                        "HTTP_COOKIE=token=%s"};

    for (size_t i = 0; i < COUNT(works); i++) {
        const char *before = strstr(works[i], "%s");
        int status =
            status_with(api, api_format(api, "%.*s%s", (int)(before - works[i]), works[i], token));

        assert_int_equal(status, 200);
    }
    for (size_t i = 0; i < COUNT(fails); i++) {
        const char *before = strstr(fails[i], "%s");
        int status = status_with(api, api_format(api, "%.*s%s%s", (int)(before - fails[i]),
                                                 fails[i], token, before + 2));

        if (status != 401)
            unit_fail("%s gave %d", fails[i], status);
    }
}

/* The session that the fixture's own token belongs to. */
static int64_t session_of(struct api *api, int64_t user)
{
    const char *text = api_ask(
        api, api_format(api, "SELECT min(id) FROM sessions WHERE user_id = %lld", (long long)user));

    return strtoll(text, NULL, 10);
}

/* A token for `user` as one made `age` seconds ago would be. */
static const char *token_of_age(struct api *api, int64_t user, int64_t age)
{
    struct scope scope;
    const char *token;

    scope_begin(&scope, &api->app.config, NULL, NULL);
    scope.now -= age * 1000000;
    assert_true(token_issue(&scope, (struct token_subject){user, session_of(api, user)}, &token));
    token = api_format(api, "%s", token);
    scope_end(&scope);
    return token;
}

static void a_token_is_good_from_its_making_to_its_end(void **state)
{
    struct api *api = *state;
    int64_t life = api->app.config.access_token_s;
    const struct {
        int64_t age;
        int status;
    } cases[] = {{0, 200}, {life - 5, 200}, {life + 60, 401}, {-3600, 401}, {life * 100, 401}};

    for (size_t i = 0; i < COUNT(cases); i++)
        api_expect(api, cases[i].status, "GET", "/api/users/me",
                   token_of_age(api, api->user_ids[API_VIEWER], cases[i].age), NULL);
}

static void a_token_of_another_key_issuer_audience_or_user_is_401(void **state)
{
    struct api *api = *state;
    struct config config = api->app.config;
    const char *others[5];

    api->app.config.jwt_secret = "another signing key of tests, just as long as that";
    others[0] = token_of_age(api, 1, 0);
    api->app.config = config;
    api->app.config.jwt_issuer = "somebody";
    others[1] = token_of_age(api, 1, 0);
    api->app.config = config;
    api->app.config.jwt_audience = "somebody";
    others[2] = token_of_age(api, 1, 0);
    api->app.config = config;
    api->app.config.jwt_kid = "k2";
    others[3] = token_of_age(api, 1, 0);
    api->app.config = config;
    others[4] = token_of_age(api, 987654321, 0);
    for (size_t i = 0; i < COUNT(others); i++) {
        api_expect(api, 401, "GET", "/api/users/me", others[i], NULL);
        api_expect(api, 401, "GET", "/api/items", others[i], NULL);
    }
}

static void a_token_with_any_letter_changed_is_401(void **state)
{
    struct api *api = *state;
    const char *token = api->tokens[API_VIEWER];
    size_t length = strlen(token);

    for (size_t i = 0; i < length; i += 7) {
        char *changed = arena_copy(&api->scope.arena, token, length);

        changed[i] = changed[i] == 'x' ? 'y' : 'x';
        api_expect(api, 401, "GET", "/api/users/me", changed, NULL);
    }
}

static void a_token_with_another_algorithm_or_no_signature_is_401(void **state)
{
    struct api *api = *state;
    const char *token = api->tokens[API_VIEWER];
    const char *dot = strchr(token, '.');
    const char *last = strrchr(token, '.');
    const char *claims = api_format(api, "%.*s", (int)(last - dot - 1), dot + 1);
    const char *const others[] = {
        /* {"alg":"none","typ":"JWT"} and {"alg":"none","kid":"k1"} */
        api_format(api, "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.%s.", claims),
        api_format(api, "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.%s", claims),
        api_format(api, "eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.%s.", claims),
        /* {"alg":"HS512","kid":"k1"} with the signature of HS256 */
        api_format(api, "eyJhbGciOiJIUzUxMiIsImtpZCI6ImsxIn0.%s%s", claims, last),
        api_format(api, "%.*s", (int)(last - token), token),
        api_format(api, "%.*s.", (int)(last - token), token),
        api_format(api, "%s.", token),
        api_format(api, "%s=", token),
        api_format(api, "%s.%s", token, claims),
        "..",
        "...",
    };

    for (size_t i = 0; i < COUNT(others); i++)
        api_expect(api, 401, "GET", "/api/users/me", others[i], NULL);
}

static void a_deactivated_user_is_out_with_the_next_request(void **state)
{
    struct api *api = *state;
    const char *token = api->tokens[API_EDITOR];

    api_expect(api, 200, "GET", "/api/users/me", token, NULL);
    api_ask(api, "UPDATE users SET is_active = false WHERE email = 'editor@example.com'");
    api_expect(api, 401, "GET", "/api/users/me", token, NULL);
    api_expect(api, 401, "GET", "/api/items", token, NULL);
    api_expect(api, 401, "DELETE", "/api/items/1", token, NULL);
    api_ask(api, "UPDATE users SET is_active = true WHERE email = 'editor@example.com'");
    api_expect(api, 200, "GET", "/api/users/me", token, NULL);
}

static void a_removed_user_is_out_with_the_next_request(void **state)
{
    struct api *api = *state;

    api_ask(api, "DELETE FROM users WHERE email = 'editor@example.com'");
    api_expect(api, 401, "GET", "/api/users/me", api->tokens[API_EDITOR], NULL);
}

static void a_changed_role_counts_with_the_next_request(void **state)
{
    struct api *api = *state;
    const char *token = api->tokens[API_EDITOR];

    api_expect(api, 200, "PATCH", "/api/items/1", token, "{}");
    api_expect(api, 403, "GET", "/api/users", token, NULL);
    api_ask(api, "UPDATE user_roles SET role = 'viewer' WHERE role = 'editor'");
    api_expect(api, 403, "PATCH", "/api/items/1", token, "{}");
    api_ask(api, "UPDATE user_roles SET role = 'admin' WHERE role = 'viewer'");
    api_expect(api, 200, "PATCH", "/api/items/1", token, "{}");
    api_expect(api, 200, "GET", "/api/users", token, NULL);
    api_ask(api, "DELETE FROM role_permissions WHERE permission = 'users:read'");
    api_expect(api, 403, "GET", "/api/users", token, NULL);
    api_ask(api, "DELETE FROM user_roles");
    api_expect(api, 403, "PATCH", "/api/items/1", token, "{}");
    api_expect(api, 200, "GET", "/api/users/me", token, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_scheme_is_bearer_in_any_case_and_apache_may_rename_the_header),
        cmocka_unit_test(a_token_is_good_from_its_making_to_its_end),
        cmocka_unit_test(a_token_of_another_key_issuer_audience_or_user_is_401),
        cmocka_unit_test(a_token_with_any_letter_changed_is_401),
        cmocka_unit_test(a_token_with_another_algorithm_or_no_signature_is_401),
        api_unit_test(a_deactivated_user_is_out_with_the_next_request),
        api_unit_test(a_removed_user_is_out_with_the_next_request),
        api_unit_test(a_changed_role_counts_with_the_next_request),
    };

    return cmocka_run_group_tests_name("tokens", tests, api_make, api_drop);
}
