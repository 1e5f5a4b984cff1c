/* instance_parts.c - looks into a running instance: its workers, its database, its logs */
#include "instance.h"

#include "keel/core/clock.h"
#include "keel/core/json.h"

#include "process.h"
#include "unit.h"
#include "worker.h"

#include <ctype.h>
#include <dirent.h>
#include <glob.h>
#include <json-c/json.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_WAIT_US 3000000

/*
 * The parent of a process, from /proc/PID/stat, where its name may hold blanks and parentheses; 0
 * when it has ended.
 */
static long parent_of(const char *pid)
{
    char path[64];
    char line[512] = "";
    FILE *stream;

    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    stream = fopen(path, "re");
    if (!stream)
        return 0;
    if (!fgets(line, sizeof line, stream))
        line[0] = '\0';
    fclose(stream);
    const char *end = strrchr(line, ')');

    /* ") S 4711 ..." */
    return end && strlen(end) > 4 && end[2] != 'Z' ? strtol(end + 4, NULL, 10) : 0;
}

static long watcher_of(const struct instance *instance, const char *pool)
{
    char path[160];
    char line[64] = "";

    snprintf(path, sizeof path, "%s/state/%s.pid", instance->var, pool);
    FILE *stream = fopen(path, "re");

    if (!stream)
        return 0;
    if (!fgets(line, sizeof line, stream))
        line[0] = '\0';
    fclose(stream);
    return strtol(line, NULL, 10);
}

static size_t pool_pids(const struct instance *instance, const char *pool, pid_t *pids)
{
    long watcher = watcher_of(instance, pool);
    DIR *folder = watcher ? opendir("/proc") : NULL;
    size_t count = 0;

    if (!folder)
        return 0;
    for (struct dirent *entry; count < INSTANCE_WORKERS_MAX && (entry = readdir(folder)) != NULL;) {
        if (isdigit((unsigned char)entry->d_name[0]) && parent_of(entry->d_name) == watcher)
            pids[count++] = (pid_t)strtol(entry->d_name, NULL, 10);
    }
    closedir(folder);
    return count;
}

size_t instance_worker_pids(const struct instance *instance, pid_t *pids)
{
    return pool_pids(instance, "workers", pids);
}

size_t instance_auth_pids(const struct instance *instance, pid_t *pids)
{
    return pool_pids(instance, "auth", pids);
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

static const char *mode_of(const char *command)
{
    if (strcmp(command, "start") == 0)
        return "";
    return strcmp(command, "crash") == 0 ? "-m immediate" : "-m fast";
}

void instance_database(struct instance *instance, const char *command)
{
    struct arena *arena = &instance->scope.arena;
    const char *const none[] = {NULL};
    struct process_output output = {.status = -1};
    glob_t found = {0};

    assert_int_equal(glob("/usr/lib/postgresql/*/bin/pg_ctl", 0, NULL, &found), 0);
    const char *text = arena_format(
        arena,
        "cd / && exec %s '%s' -D '%s/pg' %s %s -s -w -l '%s/log/postgresql.log' -o \"-c "
        "unix_socket_directories='%s/run/db'\"",
        getuid() == 0 ? "setpriv --reuid postgres --regid postgres --init-groups --" : "",
        found.gl_pathv[found.gl_pathc - 1], instance->var,
        strcmp(command, "crash") == 0 ? "restart" : command, mode_of(command), instance->var,
        instance->var);
    const char *const arguments[] = {"/bin/bash", "-c", text, NULL};

    globfree(&found);
    assert_true(process_run(arena, arguments, process_environment(arena, none), NULL, &output));
    if (output.status != 0)
        unit_fail("pg_ctl %s: %s%s", command, output.out, output.err);
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

const char *instance_ask(struct instance *instance, const char *statement)
{
    PGconn *connection = PQconnectdb(instance_setting(instance, "KEEL_MIGRATION_DATABASE_URL"));
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

/* Both logs write the member so; the id has no character that JSON escapes. */
static const char *find_line(const char *text, const char *request_id, size_t *length)
{
    char wanted[128];

    snprintf(wanted, sizeof wanted, "\"request_id\":\"%s\"", request_id);
    const char *found = strstr(text, wanted);

    if (!found || !strchr(found, '\n'))
        return NULL;
    while (found > text && found[-1] != '\n')
        found--;
    *length = strcspn(found, "\n");
    return found;
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
