/* jwks_test.c - keys of tokens while the API serves: who verifies with them, and who shows them */
#include "support/api.h"
#include "support/process.h"

#include "keel/services/key_folder.h"
#include "keel/services/token_keys.h"

#include <stdlib.h>
#include <string.h>

#define JWKS "/api/.well-known/jwks.json"

/* A folder of keys beside the log's, with `kid` in it, read as a worker reads it at its start. */
static void open_keys(struct api *api, char *folder, const char *kid,
                      enum token_algorithm algorithm)
{
    bool signs;

    folder_make(folder);
    api->app.config.key_folder = folder;
    assert_true(key_folder_add(&api->scope, kid, algorithm, &signs));
    assert_true(key_folder_sign(&api->scope, kid));
    assert_true(token_keys_open(&api->scope, &api->app.token_keys));
}

static void close_keys(struct api *api)
{
    token_keys_close(api->app.token_keys);
    folder_remove(api->app.config.key_folder);
    api->app.token_keys = NULL;
    api->app.config.key_folder = "";
}

static const char *sign_in(struct api *api)
{
    return api_text(api_expect(api, 200, "POST", "/api/auth/login", NULL,
                               "{\"email\":\"viewer@example.com\","
                               "\"password\":\"viewer-password-1\"}"),
                    "/data/token");
}

/* What somebody else makes of the token, with nothing but the answer of JWKS: "kid alg sub". */
static const char *verify_elsewhere(struct api *api, const char *token)
{
    const struct api_reply *keys = api_expect(api, 200, "GET", JWKS, NULL, NULL);
    const char *script = api_format(api, "%s/support/verify_jwt.py", getenv("KEEL_TESTS"));
    const char *file = api_format(api, "%s/jwks", api->folder);
    const char *const words[] = {"/usr/bin/python3", script, file, token, NULL};
    const char *const nothing[] = {NULL};
    const char *const *environment = process_environment(&api->scope.arena, nothing);
    struct process_output output;

    folder_write(api->folder, "jwks", keys->body, keys->body_length);
    assert_true(process_run(&api->scope.arena, words, environment, NULL, &output));
    return output.status == 0 ? output.out : "refused";
}

static void others_verify_our_tokens_by_the_public_keys(void **state)
{
    struct api *api = *state;
    char folder[FOLDER_PATH_SIZE];
    bool signs;

    open_keys(api, folder, "e1", TOKEN_ES256);
    const char *first = sign_in(api);

    assert_string_equal(verify_elsewhere(api, first), "e1 ES256 1\n");
    assert_true(key_folder_add(&api->scope, "r1", TOKEN_RS256, &signs));
    assert_true(key_folder_sign(&api->scope, "r1"));
    const char *second = sign_in(api);

    assert_string_equal(verify_elsewhere(api, second), "r1 RS256 1\n");
    assert_string_equal(verify_elsewhere(api, first), "e1 ES256 1\n");
    assert_string_equal(
        verify_elsewhere(api, api_format(api, "%.*sAAAA", (int)strlen(second) - 4, second)),
        "refused");
    assert_true(key_folder_retire(&api->scope, "e1"));
    assert_string_equal(verify_elsewhere(api, first), "e1 ES256 1\n");
    assert_true(key_folder_remove(&api->scope, "e1"));
    assert_string_equal(verify_elsewhere(api, first), "refused");
    close_keys(api);
}

static void keys_rotate_without_a_restart_while_people_are_signed_in(void **state)
{
    struct api *api = *state;
    const char *before = api->tokens[API_VIEWER];
    char folder[FOLDER_PATH_SIZE];
    bool signs;

    open_keys(api, folder, "e1", TOKEN_ES256);
    const char *first = sign_in(api);

    api_expect(api, 200, "GET", "/api/users/me", before, NULL);
    api_expect(api, 200, "GET", "/api/users/me", first, NULL);
    assert_true(key_folder_add(&api->scope, "e2", TOKEN_ES256, &signs));
    assert_true(key_folder_sign(&api->scope, "e2"));
    const char *second = sign_in(api);

    assert_true(key_folder_retire(&api->scope, "e1"));
    api_expect(api, 200, "GET", "/api/users/me", first, NULL);
    api_expect(api, 200, "GET", "/api/users/me", second, NULL);
    assert_true(key_folder_remove(&api->scope, "e1"));
    api_expect(api, 401, "GET", "/api/users/me", first, NULL);
    api_expect(api, 200, "GET", "/api/users/me", second, NULL);
    api_expect(api, 200, "GET", "/api/users/me", before, NULL);
    close_keys(api);
}

static void a_shared_secret_is_shown_to_nobody(void **state)
{
    struct api *api = *state;
    char folder[FOLDER_PATH_SIZE];
    const struct api_reply *reply = api_expect(api, 200, "GET", JWKS, NULL, NULL);

    assert_string_equal(reply->body, "{\"keys\":[]}\n");
    assert_string_equal(api_header(api, reply, "Content-Type"), "application/json");
    assert_string_equal(api_header(api, reply, "Cache-Control"), "public, max-age=300");
    open_keys(api, folder, "h1", TOKEN_HS256);
    sign_in(api);
    reply = api_expect(api, 200, "GET", JWKS, NULL, NULL);
    assert_string_equal(reply->body, "{\"keys\":[]}\n");
    close_keys(api);
}

static void nothing_of_a_private_key_is_shown(void **state)
{
    static const char *const private_members[] = {"\"d\"",  "\"p\"",  "\"q\"", "\"dp\"",
                                                  "\"dq\"", "\"qi\"", "\"k\"", "PRIVATE"};
    struct api *api = *state;
    char folder[FOLDER_PATH_SIZE];
    bool signs;

    open_keys(api, folder, "e1", TOKEN_ES256);
    assert_true(key_folder_add(&api->scope, "r1", TOKEN_RS256, &signs));
    const struct api_reply *reply = api_expect(api, 200, "GET", JWKS, NULL, NULL);

    assert_non_null(strstr(reply->body, "\"kid\":\"e1\""));
    assert_non_null(strstr(reply->body, "\"kid\":\"r1\""));
    for (size_t i = 0; i < COUNT(private_members); i++)
        assert_null(strstr(reply->body, private_members[i]));
    close_keys(api);
}

static void who_has_the_keys_already_is_told_so(void **state)
{
    struct api *api = *state;
    char folder[FOLDER_PATH_SIZE];
    bool signs;

    open_keys(api, folder, "e1", TOKEN_ES256);
    const char *tag = api_header(api, api_expect(api, 200, "GET", JWKS, NULL, NULL), "ETag");
    const char *const seen[] = {api_format(api, "HTTP_IF_NONE_MATCH=%s", tag), NULL};
    const struct api_request request = {.target = JWKS, .variables = seen};

    assert_int_equal(api_send(api, &request)->status, 304);
    assert_true(key_folder_add(&api->scope, "e2", TOKEN_ES256, &signs));
    assert_int_equal(api_send(api, &request)->status, 200);
    close_keys(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        api_unit_test(others_verify_our_tokens_by_the_public_keys),
        api_unit_test(keys_rotate_without_a_restart_while_people_are_signed_in),
        cmocka_unit_test(a_shared_secret_is_shown_to_nobody),
        cmocka_unit_test(nothing_of_a_private_key_is_shown),
        cmocka_unit_test(who_has_the_keys_already_is_told_so),
    };

    return cmocka_run_group_tests_name("jwks", tests, api_make, api_drop);
}
