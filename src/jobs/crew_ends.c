/* crew_ends.c - how jobs end: by an answer, by their process's death, or by force */
#include "crew.h"

#include "keel/core/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process that died sooner than this after its start is followed by another one a while later. */
#define YOUNG_US       1000000
#define YOUNG_PAUSE_US 1000000

static const char *outcome_text(enum job_outcome outcome)
{
    switch (outcome) {
    case JOB_SUCCEEDED:
        return "succeeded";
    case JOB_FAILED:
        return "failed";
    case JOB_RELEASED:
        return "given back";
    case JOB_CANCELLED:
        return "cancelled";
    }
    return "";
}

static void log_end_of(const struct crew *crew, const struct crew_member *member,
                       const char *detail, int64_t now_us)
{
    const struct task *task = member->task;
    enum log_level level = task->outcome == JOB_FAILED ? LOG_LEVEL_WARN : LOG_LEVEL_INFO;
    struct log_line line;

    if (!log_begin(crew->setup.log, &line, level, "job"))
        return;
    log_add_int(&line, "id", task->head.id);
    log_add_text(&line, "kind", crew->setup.options->kinds[task->head.kind].name);
    log_add_int(&line, "attempt", task->head.attempt);
    log_add_text(&line, "outcome", outcome_text(task->outcome));
    log_add_int(&line, "us", now_us - member->began_us);
    log_add_text(&line, "error", task->message);
    log_add_text(&line, "detail", detail && *detail ? detail : NULL);
    log_end(&line);
}

/* The member is idle again. Without memory for the sentence its absence says nothing. */
static struct task *end_task(struct crew *crew, struct crew_member *member,
                             enum job_outcome outcome, const char *message, const char *detail,
                             int64_t now_us)
{
    struct task *task = member->task;

    task->outcome = outcome;
    task->message = message && *message ? strdup(message) : NULL;
    log_end_of(crew, member, detail, now_us);
    member->task = NULL;
    member->kill_at_us = 0;
    member->reason = CREW_NONE;
    return task;
}

/* A job that was told to end, and ended, did so because of that. */
static enum job_outcome outcome_of(const struct crew_member *member, const struct report *report)
{
    if (report->outcome == JOB_RELEASED && member->reason == CREW_CANCELLED)
        return JOB_CANCELLED;
    return report->outcome;
}

static void keep_result(struct task *task, const struct report_message *report, size_t size)
{
    if (size > sizeof report->head && report->head.result_length > 0)
        task->result = strndup(report->result, report->head.result_length);
}

struct task *crew_take_report(struct crew *crew, struct crew_member *member, int64_t now_us,
                              bool *is_adrift)
{
    struct report_message report;
    ssize_t size;

    if (member->fd < 0)
        return NULL;
    do
        size = recv(member->fd, &report, sizeof report, MSG_DONTWAIT);
    while (size < 0 && errno == EINTR);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) {
        close(member->fd);
        member->fd = -1;
    }
    if (size < (ssize_t)sizeof report.head || !member->task ||
        report.head.id != member->task->head.id)
        return NULL;
    *is_adrift = *is_adrift || report.head.is_adrift;
    enum job_outcome outcome = outcome_of(member, &report.head);

    member->task->is_recorded = report.head.is_recorded;
    keep_result(member->task, &report, (size_t)size);
    return end_task(crew, member, outcome, outcome == JOB_FAILED ? report.head.message : NULL,
                    report.head.detail, now_us);
}

void crew_enforce(struct crew *crew, int64_t now_us)
{
    for (size_t i = 0; i < crew->count; i++) {
        struct crew_member *member = &crew->members[i];

        if (member->task && !member->is_killed && now_us >= member->kill_at_us) {
            kill(-member->pid, SIGKILL);
            member->is_killed = true;
        }
    }
}

/* Claim: the process was killed by crew_enforce(), for the member's reason. */
static bool was_killed(const struct crew_member *member, int status)
{
    return member->is_killed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static struct task *end_killed(struct crew *crew, struct crew_member *member, int64_t now_us)
{
    char message[REPORT_MESSAGE_SIZE];

    switch (member->reason) {
    case CREW_CANCELLED:
        return end_task(crew, member, JOB_CANCELLED, NULL, NULL, now_us);
    case CREW_STOPPED:
    case CREW_LOST:
        return end_task(crew, member, JOB_RELEASED, NULL, NULL, now_us);
    case CREW_NONE:
    case CREW_TIMEOUT:
        break;
    }
    snprintf(message, sizeof message, "It took longer than %d seconds",
             crew->setup.options->kinds[member->task->head.kind].timeout_s);
    return end_task(crew, member, JOB_FAILED, message, NULL, now_us);
}

static struct task *end_crashed(struct crew *crew, struct crew_member *member, int status,
                                int64_t now_us)
{
    char message[REPORT_MESSAGE_SIZE];

    if (WIFSIGNALED(status)) {
        const char *name = sigabbrev_np(WTERMSIG(status));

        snprintf(message, sizeof message, "Its process was ended by signal %d (SIG%s)",
                 WTERMSIG(status), name ? name : "?");
    } else {
        snprintf(message, sizeof message, "Its process ended with status %d", WEXITSTATUS(status));
    }
    return end_task(crew, member, JOB_FAILED, message, NULL, now_us);
}

static void bury(struct crew *crew, struct crew_member *member, int status, int64_t now_us,
                 struct task_list *ended)
{
    bool is_adrift = false;
    /* It may have answered first. */
    struct task *task = crew_take_report(crew, member, now_us, &is_adrift);

    if (!task && member->task)
        task = was_killed(member, status) ? end_killed(crew, member, now_us)
                                          : end_crashed(crew, member, status, now_us);
    if (task)
        task_append(ended, task);
    if (member->fd >= 0)
        close(member->fd);
    bool is_young = now_us - member->started_us < YOUNG_US;

    *member = (struct crew_member){
        .fd = -1, .slot = member->slot, .start_at_us = is_young ? now_us + YOUNG_PAUSE_US : now_us};
}

void crew_reap(struct crew *crew, int64_t now_us, struct task_list *ended)
{
    for (size_t i = 0; i < crew->count; i++) {
        struct crew_member *member = &crew->members[i];
        int status;

        if (member->pid != 0 && waitpid(member->pid, &status, WNOHANG) == member->pid)
            bury(crew, member, status, now_us, ended);
    }
}
