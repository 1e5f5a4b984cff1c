/* instance_parts.c - looks into a running instance: its workers, its database, its logs */
#include "instance.h"

#include "keel/core/clock.h"
#include "keel/core/json.h"

#include "family.h"
#include "postmaster.h"
#include "unit.h"
#include "worker.h"

#include <glob.h>
#include <json-c/json.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#define LOG_WAIT_US 3000000

pid_t instance_pid(const struct instance *instance, const char *part)
{
    char path[160];

    snprintf(path, sizeof path, "%s/state/%s.pid", instance->var, part);
    return family_recorded(path);
}

size_t instance_worker_pids(const struct instance *instance, pid_t *pids)
{
    return family_children(instance_pid(instance, "workers"), pids, INSTANCE_WORKERS_MAX);
}

size_t instance_auth_pids(const struct instance *instance, pid_t *pids)
{
    return family_children(instance_pid(instance, "auth"), pids, INSTANCE_WORKERS_MAX);
}

bool instance_has_workers(const struct instance *instance, const pid_t *pids, size_t count)
{
    pid_t now[INSTANCE_WORKERS_MAX];
    size_t same = 0;
    size_t alive = instance_worker_pids(instance, now);

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < alive; k++)
            same += pids[i] == now[k];
    }
    return alive == count && same == count;
}

/* By their command lines: a process that is not dumpable hides its exe even from its own user. */
size_t instance_count_programs(const struct instance *instance)
{
    char wanted[160];
    glob_t found = {0};
    size_t count = 0;

    snprintf(wanted, sizeof wanted, "%s/bin/api", instance->var);
    assert_int_equal(glob("/proc/[0-9]*/cmdline", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char words[256] = "";
        FILE *stream = fopen(found.gl_pathv[i], "re");

        if (!stream)
            continue;
        words[fread(words, 1, sizeof words - 1, stream)] = '\0';
        fclose(stream);
        count += strcmp(words, wanted) == 0;
    }
    globfree(&found);
    return count;
}

void instance_database(struct instance *instance, const char *command)
{
    const char *var = instance->var;

    postmaster_run("pg_ctl",
                   arena_format(&instance->scope.arena,
                                "-D '%s/pg' %s -s -w -t 60 -l '%s/log/postgresql.log' -o \"-c "
                                "unix_socket_directories='%s/run/db'\"",
                                var, command, var, var));
}

const char *instance_setting(struct instance *instance, const char *name)
{
    size_t length = strlen(name);
    const char *line = instance_read(instance, "keel.env");

    while (line && !(strncmp(line, name, length) == 0 && line[length] == '=')) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    assert_non_null(line);
    line += length + 1;
    return arena_copy(&instance->scope.arena, line, strcspn(line, "\n"));
}

PGconn *instance_connect(struct instance *instance)
{
    const char *url = instance->database_url
                          ? instance->database_url
                          : instance_setting(instance, "KEEL_MIGRATION_DATABASE_URL");
    PGconn *connection = PQconnectdb(url);

    if (PQstatus(connection) != CONNECTION_OK)
        print_error("%s", PQerrorMessage(connection));
    return connection;
}

const char *instance_ask(struct instance *instance, const char *statement)
{
    PGconn *connection = instance_connect(instance);
    PGresult *result = PQexec(connection, statement);
    bool done =
        PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK;
    const char *value = done && PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";

    value = arena_copy(&instance->scope.arena, value, strlen(value));
    if (!done)
        print_error("%s: %s\n", statement, PQerrorMessage(connection));
    PQclear(result);
    PQfinish(connection);
    assert_true(done);
    return value;
}

const char *instance_read(struct instance *instance, const char *name)
{
    char path[256];
    char part[8192];
    struct buffer text;
    size_t count;

    buffer_init(&text, &instance->scope.arena);
    buffer_add(&text, "", 0);
    snprintf(path, sizeof path, "%s/%s", instance->var, name);
    FILE *stream = fopen(path, "re");

    if (!stream)
        return "";
    while ((count = fread(part, 1, sizeof part, stream)) > 0)
        buffer_add(&text, part, count);
    fclose(stream);
    assert_false(text.failed);
    return text.data ? text.data : "";
}

/*
 * Both logs write the member so; the id has no character that JSON escapes. Other lines, such as
 * that of a slow query, have it as well, but no status.
 */
static const char *find_line(const char *text, const char *request_id, size_t *length)
{
    char wanted[128];
    const char *end;

    snprintf(wanted, sizeof wanted, "\"request_id\":\"%s\"", request_id);
    for (const char *at = strstr(text, wanted); at && (end = strchr(at, '\n'));
         at = strstr(end, wanted)) {
        while (at > text && at[-1] != '\n')
            at--;
        *length = (size_t)(end - at);
        if (memmem(at, *length, "\"status\":", strlen("\"status\":")))
            return at;
    }
    return NULL;
}

static struct json_object *find_logged(struct instance *instance, const char *name,
                                       const char *request_id)
{
    int64_t deadline = clock_monotonic_us() + LOG_WAIT_US;

    do {
        struct json_object *json;
        size_t length;
        const char *line = find_line(instance_read(instance, name), request_id, &length);

        if (line) {
            if (!json_parse(&instance->scope, line, length, &json))
                unit_fail("%s in %.*s", instance->scope.error.message, (int)length, line);
            return json;
        }
        sleep_ms(30);
    } while (clock_monotonic_us() < deadline);
    return NULL;
}

struct json_object *instance_logged(struct instance *instance, const char *request_id)
{
    return find_logged(instance, "log/keel/keel.log", request_id);
}

struct json_object *instance_logged_by_nginx(struct instance *instance, const char *request_id)
{
    return find_logged(instance, "log/nginx-access.log", request_id);
}
