/* doctor_limits.c - what the web server and the program must agree on: body limits, who asks */
#include "doctor_http.h"

#include "keel/core/json.h"
#include "keel/core/random.h"
#include "keel/routes/modules.h"
#include "program.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A larger body would take long to send. */
#define BODY_MAX (INT64_C(64) * 1024 * 1024)

/* An address for documents (RFC 5737), which no client has. */
#define FORGED "203.0.113.7"

#define LOG_END_SIZE ((long)256 * 1024)
#define LOG_LOOKS    10

/* What was asked of the web server: `length` bytes, and one more. */
struct limit {
    int64_t length;
    const char *what; /* "body" */
    const char *mend; /* a line that makes it the program's */
    long taken;       /* the status of what passes, beside the program's 401 */
    struct answer most, more;
};

static bool is_taken(const struct limit *limit, const struct answer *answer)
{
    return answer->status == 401 || answer->status == limit->taken;
}

static void judge(struct doctor *doctor, const struct limit *limit)
{
    if (limit->most.status == 413)
        doctor_error(doctor, limit->mend,
                     "The web server refuses a %s of %" PRId64 " bytes, which the program takes.",
                     limit->what, limit->length);
    else if (!is_taken(limit, &limit->most))
        doctor_error(doctor, limit->mend, "A %s of %" PRId64 " bytes is answered with %ld.",
                     limit->what, limit->length, limit->most.status);
    else if (is_taken(limit, &limit->more))
        doctor_warn(doctor, limit->mend,
                    "The web server lets a %s through that the program refuses: of more than "
                    "%" PRId64 " bytes.",
                    limit->what, limit->length);
    else if (limit->more.status != 413 || !limit->more.is_envelope)
        doctor_warn(doctor, limit->mend, "A %s of %" PRId64 " bytes is answered with %ld%s.",
                    limit->what, limit->length + 1, limit->more.status,
                    limit->more.is_envelope ? "" : ", not in the envelope");
    else
        doctor_ok(doctor, "A %s of %" PRId64 " bytes passes, one byte more does not.", limit->what,
                  limit->length);
}

/*
 * Of somebody who is not signed in: the program says 401 without looking at the body, so a 413 is
 * the web server's.
 */
static bool send_body(struct doctor *doctor, int64_t length, struct answer *answer)
{
    const struct question question = {
        .method = "POST", .path = "/auth/logout", .body_length = length};

    return doctor_ask(doctor, &question, answer);
}

void doctor_check_body(struct doctor *doctor)
{
    int64_t length = doctor->cli->config.max_body_bytes;
    struct limit limit = {.length = length, .what = "body", .taken = 401};

    if (!doctor_is_served(doctor))
        return;
    if (length > BODY_MAX) {
        doctor_skip(doctor, "A body of %" PRId64 " bytes is too large to be tried.", length);
        return;
    }
    limit.mend = doctor_text(doctor,
                             "nginx: nginx/render --max-body=%" PRId64
                             " ... and nginx -s reload; Apache: Define keel_max_body %" PRId64,
                             length, length);
    if (send_body(doctor, length, &limit.most) && send_body(doctor, length + 1, &limit.more))
        judge(doctor, &limit);
}

/* Where a file can be imported to; NULL: nowhere. */
static const char *find_upload_path(void)
{
    for (size_t i = 0; i < keel_modules.count; i++) {
        const struct module *module = keel_modules.list[i];

        for (size_t j = 0; j < module->route_count; j++) {
            if (module->routes[j].uploads && !strchr(module->routes[j].path, '{'))
                return module->routes[j].path;
        }
    }
    return NULL;
}

/*
 * A file may be larger than anybody would send to try: it is announced. A web server that would
 * take it says 100, or hands the request on, and the program says 401.
 */
static bool announce(struct doctor *doctor, int64_t length, struct answer *answer)
{
    const struct question question = {
        .method = "POST", .path = find_upload_path(), .announced_length = length};

    return doctor_ask(doctor, &question, answer);
}

