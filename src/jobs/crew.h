/* crew.h - the processes that run jobs, as the runner sees them: started, given jobs, ended */
#ifndef KEEL_JOBS_CREW_H
#define KEEL_JOBS_CREW_H

#include "process.h"
#include "task.h"

#include <sched.h>
#include <signal.h>
#include <sys/types.h>

/* Why a process is to be killed; what its job's end is then called follows from it. */
enum crew_reason {
    CREW_NONE,
    CREW_TIMEOUT,
    CREW_CANCELLED,
    CREW_LOST, /* the job is somebody else's by now */
    CREW_STOPPED,
};

struct crew_member {
    pid_t pid; /* 0: none runs */
    int fd;    /* -1: closed */
    struct job_slot *slot;
    struct task *task; /* NULL: idle */
    /* On the clock that only goes forward. */
    int64_t started_us;      /* the process */
    int64_t began_us;        /* its job */
    int64_t kill_at_us;      /* at which its time is over */
    int64_t start_at_us;     /* no new process before */
    enum crew_reason reason; /* of its end at kill_at_us */
    bool is_killed;
};

struct crew {
    struct crew_member members[RUNNER_PROCESSES_MAX];
    size_t count;
    struct process_setup setup; /* but for slot and fd */
    struct job_slot *slots;     /* shared memory */
    sigset_t signals_before;    /* what a process starts with */
    cpu_set_t processors;
    /* In a new process: closes what is the runner's own. */
    void (*leave)(void *state);
    void *state;
};

/*
 * Prepares `count` members; starts none yet. The setup's `options`, `config`, `log` and `runner`,
 * and the fields from `signals_before` on, are the caller's to fill in first. False with errno.
 */
bool crew_open(struct crew *crew, size_t count);

/* Has the processes end, which are idle or are killed. */
void crew_close(struct crew *crew);

/* Starts processes where there are none. Claim: the log was told of none that failed. */
bool crew_start(struct crew *crew, int64_t now_us);

size_t crew_count_idle(const struct crew *crew);
size_t crew_count_busy(const struct crew *crew);

/* Gives the task to an idle process. False: none takes it. */
bool crew_hand_out(struct crew *crew, struct task *task, int64_t now_us);

/* Tells a busy process to end its job, and has it killed at that time where it does not. */
void crew_tell(struct crew_member *member, enum crew_reason reason, int64_t kill_at_us);

/*
 * The task that a process has answered for; NULL: none. `*is_adrift` becomes true where the process
 * has no database.
 */
struct task *crew_take_report(struct crew *crew, struct crew_member *member, int64_t now_us,
                              bool *is_adrift);

/* Kills those whose time is over. */
void crew_enforce(struct crew *crew, int64_t now_us);

/* Buries the dead; what they had in hand goes into the list. */
void crew_reap(struct crew *crew, int64_t now_us, struct task_list *ended);

/* When crew_enforce() or crew_start() is next needed; INT64_MAX: not by itself. */
int64_t crew_next_us(const struct crew *crew);

#endif
