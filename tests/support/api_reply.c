/* api_reply.c - a raw answer taken apart, and what tests ask of it */
#include "api_parts.h"

#include "keel/core/json.h"
#include "keel/core/json_build.h"
#include "keel/core/text.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <json-c/json_pointer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const struct route *find_route(const struct api *api, struct json_object *line)
{
    struct json_object *id;

    if (!json_object_object_get_ex(line, "route", &id))
        return NULL;
    for (size_t m = 0; m < api->app.modules.count; m++) {
        const struct module *module = api->app.modules.list[m];

        for (size_t r = 0; r < module->route_count; r++) {
            if (strcmp(module->routes[r].id, json_object_get_string(id)) == 0)
                return &module->routes[r];
        }
    }
    unit_fail("the log names a route that there is not: %s", json_object_get_string(id));
    return NULL;
}

/* Later gates compare what rows declare with what was seen. */
static void note_seen(const struct api_reply *reply)
{
    const char *path = getenv("KEEL_SEEN");
    FILE *stream = path && *path ? fopen(path, "ae") : NULL;

    if (!stream)
        return;
    fprintf(stream, "%s %d\n", reply->route ? reply->route->id : "-", reply->status);
    assert_int_equal(fclose(stream), 0);
}

/* A line for tests/contract, which holds the contract against it. */
static void note_answer(struct api *api, const struct api_request *request,
                        const struct api_reply *reply)
{
    const char *path = getenv("KEEL_ANSWERS");
    int fd = path && *path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    struct buffer line;

    if (fd < 0)
        return;
    buffer_init(&line, &api->scope.arena);
    json_open_object(&line, NULL);
    json_put_text(&line, "route", reply->route ? reply->route->id : NULL);
    json_put_int(&line, "status", reply->status);
    json_put_text(&line, "head", reply->head);
    json_put_format(&line, "body", "%.*s", (int)reply->body_length, reply->body);
    /* What was refused may be anything, not even text. */
    if (reply->status < 300) {
        json_put_text(&line, "target", request->target);
        json_put_text(&line, "request", request->body);
    }
    json_close_object(&line);
    buffer_add_char(&line, '\n');
    assert_false(line.failed);
    /* At once, as others write, too. */
    assert_int_equal(write(fd, line.data, line.length), line.length);
    close(fd);
}

/* A file of another type is the test's to look at. */
static void parse_body(struct api *api, struct api_reply *reply)
{
    const char *type = api_header(api, reply, "Content-Type");

    if (reply->body_length && type && strcmp(type, "application/json") == 0 &&
        !json_parse(&api->scope, reply->body, reply->body_length, &reply->json))
        unit_fail("%s: %s", api->scope.error.message, reply->body);
}

static void parse_head(struct api_reply *reply)
{
    int64_t status;

    assert_int_equal(strncmp(reply->head, "Status: ", 8), 0);
    assert_true(text_to_int(reply->head + 8, 3, &status));
    assert_true(status >= 200 && status <= 599);
    assert_int_equal(reply->head[11], ' ');
    reply->status = (int)status;
}

const struct api_reply *api_receive(struct api *api, const struct api_request *request,
                                    const char *answer, size_t length)
{
    struct api_reply *reply = arena_alloc(&api->scope.arena, sizeof *reply);
    const char *end = memmem(answer, length, "\r\n\r\n", 4);

    assert_non_null(reply);
    assert_non_null(end);
    reply->head = arena_copy(&api->scope.arena, answer, (size_t)(end - answer) + 2);
    reply->body = end + 4;
    reply->body_length = length - (size_t)(reply->body - answer);
    assert_non_null(reply->head);
    parse_head(reply);
    const char *id = api_header(api, reply, "X-Request-Id");

    assert_non_null(id);
    reply->line = api_log_find(api, id);
    reply->route = find_route(api, reply->line);
    parse_body(api, reply);
    api_check(api, request, reply);
    api_audit_check(api, request, reply);
    api_log_learn(api, request, reply);
    note_seen(reply);
    note_answer(api, request, reply);
    return reply;
}

