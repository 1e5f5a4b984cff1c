/* job_model.c - jobs as they are shown: to those who look after them, not to those who order */
#include "keel/services/jobs.h"

#include "keel/services/users.h"

#include <stddef.h>

struct job_row {
    int64_t id;
    const char *kind;
    const char *queue;
    const char *state;
    int64_t priority;
    struct json_text args;
    const char *unique_key;
    struct maybe_int user_id;
    struct instant run_at;
    int64_t attempt;
    int64_t failures;
    struct maybe_int max_attempts;
    const char *runner;
    struct instant lease_until;
    struct instant cancel_requested_at;
    struct decimal progress;
    struct json_text result;
    struct json_text errors;
    struct instant created_at;
    struct instant started_at;
    struct instant finished_at;
};

static const struct column columns[] = {
    {INT(struct job_row, id), .uses = READ | SORT, .example = "4711", .doc = "Identifier."},
    {TEXT(struct job_row, kind), .uses = READ | FILTER, .min = 1, .max = JOB_KIND_MAX,
     .example = "\"mail.send\"", .doc = "What is to be done."},
    {TEXT(struct job_row, queue), .uses = READ | FILTER, .min = 1, .max = JOB_KIND_MAX,
     .example = "\"default\"", .doc = "Where it waits; a queue may bound how many run at once."},
    {TEXT(struct job_row, state), .uses = READ | FILTER,
     .choices = "queued|running|succeeded|failed|cancelled", .example = "\"queued\"",
     .doc = "Queued also while it waits to be tried again; failed when it will not be."},
    {INT(struct job_row, priority), .uses = READ | SORT, .min = -JOB_PRIORITY_MAX,
     .max = JOB_PRIORITY_MAX, .example = "0", .doc = "Higher runs first."},
    {JSON(struct job_row, args), .uses = READ, .example = "{}", .doc = "With what."},
    {TEXT(struct job_row, unique_key), .uses = READ, .nullable = true, .example = "null",
     .doc = "While it is queued or running there is no other one of this kind and key."},
    {MAYBE_INT(struct job_row, user_id), .uses = READ | FILTER, .min = 1, .max = INT64_MAX,
     .references = &users_model, .example = "7",
     .doc = "For whom; null: for nobody in particular. The account may be gone since."},
    {TIME(struct job_row, run_at), .uses = READ | SORT | RANGE,
     .example = "\"2026-01-12T10:00:00Z\"", .doc = "When it is or was due."},
    {INT(struct job_row, attempt), .uses = READ, .example = "1",
     .doc = "How often it was begun; 0 until then."},
    {INT(struct job_row, failures), .uses = READ, .example = "0",
     .doc = "How often it failed since it last got on; so many count against its attempts."},
    {MAYBE_INT(struct job_row, max_attempts), .uses = READ, .example = "null",
     .doc = "How often it may fail before it is given up; null: as often as its kind may."},
    {TEXT(struct job_row, runner), .uses = READ, .nullable = true, .example = "null",
     .doc = "Who runs it."},
    {TIME(struct job_row, lease_until), .uses = READ, .nullable = true, .example = "null",
     .doc = "Until when it is the runner's, unless that renews it."},
    {TIME(struct job_row, cancel_requested_at), .uses = READ, .nullable = true, .example = "null",
     .doc = "Since when it is to end."},
    {DECIMAL(struct job_row, progress), .uses = READ, .nullable = true, .digits = 5, .scale = 4,
     .max = 1, .example = "0.2500", .doc = "How much of it is done, 0 to 1, where it says so."},
    {JSON(struct job_row, result), .uses = READ, .nullable = true, .example = "{}",
     .doc = "What it gave, or what the next attempt begins with."},
    {JSON(struct job_row, errors), .uses = READ,
     .example = "[{\"at\":\"2026-01-12T10:00:00Z\",\"attempt\":1,\"message\":\"It took longer than "
                "60 seconds\"}]",
     .doc = "Why it failed each time, the newest last."},
    {TIME(struct job_row, created_at), .uses = READ | SORT | RANGE,
     .example = "\"2026-01-12T10:00:00Z\"", .doc = "When it was ordered."},
    {TIME(struct job_row, started_at), .uses = READ, .nullable = true,
     .example = "\"2026-01-12T10:00:00Z\"", .doc = "When it was last begun."},
    {TIME(struct job_row, finished_at), .uses = READ, .nullable = true,
     .example = "\"2026-01-12T10:00:01Z\"", .doc = "When it ended for good."},
};

const struct model job_model = {
    .name = "Job",
    .plural = "jobs",
    .table = "jobs",
    COLUMNS(columns),
    .size = sizeof(struct job_row),
    .order = "-id",
};
