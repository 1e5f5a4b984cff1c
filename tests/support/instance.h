/* instance.h - a whole Keel of a test's own, started and stopped by deploy/local/instance */
#ifndef KEEL_TESTS_SUPPORT_INSTANCE_H
#define KEEL_TESTS_SUPPORT_INSTANCE_H

#include "folder.h"
#include "keel/core/scope.h"

#include <sys/types.h>

#define INSTANCE_WORKERS_MAX  16
#define INSTANCE_AUTH_WORKERS 1 /* unless KEEL_AUTH_WORKERS says otherwise */

struct json_object;
struct pg_conn;

struct instance {
    char folder[FOLDER_PATH_SIZE];
    char var[FOLDER_PATH_SIZE + 8];
    char programs[256]; /* folder of api and keelctl, from KEEL_PROGRAMS */
    char script[256];
    int port;
    int workers;
    pid_t keeper;             /* stops the instance when this process ends, however it ends */
    int keeper_pipe;          /* held open for as long as the instance shall live */
    const char *database_url; /* where the test itself asks; NULL: KEEL_MIGRATION_DATABASE_URL */
    struct scope scope;       /* owns whatever the functions below return */
};

/*
 * Starts one on a free port, with demo data and the accounts of `make up`. `settings` is a
 * NULL-terminated list of "KEEL_NAME=value". The test fails where it does not come up.
 */
void instance_start(struct instance *instance, int workers, const char *const *settings);

/* Stops it and removes its folder. Claim: nothing is left. */
bool instance_stop(struct instance *instance);

/* Has the workers take other settings, as `make up` does with an environment that changed. */
void instance_configure(struct instance *instance, const char *const *settings);

/* A port of 127.0.0.1 that nobody has, for another server of the test's. */
int instance_find_port(void);

/*
 * Runs another command of deploy/local/instance. Claim: it succeeded; else what it said is printed.
 * From any thread.
 */
bool instance_run(const struct instance *instance, const char *command);

/*
 * The processes of the workers, and of those for /api/auth/; returns how many there are, at most
 * INSTANCE_WORKERS_MAX.
 */
size_t instance_worker_pids(const struct instance *instance, pid_t *pids);
size_t instance_auth_pids(const struct instance *instance, pid_t *pids);

/* Claim: the very same workers (not those for /api/auth/) still serve. */
bool instance_has_workers(const struct instance *instance, const pid_t *pids, size_t count);

/* How many processes run the instance's program, workers and others. */
size_t instance_count_programs(const struct instance *instance);

/* The process recorded for a part of it: "workers", "auth", "nginx"; 0: none. */
pid_t instance_pid(const struct instance *instance, const char *part);

/* pg_ctl of the instance's cluster: "start", "stop", "stop -m immediate", "restart". */
void instance_database(struct instance *instance, const char *command);

/* A connection as the schema's owner, perhaps a failed one; the caller finishes it. */
struct pg_conn *instance_connect(struct instance *instance);

/* A statement of the schema's owner; its first value, "" for none. */
const char *instance_ask(struct instance *instance, const char *statement);

/* A setting of the instance's keel.env, e.g. "KEEL_MIGRATION_DATABASE_URL". */
const char *instance_setting(struct instance *instance, const char *name);

/* A file of the instance's state folder: "log/keel/keel.log". "" while there is none. */
const char *instance_read(struct instance *instance, const char *name);

/*
 * The line that the program's log has about the request with this id; waits for it up to 3 s, as it
 * is written behind the answer. NULL: there is none.
 */
struct json_object *instance_logged(struct instance *instance, const char *request_id);

/* The same of nginx's access log. */
struct json_object *instance_logged_by_nginx(struct instance *instance, const char *request_id);

#endif
