/* api.c - the whole program in process, with a database and a log of its own */
#include "api_parts.h"

#include "api_database.h"
#include "keel/core/random.h"
#include "keel/routes/modules.h"
#include "template.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const role_names[API_ROLE_COUNT] = {NULL, "viewer", "editor", "admin"};

/* Argon2 at its cheapest: what it costs is none of these tests' business. */
static char *const environment[] = {
    "KEEL_ENV=testing",
    "KEEL_JWT_SECRET=a signing key of tests, long enough to be one",
    "KEEL_CURSOR_SECRET=a cursor key of tests, long enough to be one",
    "KEEL_SESSION_SECRET=a session key of tests, long enough to be one",
    "KEEL_ARGON2_MEMORY_KIB=8",
    "KEEL_ARGON2_PASSES=1",
    "KEEL_ARGON2_LANES=1",
    NULL,
};

static void open_app(struct api *api)
{
    struct app *app = &api->app;

    scope_begin(&api->settings, NULL, NULL, NULL);
    assert_true(config_load(&api->settings, environment, &app->config, NULL));
    app->modules = keel_modules;
    const struct api_accounts accounts = {
        .config = &app->config,
        .roles = role_names + API_VIEWER,
        .count = API_ROLE_COUNT - API_VIEWER,
    };

    api_database_make(&accounts, api->name);
    assert_true(db_open(&api->settings, api->url, &app->db));
    folder_make(api->folder);
    app->config.upload_folder = api->folder;
    snprintf(api->log_path, sizeof api->log_path, "%s/log", api->folder);
    assert_true(log_open(&app->log, api->log_path, LOG_LEVEL_DEBUG));
    scope_begin(&api->scope, &app->config, NULL, NULL);
}

static void sign_in(struct api *api, enum api_role role)
{
    const char *name = role_names[role];
    const struct api_reply *reply =
        api_expect(api, 200, "POST", "/api/auth/login", NULL,
                   api_format(api, "{\"email\":\"%s@example.com\",\"password\":\"%s-password-1\"}",
                              name, name));

    api->tokens[role] = api_text(reply, "/data/token");
    api->user_ids[role] = api_int(reply, "/data/user/id");
}

void api_sign_in_all(struct api *api)
{
    for (enum api_role role = API_VIEWER; role < API_ROLE_COUNT; role++)
        sign_in(api, role);
}

static void name_url(struct api *api)
{
    snprintf(api->url, sizeof api->url, "dbname=%s", api->name);
}

int api_make(void **state)
{
    struct api *api = calloc(1, sizeof *api);
    char suffix[17];

    assert_non_null(api);
    assert_true(random_hex(suffix, 8));
    snprintf(api->name, sizeof api->name, "keel_api_%s", suffix);
    name_url(api);
    open_app(api);
    *state = api;
    api_sign_in_all(api);
    return 0;
}

int api_drop(void **state)
{
    struct api *api = *state;

    /* A test may have let it name another database. */
    name_url(api);
    api_log_search(api);
    db_close(api->app.db);
    log_close(&api->app.log);
    folder_remove(api->folder);
    template_drop(api->name);
    scope_end(&api->scope);
    scope_end(&api->settings);
    free(api);
    return 0;
}

void api_reconnect(struct api *api)
{
    db_close(api->app.db);
    assert_true(db_open(&api->settings, api->url, &api->app.db));
}

const char *api_format(struct api *api, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const char *text = arena_vformat(&api->scope.arena, format, arguments);

    va_end(arguments);
    assert_non_null(text);
    return text;
}

const char *api_ask(struct api *api, const char *statement)
{
    char *value = template_ask(api->url, statement);
    const char *copy = api_format(api, "%s", value);

    free(value);
    return copy;
}

const struct api_reply *api_send(struct api *api, const struct api_request *request)
{
    size_t length = 0;
    const char *answer = api_transfer(&api->app, &api->scope, request, &length);

    assert_non_null(answer);
    const struct api_reply *reply = api_receive(api, request, answer, length);

    api_log_advance(api);
    return reply;
}

const struct api_reply *api_call(struct api *api, const char *method, const char *target,
                                 const char *token, const char *body)
{
    return api_send(api, &(struct api_request){
                             .method = method, .target = target, .token = token, .body = body});
}

const struct api_reply *api_expect(struct api *api, int status, const char *method,
                                   const char *target, const char *token, const char *body)
{
    const struct api_reply *reply = api_call(api, method, target, token, body);

    if (reply->status != status)
        unit_fail("%s %s %s gave %d, not %d: %s", method, target, body ? body : "", reply->status,
                  status, reply->body);
    return reply;
}
