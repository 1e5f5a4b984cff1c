/* cgi.c - runs an instance's program as plain CGI */
#include "cgi.h"

#include "keel/core/json.h"
#include "keel/core/text.h"

#include "unit.h"

#include <string.h>

#define VARIABLES_MAX 40

/* "Status: 200 OK" and the headers become what http_problem() and http_header() read. */
static void parse(struct site *site, struct cgi_reply *reply)
{
    struct http *http = &site->http;
    const char *out = reply->output.out;
    const char *end = strstr(out, "\r\n\r\n");
    int64_t status = 0;

    if (!end || strncmp(out, "Status: ", 8) != 0 || !text_to_int(out + 8, 3, &status))
        unit_fail("no CGI answer: %s %s", out, reply->output.err);
    reply->http.status = (int)status;
    reply->http.head = arena_copy(&http->scope.arena, out, (size_t)(end - out) + 2);
    reply->http.body = end + 4;
    reply->http.body_length = reply->output.out_length - (size_t)(reply->http.body - out);
    if (reply->http.body_length &&
        !json_parse(&http->scope, reply->http.body, reply->http.body_length, &reply->http.json))
        unit_fail("%s in %s", http->scope.error.message, reply->http.body);
}

static const char *find(const char *const *variables, const char *name)
{
    size_t length = strlen(name);

    for (; *variables; variables++) {
        if (strncmp(*variables, name, length) == 0 && (*variables)[length] == '=')
            return *variables + length + 1;
    }
    return NULL;
}

const struct cgi_reply *cgi_call_bare(struct site *site, int exit_status,
                                      const char *const *variables, const char *body)
{
    struct http *http = &site->http;
    struct cgi_reply *reply = arena_alloc(&http->scope.arena, sizeof *reply);
    const char *const arguments[] = {http_format(http, "%s/bin/api", site->instance.var), NULL};
    const struct process_input input = {body, body ? strlen(body) : 0};
    const char *method = find(variables, "REQUEST_METHOD");

    assert_non_null(reply);
    assert_true(process_run(&http->scope.arena, arguments, variables, &input, &reply->output));
    if (reply->output.status != exit_status)
        unit_fail("exit %d: %s%s", reply->output.status, reply->output.out, reply->output.err);
    parse(site, reply);
    const char *problem = http_problem(http, method ? method : "GET", &reply->http);

    if (problem)
        unit_fail("%s: %s", problem, reply->output.out);
    return reply;
}

const struct cgi_reply *cgi_call(struct site *site, const char *const *variables, const char *body)
{
    static const char *const usual[] = {"GATEWAY_INTERFACE=CGI/1.1", "SERVER_PROTOCOL=HTTP/1.1",
                                        "REQUEST_METHOD=GET",        "REQUEST_URI=/api/health",
                                        "REMOTE_ADDR=192.0.2.1",     "SCRIPT_NAME=/api"};
    const char *all[VARIABLES_MAX] = {0};
    size_t count = 0;

    all[count++] = http_format(&site->http, "KEEL_CONFIG=%s/worker.env", site->instance.var);
    while (*variables && count < VARIABLES_MAX - COUNT(usual) - 1)
        all[count++] = *variables++;
    assert_null(*variables);
    /* The first of duplicates counts. */
    for (size_t i = 0; i < COUNT(usual); i++)
        all[count++] = usual[i];
    return cgi_call_bare(site, 0, all, body);
}
