/* slow_query.c - tells of statements that took longer than somebody wants them to */
#include "connection.h"

#include "keel/core/log.h"
#include "keel/core/metrics.h"

void slow_query_note(struct scope *scope, const char *name, int64_t duration_us)
{
    struct log_line line;

    metrics_count(scope->metrics, METRICS_SLOW_QUERY);
    if (!log_begin(scope->log, &line, LOG_LEVEL_WARN, "slow query"))
        return;
    log_add_text(&line, "request_id", scope->request_id);
    log_add_text(&line, "route", scope->route);
    log_add_text(&line, "trace_id", scope->trace_id);
    log_add_text(&line, "query", name);
    log_add_int(&line, "us", duration_us);
    log_end(&line);
}
