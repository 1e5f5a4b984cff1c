/* connect.c - opening the connection: at once, or step by step while others are served */
#include "connection.h"

#include "keel/core/clock.h"
#include "keel/core/config.h"
#include "keel/core/metrics.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* After a failed attempt, requests are told at once instead of each trying anew. */
#define RETRY_PAUSE_US 250000

/* Nobody waits for what is opened step by step. Three hosts that are off leave time for a fourth.
 */
#define APPROACH_PAUSE_US  1000000
#define APPROACH_DEADLINES 4

#define PARAMETER_COUNT 7

/* As libpq takes them; the last of each is NULL. */
struct parameters {
    const char *keywords[PARAMETER_COUNT + 1];
    const char *values[PARAMETER_COUNT + 1];
};

/*
 * Session settings travel in the startup packet, so that connecting stays one exchange. A
 * transaction pooler refuses them there and would leak a SET to the next client; transaction.c says
 * them with SET LOCAL instead.
 */
static const char *session_options(struct scope *scope)
{
    const struct config *config = scope->config;

    if (!config->db_prepared)
        return "";
    return scope_format(
        scope,
        "-c timezone=UTC -c datestyle=ISO -c statement_timeout=%lld -c lock_timeout=%lld "
        "-c idle_in_transaction_session_timeout=%lld",
        (long long)config->db_statement_timeout_ms, (long long)config->db_lock_timeout_ms,
        (long long)config->db_idle_transaction_timeout_ms);
}

static bool fill_parameters(struct scope *scope, struct parameters *parameters)
{
    const struct config *config = scope->config;

    if (!*scope->db->url)
        return fail(scope, ERR_UNAVAILABLE, "No database is configured");
    /*
     * libpq names no connection keyword for these two, only variables; poolers keep track of both.
     */
    if (setenv("PGTZ", "UTC", 1) != 0 || setenv("PGDATESTYLE", "ISO", 1) != 0)
        return fail_memory(scope);
    *parameters = (struct parameters){
        {"dbname", "options", "connect_timeout", "tcp_user_timeout", "client_encoding",
         "fallback_application_name", "keepalives_idle"},
        {scope->db->url, session_options(scope), param_int(scope, config->db_connect_timeout_s),
         param_int(scope, config->db_deadline_ms), "UTF8", "keel", "30"}};
    return scope->error.kind == ERR_NONE;
}

/* Makes a connection that is there ours. */
static bool adopt(struct db *db)
{
    if (PQsetnonblocking(db->connection, 1) != 0)
        return false;
    connection_listen(db);
    return true;
}

static bool fail_connect(struct scope *scope, int64_t pause_us)
{
    struct db *db = scope->db;

    metrics_count(scope->metrics, METRICS_NOT_CONNECTED);
    db->retry_at_us = clock_monotonic_us() + pause_us;
    fail(scope, ERR_UNAVAILABLE, "The database is not available at the moment; try again");
    scope->error.retry_after = 1;
    fail_detail(scope, "connect: %s",
                db->connection ? PQerrorMessage(db->connection) : "no memory");
    connection_drop(db);
    return false;
}

bool connection_open(struct scope *scope)
{
    struct db *db = scope->db;
    struct parameters parameters;

    if (clock_monotonic_us() < db->retry_at_us) {
        fail(scope, ERR_UNAVAILABLE, "The database is not available at the moment; try again");
        scope->error.retry_after = 1;
        return fail_detail(scope, "connect: an attempt failed a moment ago");
    }
    if (!fill_parameters(scope, &parameters))
        return false;
    db->connection = PQconnectdbParams(parameters.keywords, parameters.values, 1);
    if (!db->connection || PQstatus(db->connection) != CONNECTION_OK || !adopt(db))
        return fail_connect(scope, RETRY_PAUSE_US);
    metrics_count(scope->metrics, METRICS_CONNECTED);
    return true;
}

/*
 * libpq watches over no time here; the kernel gives a host that is off up after the deadline, by
 * tcp_user_timeout.
 */
static bool approach_begin(struct scope *scope)
{
    struct db *db = scope->db;
    struct parameters parameters;

    if (clock_monotonic_us() < db->retry_at_us || !fill_parameters(scope, &parameters))
        return false;
    db->connection = PQconnectStartParams(parameters.keywords, parameters.values, 1);
    if (!db->connection || PQstatus(db->connection) == CONNECTION_BAD)
        return fail_connect(scope, APPROACH_PAUSE_US);
    /* So it begins, libpq's manual says. */
    db->approach = PGRES_POLLING_WRITING;
    db->approaching = true;
    db->give_up_at_us =
        clock_monotonic_us() + scope->config->db_deadline_ms * 1000 * APPROACH_DEADLINES;
    return true;
}

/* Claim: libpq can go on without waiting. */
static bool can_go_on(const struct db *db)
{
    struct pollfd wait = {.fd = PQsocket(db->connection),
                          .events = db->approach == PGRES_POLLING_WRITING ? POLLOUT : POLLIN};

    return poll(&wait, 1, 0) > 0;
}

static bool approach_go_on(struct scope *scope)
{
    struct db *db = scope->db;

    while (can_go_on(db)) {
        db->approach = PQconnectPoll(db->connection);
        if (db->approach == PGRES_POLLING_FAILED)
            return fail_connect(scope, APPROACH_PAUSE_US);
        if (db->approach == PGRES_POLLING_OK) {
            db->approaching = false;
            if (!adopt(db))
                return fail_connect(scope, APPROACH_PAUSE_US);
            metrics_count(scope->metrics, METRICS_CONNECTED);
            return true;
        }
    }
    if (clock_monotonic_us() < db->give_up_at_us)
        return false;
    db->retry_at_us = clock_monotonic_us() + APPROACH_PAUSE_US;
    connection_drop(db);
    fail(scope, ERR_UNAVAILABLE, "The database is not available at the moment; try again");
    return fail_detail(scope, "connect: no answer in time");
}

bool db_approach(struct scope *scope)
{
    struct db *db = scope->db;

    if (db->connection && !db->approaching) {
        if (!connection_is_dead(db))
            return true;
        /* What comes next may be another server: the caller must hear of it. */
        connection_drop(db);
        return false;
    }
    return (db->connection || approach_begin(scope)) && approach_go_on(scope);
}