void doctor_check_upload(struct doctor *doctor)
{
    const struct config *config = &doctor->cli->config;
    int64_t length = config->max_upload_bytes;
    struct limit limit = {.length = length, .what = "file", .taken = 100};

    if (!doctor_is_served(doctor))
        return;
    if (!find_upload_path() || *config->upload_folder == '\0') {
        doctor_skip(doctor, "No files to import are taken in.");
        return;
    }
    limit.mend = doctor_text(doctor,
                             "nginx: nginx/render --max-upload=%" PRId64
                             " ... and nginx -s reload; Apache: Define keel_max_upload %" PRId64,
                             length, length);
    if (!announce(doctor, length, &limit.most) || !announce(doctor, length + 1, &limit.more))
        return;
    if (limit.most.status == 0 || limit.more.status == 0)
        doctor_skip(doctor, "The web server does not say whether it would take a file.");
    else
        judge(doctor, &limit);
}

/* The end of a log file, or of the journal; NULL where neither can be read. */
static const char *read_log(struct doctor *doctor)
{
    static const char *const words[] = {
        "journalctl", "--quiet", "--output=cat", "--since=-2min", "--unit=keel-worker@*", NULL};
    const char *path = doctor->cli->config.log;
    const char *text;
    int status;

    if (*path != '/') {
        bool is_journal = access("/run/systemd/system", F_OK) == 0 &&
                          program_read(doctor->scope, words, &text, &status) && status == 0;

        scope_clear_error(doctor->scope);
        return is_journal ? text : NULL;
    }
    FILE *stream = fopen(path, "re");
    struct buffer out;

    if (!stream)
        return NULL;
    buffer_init(&out, &doctor->scope->arena);
    if (fseek(stream, -LOG_END_SIZE, SEEK_END) != 0)
        rewind(stream);
    if (buffer_reserve(&out, (size_t)LOG_END_SIZE + 1)) {
        out.length = fread(out.data, 1, (size_t)LOG_END_SIZE, stream);
        out.data[out.length] = '\0';
    }
    fclose(stream);
    return out.data;
}

/* Whom the line of this request names as its client; NULL: there is no such line. */
static const char *find_client(struct doctor *doctor, const char *log, const char *id)
{
    const char *at = log ? strstr(log, id) : NULL;
    struct json_object *line = NULL, *client = NULL;

    if (!at)
        return NULL;
    while (at > log && at[-1] != '\n')
        at--;
    bool read = json_parse(doctor->scope, at, strcspn(at, "\n"), &line);

    scope_clear_error(doctor->scope);
    if (!read || !json_object_is_type(line, json_type_object) ||
        !json_object_object_get_ex(line, "client", &client))
        return NULL;
    return json_object_get_string(client);
}

/* The line is written after the answer, so it may need a moment. */
static const char *wait_for_client(struct doctor *doctor, const char *id)
{
    const char *log = read_log(doctor);
    const char *client = find_client(doctor, log, id);

    for (int i = 0; i < LOG_LOOKS && log && !client; i++) {
        usleep(50000);
        log = read_log(doctor);
        client = find_client(doctor, log, id);
    }
    return client;
}

void doctor_check_client(struct doctor *doctor)
{
    char id[33] = "";

    if (!doctor_is_served(doctor) || !random_hex(id, 16))
        return;
    const struct question question = {
        .path = "/version",
        .headers = {"X-Forwarded-For: " FORGED, doctor_text(doctor, "X-Request-Id: %s", id)}};
    struct answer answer;

    if (!doctor_ask(doctor, &question, &answer))
        return;
    const char *client = wait_for_client(doctor, id);

    if (!client)
        doctor_skip(doctor, "The log that would tell cannot be read from here; ask as root.");
    else if (strcmp(client, FORGED) == 0)
        doctor_error(doctor, doctor_setting(doctor, "KEEL_TRUSTED_PROXIES", ""),
                     "Who sends X-Forwarded-For from here is believed: %s lists where this request "
                     "came from. Right only for the address of a proxy that sets it anew.",
                     doctor->cli->config.trusted_proxies);
    else
        doctor_ok(doctor, "A forged X-Forwarded-For is not believed; this request came from %s.",
                  client);
}
