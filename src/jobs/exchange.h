/* exchange.h - what the runner and a process of its jobs say to each other */
#ifndef KEEL_JOBS_EXCHANGE_H
#define KEEL_JOBS_EXCHANGE_H

#include "keel/jobs/job.h"

#include <stdatomic.h>

/* Arguments and saved texts longer than this together are not handed on: who runs the job asks. */
#define HANDOUT_TEXT_MAX 32768

/* Bytes of a sentence about a failure, with its NUL; what is longer is cut. */
#define REPORT_MESSAGE_SIZE 512

/* Memory that both see, so that neither needs to wake the other. */
struct job_slot {
    atomic_bool must_end; /* set by the runner */
    atomic_int progress;  /* in ten-thousandths, set by the job; -1: not known */
};

/* From the runner: a job, with its arguments and what was saved behind it. One message. */
struct handout {
    int64_t id;
    int64_t user_id;
    int attempt;
    int failures;
    size_t kind; /* index in the table of kinds */
    bool is_large;
    size_t args_length;
    size_t saved_length; /* 0: nothing */
};

struct handout_message {
    struct handout head;
    char text[HANDOUT_TEXT_MAX];
};

enum job_outcome {
    JOB_SUCCEEDED,
    JOB_FAILED,
    JOB_RELEASED, /* given back: it did not begin, or was told to end */
    JOB_CANCELLED,
};

/* Back from the process: how it ended, with the result behind it. One message. */
struct report {
    int64_t id;
    enum job_outcome outcome;
    bool is_recorded;     /* the row says so already */
    bool is_adrift;       /* the process has no database */
    size_t result_length; /* 0: none */
    char message[REPORT_MESSAGE_SIZE];
    char detail[REPORT_MESSAGE_SIZE]; /* for the log only */
};

struct report_message {
    struct report head;
    char result[JOB_RESULT_MAX];
};

#endif
