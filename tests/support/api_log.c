/* api_log.c - the log of an API test: each request's line, and that no secret is kept there */
#include "api_parts.h"

#include "keel/core/json.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shorter texts may stand in a log for other reasons. */
#define SECRET_MIN 8

/* Members of bodies and of answers that nobody else is to read. */
static const char *const secret_members[] = {
    "password", "current_password", "new_password", "token", "refresh_token", "mfa_token",
    "key",      "secret",           "uri",          "code"};

struct api_secret {
    struct api_secret *next;
    const char *text;
};

/* The log from byte `start` on. */
static struct buffer read_log(struct api *api, size_t start)
{
    FILE *stream = fopen(api->log_path, "rbe");
    struct buffer text;
    size_t count;

    assert_non_null(stream);
    assert_int_equal(fseek(stream, (long)start, SEEK_SET), 0);
    buffer_init(&text, &api->scope.arena);
    do {
        assert_true(buffer_reserve(&text, 4096));
        count = fread(text.data + text.length, 1, 4096, stream);
        text.length += count;
    } while (count > 0);
    text.data[text.length] = '\0';
    assert_int_equal(ferror(stream), 0);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static bool says(struct json_object *line, const char *name, const char *expected)
{
    struct json_object *value;

    return json_object_object_get_ex(line, name, &value) &&
           strcmp(json_object_get_string(value), expected) == 0;
}

struct json_object *api_log_find(struct api *api, const char *id)
{
    struct buffer text = read_log(api, api->log_at);
    struct json_object *found = NULL;

    for (const char *line = text.data; *line;) {
        size_t length = strcspn(line, "\n");
        struct json_object *json;

        assert_int_equal(line[length], '\n');
        if (!json_parse(&api->scope, line, length, &json))
            unit_fail("a line of the log is no JSON: %.*s", (int)length, line);
        if (says(json, "message", "request") && says(json, "request_id", id)) {
            assert_null(found);
            found = json;
        }
        line += length + 1;
    }
    if (!found)
        unit_fail("the log has no line for the request %s", id);
    return found;
}

void api_log_advance(struct api *api)
{
    api->log_at += read_log(api, api->log_at).length;
}

void api_keep_secret(struct api *api, const char *secret)
{
    struct api_secret *entry;

    if (!secret || strlen(secret) < SECRET_MIN)
        return;
    entry = arena_alloc(&api->scope.arena, sizeof *entry);
    assert_non_null(entry);
    *entry = (struct api_secret){api->secrets, api_format(api, "%s", secret)};
    api->secrets = entry;
}

static void keep_member(struct api *api, struct json_object *object, const char *name)
{
    struct json_object *value;

    if (json_object_object_get_ex(object, name, &value) &&
        json_object_is_type(value, json_type_string))
        api_keep_secret(api, json_object_get_string(value));
}

static void keep_elements(struct api *api, struct json_object *object, const char *name)
{
    struct json_object *list;

    if (!json_object_object_get_ex(object, name, &list))
        return;
    for (size_t i = 0; i < json_object_array_length(list); i++)
        api_keep_secret(api, json_object_get_string(json_object_array_get_idx(list, i)));
}

void api_log_learn(struct api *api, const struct api_request *request,
                   const struct api_reply *reply)
{
    struct json_object *data;
    struct json_object *body =
        request->body && !request->body_length ? json_tokener_parse(request->body) : NULL;

    api_keep_secret(api, request->token);
    for (size_t i = 0; i < COUNT(secret_members); i++)
        keep_member(api, body, secret_members[i]);
    json_object_put(body);
    if (!json_object_object_get_ex(reply->json, "data", &data))
        return;
    for (size_t i = 0; i < COUNT(secret_members); i++)
        keep_member(api, data, secret_members[i]);
    keep_elements(api, data, "recovery_codes");
}

/* Every stored hash, each of them at once: they are one text with spaces between. */
static void keep_hashes(struct api *api)
{
    const char *hashes = api_ask(api, "SELECT string_agg(password_hash, ' ') FROM users");

    while (*hashes) {
        size_t length = strcspn(hashes, " ");

        api_keep_secret(api, api_format(api, "%.*s", (int)length, hashes));
        hashes += length;
        hashes += strspn(hashes, " ");
    }
}

static void refuse_secret(const char *place, const char *text, size_t length, const char *secret)
{
    if (memmem(text, length, secret, strlen(secret)))
        unit_fail("the %s holds the secret %s", place, secret);
}

void api_log_search(struct api *api)
{
    struct buffer log = read_log(api, 0);
    const char *audit = api_ask(api, "SELECT string_agg(audit_log::text, ' ') FROM audit_log");
    const char *emails = api_ask(api, "SELECT string_agg(email, ' ') FROM users");

    keep_hashes(api);
    api_keep_secret(api, api->app.config.jwt_secret);
    api_keep_secret(api, api->app.config.session_secret);
    api_keep_secret(api, api->app.config.cursor_secret);
    api_keep_secret(api, getenv("PGPASSWORD"));
    assert_non_null(api->secrets);
    for (const struct api_secret *secret = api->secrets; secret; secret = secret->next) {
        refuse_secret("log", log.data, log.length, secret->text);
        /* Some tests try a part of an address as a password; addresses may be told. */
        if (!strstr(emails, secret->text))
            refuse_secret("audit log", audit, strlen(audit), secret->text);
    }
}
