/* standby.c - the primary is lost, and its synchronous standby is promoted */
#include "faults.h"

#include "keel/core/clock.h"

#include "support/unit.h"
#include "support/worker.h"

#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_US 30000000

/* For so long the standby takes nothing before the primary goes. */
#define LAG_MS 400

/* Where the parts of it lie. */
struct places {
    const char *primary; /* data folders, and folders of sockets */
    const char *primary_run;
    const char *standby;
    const char *standby_run;
};

static const char *below(struct trial *trial, const char *name)
{
    struct instance *instance = trial_instance(trial);

    return arena_format(&instance->scope.arena, "%s/%s", instance->var, name);
}

static struct places find_places(struct trial *trial)
{
    return (struct places){.primary = below(trial, "pg"),
                           .primary_run = below(trial, "run/db"),
                           .standby = below(trial, "standby"),
                           .standby_run = below(trial, "standby-run")};
}

/* In front of what a file holds, or behind it; the file stays its owner's. */
static void add_line(const char *path, const char *line, bool in_front)
{
    static char text[65536];
    FILE *stream = fopen(path, "r+e");

    assert_non_null(stream);
    size_t length = fread(text, 1, sizeof text, stream);

    assert_true(length > 0 && length < sizeof text);
    if (in_front)
        rewind(stream);
    fputs(line, stream);
    if (in_front)
        assert_int_equal(fwrite(text, 1, length, stream), length);
    assert_int_equal(fclose(stream), 0);
}

/* A folder of PostgreSQL's user. */
static void make_folder(const char *path, const char *neighbour, mode_t mode)
{
    struct stat owner;

    assert_int_equal(stat(neighbour, &owner), 0);
    assert_int_equal(mkdir(path, mode), 0);
    assert_int_equal(chmod(path, mode), 0);
    assert_int_equal(chown(path, owner.st_uid, owner.st_gid), 0);
}

/* A copy of the running primary, which follows it under the name that the primary waits for. */
static void start_standby(struct trial *trial, const struct places *places)
{
    struct http *http = &(*trial->site)->http;

    make_folder(places->standby, places->primary, 0700);
    make_folder(places->standby_run, places->primary, 0755);
    postmaster_run("pg_basebackup",
                   http_format(http,
                               "-D '%s' -R -X stream -c fast "
                               "-d \"host='%s' user=postgres application_name=keel\"",
                               places->standby, places->primary_run));
    trial->standby = postmaster_start(
        http_format(http, "-D '%s' -c unix_socket_directories='%s' >'%s/log' 2>&1 </dev/null",
                    places->standby, places->standby_run, places->standby_run));
}

/* Waits until commits of the primary wait for the standby. */
static void wait_synchronous(struct trial *trial, const struct places *places)
{
    static const char question[] = "SELECT FROM pg_stat_replication WHERE sync_state = 'sync'";
    PGconn *connection = PQconnectdb(
        http_format(&(*trial->site)->http, "host='%s' user=postgres", places->primary_run));
    int64_t deadline = clock_monotonic_us() + WAIT_US;
    bool is_there = false;

    while (!is_there && clock_monotonic_us() < deadline) {
        PGresult *rows = PQexec(connection, question);

        is_there = PQntuples(rows) == 1;
        PQclear(rows);
        sleep_ms(20);
    }
    if (!is_there)
        print_error("%s", PQerrorMessage(connection));
    PQfinish(connection);
    assert_true(is_there);
}

const char *standby_begin(struct trial *trial)
{
    struct instance *instance = trial_instance(trial);
    const struct places places = find_places(trial);

    /* For who copies, and who asks whether the copy is up to date: in a folder of this test's. */
    add_line(below(trial, "pg/pg_hba.conf"),
             "local replication postgres trust\nlocal all postgres trust\n", true);
    instance_database(instance, "reload");
    start_standby(trial, &places);
    add_line(below(trial, "pg/postgresql.conf"), "synchronous_standby_names = 'keel'\n", false);
    instance_database(instance, "reload");
    wait_synchronous(trial, &places);
    const char *const settings[] = {
        arena_format(&instance->scope.arena,
                     "KEEL_DATABASE_URL=%s host='%s,%s' target_session_attrs=read-write",
                     instance_setting(instance, "KEEL_DATABASE_URL"), places.primary_run,
                     places.standby_run),
        NULL};

    trial_configure(trial, settings);
    return NULL;
}

/* Much of what the primary has written is on no other disk then, and must not have been told. */
void standby_take_over(struct trial *trial)
{
    struct instance *instance = trial_instance(trial);
    const struct places places = find_places(trial);
    pid_t receiver = postmaster_child(places.standby, "walreceiver");

    assert_true(receiver > 0);
    assert_int_equal(kill(receiver, SIGSTOP), 0);
    sleep_ms(LAG_MS);
    postmaster_kill(places.primary);
    assert_int_equal(kill(receiver, SIGCONT), 0);
    trial_mended(trial);
    postmaster_run("pg_ctl", http_format(&(*trial->site)->http, "promote -D '%s' -s -w -t 30",
                                         places.standby));
    instance->database_url =
        arena_format(&instance->scope.arena, "%s host='%s'",
                     instance_setting(instance, "KEEL_MIGRATION_DATABASE_URL"), places.standby_run);
}

void standby_end(struct trial *trial)
{
    if (trial->standby <= 0)
        return;
    kill(trial->standby, SIGQUIT);
    waitpid(trial->standby, NULL, 0);
    trial->standby = 0;
}