const char *api_header(struct api *api, const struct api_reply *reply, const char *name)
{
    size_t length = strlen(name);

    for (const char *line = reply->head; *line; line = strstr(line, "\r\n") + 2) {
        if (strncasecmp(line, name, length) != 0 || strncmp(line + length, ": ", 2) != 0)
            continue;
        const char *value = line + length + 2;

        return api_format(api, "%.*s", (int)strcspn(value, "\r"), value);
    }
    return NULL;
}

static struct json_object *at(const struct api_reply *reply, const char *pointer)
{
    struct json_object *value = NULL;

    if (!reply->json || json_pointer_get(reply->json, pointer, &value) != 0)
        unit_fail("there is no %s in %d %s", pointer, reply->status, reply->body);
    return value;
}

static struct json_object *typed(const struct api_reply *reply, const char *pointer,
                                 enum json_type type)
{
    struct json_object *value = at(reply, pointer);

    if (!json_object_is_type(value, type))
        unit_fail("%s is of another type in %s", pointer, reply->body);
    return value;
}

int64_t api_int(const struct api_reply *reply, const char *pointer)
{
    return json_object_get_int64(typed(reply, pointer, json_type_int));
}

const char *api_text(const struct api_reply *reply, const char *pointer)
{
    return json_object_get_string(typed(reply, pointer, json_type_string));
}

bool api_bool(const struct api_reply *reply, const char *pointer)
{
    return json_object_get_boolean(typed(reply, pointer, json_type_boolean));
}

size_t api_count(const struct api_reply *reply, const char *pointer)
{
    return json_object_array_length(typed(reply, pointer, json_type_array));
}

const char *api_raw(const struct api_reply *reply, const char *pointer)
{
    struct json_object *value = at(reply, pointer);

    return value ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN) : "null";
}

const char *api_logged_text(const struct api_reply *reply, const char *name)
{
    struct json_object *value;

    if (!json_object_object_get_ex(reply->line, name, &value))
        return NULL;
    assert_true(json_object_is_type(value, json_type_string));
    return json_object_get_string(value);
}

bool api_has_logged(const struct api_reply *reply, const char *name)
{
    return json_object_object_get_ex(reply->line, name, NULL);
}

int64_t api_logged(const struct api_reply *reply, const char *name)
{
    struct json_object *value;

    if (!json_object_object_get_ex(reply->line, name, &value))
        unit_fail("the log line has no %s", name);
    assert_true(json_object_is_type(value, json_type_int));
    return json_object_get_int64(value);
}

void api_must_fail(const struct api_reply *reply, const char *code)
{
    if (strcmp(api_text(reply, "/error/code"), code) != 0)
        unit_fail("not %s, but %s", code, reply->body);
}

void api_must_refuse(const struct api_reply *reply, const char *field, const char *code)
{
    size_t count;

    api_must_fail(reply, "VALIDATION_ERROR");
    count = api_count(reply, "/error/details/errors");
    for (size_t i = 0; i < count; i++) {
        char pointer[64];

        snprintf(pointer, sizeof pointer, "/error/details/errors/%zu/field", i);
        if (strcmp(api_text(reply, pointer), field) != 0)
            continue;
        snprintf(pointer, sizeof pointer, "/error/details/errors/%zu/code", i);
        if (strcmp(api_text(reply, pointer), code) == 0)
            return;
    }
    unit_fail("%s is not refused as %s: %s", field, code, reply->body);
}

void api_must_hold(struct api *api, const struct api_reply *reply, const char *object)
{
    struct json_object *members;

    assert_true(json_parse(&api->scope, object, strlen(object), &members));
    json_object_object_foreach(members, name, value)
    {
        const char *pointer = api_format(api, "/data/%s", name);
        const char *wanted =
            value ? json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN) : "null";

        if (strcmp(api_raw(reply, pointer), wanted) != 0)
            unit_fail("%s is %s, not %s", name, api_raw(reply, pointer), wanted);
    }
}
