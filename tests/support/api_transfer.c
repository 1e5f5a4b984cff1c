/* api_transfer.c - a request as CGI variables, sent through the program; several at once too */
#include "api_parts.h"

#include "keel/middleware/pipeline.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define VARIABLE_MAX 2048
#define RACE_MAX     64
#define ANSWER_SIZE  16384

struct variables {
    struct scope *scope;
    char *list[VARIABLE_MAX + 1];
    size_t count;
};

static void add_variable(struct variables *variables, const char *name, const char *value)
{
    if (value && variables->count < VARIABLE_MAX)
        variables->list[variables->count++] = scope_format(variables->scope, "%s%s", name, value);
}

static size_t body_length(const struct api_request *request)
{
    if (!request->body)
        return 0;
    return request->body_length ? request->body_length : strlen(request->body);
}

static const char *length_text(struct scope *scope, const struct api_request *request)
{
    if (request->content_length)
        return request->content_length;
    return request->body ? scope_format(scope, "%zu", body_length(request)) : NULL;
}

static void add_usual(struct variables *variables, const struct api_request *request)
{
    struct scope *scope = variables->scope;
    const char *question = strchr(request->target, '?');
    const char *type = request->content_type;

    if (!type && request->body)
        type = "application/json";
    add_variable(variables, "REQUEST_METHOD=", request->method ? request->method : "GET");
    add_variable(variables, "REQUEST_URI=", request->target);
    add_variable(variables, "QUERY_STRING=", question ? question + 1 : "");
    add_variable(variables, "SERVER_PROTOCOL=", "HTTP/1.1");
    add_variable(variables, "REMOTE_ADDR=", API_ADDRESS);
    add_variable(variables, "CONTENT_TYPE=", type);
    add_variable(variables, "CONTENT_LENGTH=", length_text(scope, request));
    if (request->token)
        add_variable(variables, "HTTP_AUTHORIZATION=Bearer ", request->token);
}

bool api_prepare(struct scope *scope, const struct api_request *request,
                 struct memory_transport *memory)
{
    struct variables *variables = scope_alloc(scope, sizeof *variables);

    if (!variables)
        return false;
    variables->scope = scope;
    for (const char *const *variable = request->variables; variable && *variable; variable++)
        add_variable(variables, *variable, "");
    if (!request->bare)
        add_usual(variables, request);
    memory_transport_init(memory, variables->list, request->body ? request->body : "",
                          body_length(request), &scope->arena);
    if (request->break_at)
        memory->break_at = *request->break_at;
    return scope->error.kind == ERR_NONE && buffer_reserve(&memory->answer, ANSWER_SIZE);
}

const char *api_transfer(struct app *app, struct scope *scope, const struct api_request *request,
                         size_t *length)
{
    struct memory_transport memory;

    if (!api_prepare(scope, request, &memory))
        return NULL;
    api_serve(app, &memory.transport);
    *length = memory.answer.length;
    return memory.answer.data;
}

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t count = write(fd, bytes, length);

        if (count <= 0)
            return false;
        bytes += count;
        length -= (size_t)count;
    }
    return true;
}

/*
 * Runs in the forked process: no assertion may come here, as it would jump into the parent's test.
 */
static bool serve_in_child(struct api *api, const struct api_request *request, int go, int out)
{
    struct app app = api->app;
    struct scope scope;
    size_t length = 0;
    char byte;

    scope_begin(&scope, &app.config, NULL, NULL);
    if (!db_open(&scope, api->url, &app.db))
        return false;
    scope.db = app.db;
    /* Connected first, so that all begin at the same moment: when the parent closes `go`. */
    if (!db_ensure(&scope) || !write_all(out, "r", 1) || read(go, &byte, 1) != 0)
        return false;
    const char *answer = api_transfer(&app, &scope, request, &length);

    return answer && write_all(out, answer, length);
}

struct child {
    pid_t pid;
    int out;
};

static struct child start_child(struct api *api, const struct api_request *request, const int go[2])
{
    struct child child;
    int out[2];

    assert_int_equal(pipe(out), 0);
    child.pid = fork();
    assert_true(child.pid >= 0);
    if (child.pid == 0) {
        close(go[1]);
        close(out[0]);
        _exit(serve_in_child(api, request, go[0], out[1]) ? 0 : 1);
    }
    close(out[1]);
    child.out = out[0];
    return child;
}

static const char *read_all(struct api *api, int fd, size_t *length)
{
    struct buffer text;
    ssize_t count;

    buffer_init(&text, &api->scope.arena);
    do {
        assert_true(buffer_reserve(&text, 4096));
        count = read(fd, text.data + text.length, 4096);
        assert_true(count >= 0);
        text.length += (size_t)count;
    } while (count > 0);
    text.data[text.length] = '\0';
    *length = text.length;
    return text.data;
}

void api_race(struct api *api, const struct api_request *requests, size_t count,
              const struct api_reply **replies)
{
    struct child children[RACE_MAX];
    int go[2], status;
    char byte;

    assert_true(count <= RACE_MAX);
    assert_int_equal(pipe(go), 0);
    for (size_t i = 0; i < count; i++)
        children[i] = start_child(api, &requests[i], go);
    close(go[0]);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(read(children[i].out, &byte, 1), 1);
    close(go[1]);
    for (size_t i = 0; i < count; i++) {
        size_t length;
        const char *answer = read_all(api, children[i].out, &length);

        close(children[i].out);
        assert_int_equal(waitpid(children[i].pid, &status, 0), children[i].pid);
        assert_int_equal(status, 0);
        replies[i] = api_receive(api, &requests[i], answer, length);
    }
    api_log_advance(api);
}
