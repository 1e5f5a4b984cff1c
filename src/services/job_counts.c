/* job_counts.c - how much is in the queue, for whoever watches it */
#include "keel/services/job_counts.h"

#include "keel/db/db.h"
#include "sql.h"

bool job_counts_read(struct scope *scope, struct job_counts *counts)
{
    struct rows rows;

    if (!db_query(scope, &sql_job_counts, PARAMS(param_int(scope, JOB_COUNT_MAX)), &rows))
        return false;
    *counts = (struct job_counts){
        .due = row_int(&rows, 0, 0),
        .later = row_int(&rows, 0, 1),
        .running = row_int(&rows, 0, 2),
        .failed = row_int(&rows, 0, 3),
        .cancelled = row_int(&rows, 0, 4),
        .succeeded = row_int(&rows, 0, 5),
        .oldest_due_us = row_int(&rows, 0, 6),
    };
    return true;
}
