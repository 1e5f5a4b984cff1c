/* metrics.c - what the processes of the node count together, for monitoring systems */
#include "keel/core/metrics.h"

#include "keel/db/db.h"
#include "keel/http/exchange.h"
#include "keel/services/job_counts.h"

static void write_jobs(struct buffer *out, const struct job_counts *counts)
{
    const struct {
        const char *name;
        int64_t count;
    } states[] = {
        {"keel_jobs{state=\"due\"}", counts->due},
        {"keel_jobs{state=\"later\"}", counts->later},
        {"keel_jobs{state=\"running\"}", counts->running},
        {"keel_jobs{state=\"failed\"}", counts->failed},
        {"keel_jobs{state=\"cancelled\"}", counts->cancelled},
        {"keel_jobs{state=\"succeeded\"}", counts->succeeded},
    };

    metrics_write_head(out, "keel_jobs", "gauge",
                       "Jobs in the database by state, each counted up to a bound.");
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        metrics_write_value(out, states[i].name, states[i].count);
    metrics_write_head(out, "keel_jobs_oldest_due_seconds", "gauge",
                       "For how long the first of the jobs that are due has waited.");
    metrics_write_seconds(out, "keel_jobs_oldest_due_seconds", counts->oldest_due_us);
}

/* A database that is away is what a scrape is to say, so it is no reason to give none. */
static bool read_database(struct scope *scope, struct job_counts *counts)
{
    if (db_ensure(scope) && job_counts_read(scope, counts))
        return true;
    log_write(scope->log, LOG_LEVEL_WARN, "The database did not answer a scrape: %s",
              scope->error.detail ? scope->error.detail : scope->error.message);
    scope_clear_error(scope);
    return false;
}

static bool get_metrics(struct exchange *exchange)
{
    struct metrics *metrics = exchange->app->metrics;
    struct buffer *out = &exchange->response.data;
    struct job_counts counts;

    if (!metrics)
        return fail(&exchange->scope, ERR_NOT_FOUND,
                    "Nothing is counted here: the setting metrics_file is empty");
    bool is_up = read_database(&exchange->scope, &counts);

    metrics_write(metrics, out);
    metrics_write_head(out, "keel_database_up", "gauge",
                       "Whether the database answered this scrape.");
    metrics_write_value(out, "keel_database_up", is_up);
    if (is_up)
        write_jobs(out, &counts);
    return true;
}

static const struct route routes[] = {
    {"metrics.get", GET, "/metrics", get_metrics, ACCESS_PERMISSION, .permission = "metrics:read",
     .rate = RATE_READ, .media_type = "text/plain; version=0.0.4; charset=utf-8",
     .errors = ERROR_BIT(ERR_NOT_FOUND), .flags = ROUTE_MONITOR | ROUTE_NO_TRANSACTION,
     .success = 200,
     .summary = "What all processes of this machine counted, as Prometheus reads it."},
};

extern const struct module module_metrics;
const struct module module_metrics = {
    .name = "metrics", .doc = "What monitoring systems read of this instance.", ROUTES(routes)};
