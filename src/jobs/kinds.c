/* kinds.c - the kinds of jobs that Keel has: one row each */
#include "kinds.h"

#include "keel/services/imports.h"

const struct job_kind job_kinds[] = {
    {"noop", kind_noop, .attempts = 3, .timeout_s = 10, .backoff_s = 1,
     .summary = "Does nothing: that it ends shows that a runner lives"},
    {"mail.send", kind_mail_send, .attempts = 10, .timeout_s = 3600, .backoff_s = 10,
     .flags = JOB_LONG, .summary = "Sends the mails of the outbox that are due"},
    {"purge", kind_purge, .attempts = 3, .timeout_s = 3600, .backoff_s = 300, .flags = JOB_LONG,
     .summary = "Removes for good what was deleted purge_days ago"},
    {"sessions.clean", kind_sessions_clean, .attempts = 3, .timeout_s = 600, .backoff_s = 300,
     .flags = JOB_LONG, .summary = "Removes sessions long over, and tokens of links that are"},
    {"throttle.clean", kind_throttle_clean, .attempts = 3, .timeout_s = 600, .backoff_s = 300,
     .summary = "Removes counts of wrong passwords that are over"},
    {"audit.trim", kind_audit_trim, .attempts = 3, .timeout_s = 3600, .backoff_s = 300,
     .flags = JOB_LONG,
     .summary = "Removes entries of the audit log after audit_days, of 30 at least"},
    {"idempotency.clean", kind_idempotency_clean, .attempts = 3, .timeout_s = 600, .backoff_s = 300,
     .summary = "Removes kept answers after idempotency_hours"},
    {"inventory.daily", kind_inventory_daily, .attempts = 5, .timeout_s = 600, .backoff_s = 60,
     .summary = "Counts what is in stock today, by category, into inventory_daily"},
    {"jobs.clean", kind_jobs_clean, .attempts = 3, .timeout_s = 600, .backoff_s = 300,
     .flags = JOB_LONG,
     .summary = "Removes jobs that ended job_keep_s ago, or failed job_keep_failed_s ago"},
    {IMPORT_JOB, kind_import, .attempts = 20, .timeout_s = 86400, .backoff_s = 1, .flags = JOB_LONG,
     .summary = "Reads rows from a file, checks them, and writes them"},
    {"imports.sweep", kind_imports_sweep, .attempts = 3, .timeout_s = 3600, .backoff_s = 300,
     .flags = JOB_LONG,
     .summary = "Removes imports that ended import_keep_s ago, and files that nobody needs"},
};

const size_t job_kind_count = sizeof job_kinds / sizeof job_kinds[0];
