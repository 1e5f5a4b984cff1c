/* crew.c - the processes that run jobs: started and given work */
#include "crew.h"

#include "keel/core/clock.h"
#include "keel/core/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long an idle process may take to end. */
#define FAREWELL_US 2000000

/* Before a process is tried again that could not be started. */
#define START_PAUSE_US 1000000

bool crew_open(struct crew *crew, size_t count)
{
    size_t size = count * sizeof *crew->slots;

    crew->slots = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (crew->slots == MAP_FAILED)
        return false;
    crew->count = count;
    for (size_t i = 0; i < count; i++) {
        crew->members[i] = (struct crew_member){.fd = -1, .slot = &crew->slots[i]};
        atomic_init(&crew->slots[i].must_end, false);
        atomic_init(&crew->slots[i].progress, -1);
    }
    return true;
}

/* A job is to die with its runner, and of nothing that is sent to its runner. */
static void settle_down(const struct crew *crew, pid_t runner)
{
    static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE};

    (void)setpgid(0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != runner)
        _exit(EXIT_FAILURE);
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    sigprocmask(SIG_SETMASK, &crew->signals_before, NULL);
    (void)sched_setaffinity(0, sizeof crew->processors, &crew->processors);
}

static void become_process(struct crew *crew, struct crew_member *member, int fd, pid_t runner)
{
    settle_down(crew, runner);
    for (size_t i = 0; i < crew->count; i++) {
        if (crew->members[i].fd >= 0)
            close(crew->members[i].fd);
    }
    crew->leave(crew->state);
    struct process_setup setup = crew->setup;

    setup.slot = member->slot;
    setup.fd = fd;
    process_serve(&setup);
}

static bool start(struct crew *crew, struct crew_member *member, int64_t now_us)
{
    pid_t runner = getpid();
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    /* Else what is waiting to be printed would be printed twice. */
    (void)fflush(NULL);
    pid_t pid = fork();

    if (pid == 0) {
        close(pair[0]);
        become_process(crew, member, pair[1], runner);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return false;
    }
    /* Whichever of the two is first: a signal to the group must find it. */
    (void)setpgid(pid, pid);
    *member =
        (struct crew_member){.pid = pid, .fd = pair[0], .slot = member->slot, .started_us = now_us};
    return true;
}

bool crew_start(struct crew *crew, int64_t now_us)
{
    bool ok = true;

    for (size_t i = 0; i < crew->count; i++) {
        struct crew_member *member = &crew->members[i];

        if (member->pid != 0 || now_us < member->start_at_us || start(crew, member, now_us))
            continue;
        log_write(crew->setup.log, LOG_LEVEL_ERROR, "A process for jobs cannot be started: %s",
                  strerror(errno));
        member->start_at_us = now_us + START_PAUSE_US;
        ok = false;
    }
    return ok;
}

static bool is_idle(const struct crew_member *member)
{
    return member->pid != 0 && member->fd >= 0 && !member->task;
}

size_t crew_count_idle(const struct crew *crew)
{
    size_t count = 0;

    for (size_t i = 0; i < crew->count; i++)
        count += is_idle(&crew->members[i]);
    return count;
}

size_t crew_count_busy(const struct crew *crew)
{
    size_t count = 0;

    for (size_t i = 0; i < crew->count; i++)
        count += crew->members[i].task != NULL;
    return count;
}

static bool send_task(const struct crew_member *member, const struct task *task)
{
    struct iovec parts[] = {
        {.iov_base = (void *)(uintptr_t)&task->head, .iov_len = sizeof task->head},
        {.iov_base = (void *)(uintptr_t)task->texts,
         .iov_len = task->head.args_length + task->head.saved_length},
    };
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t sent;

    do
        sent = sendmsg(member->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

bool crew_hand_out(struct crew *crew, struct task *task, int64_t now_us)
{
    const struct job_kind *kind = &crew->setup.options->kinds[task->head.kind];

    for (size_t i = 0; i < crew->count; i++) {
        struct crew_member *member = &crew->members[i];

        if (!is_idle(member))
            continue;
        atomic_store(&member->slot->must_end, false);
        atomic_store(&member->slot->progress, -1);
        /* One that is about to be found dead. */
        if (!send_task(member, task))
            continue;
        member->task = task;
        member->began_us = now_us;
        member->kill_at_us = now_us + kind->timeout_s * INT64_C(1000000);
        member->reason = CREW_TIMEOUT;
        return true;
    }
    return false;
}

void crew_tell(struct crew_member *member, enum crew_reason reason, int64_t kill_at_us)
{
    atomic_store(&member->slot->must_end, true);
    if (!member->is_killed && kill_at_us < member->kill_at_us) {
        member->kill_at_us = kill_at_us;
        member->reason = reason;
    }
}

int64_t crew_next_us(const struct crew *crew)
{
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < crew->count; i++) {
        const struct crew_member *member = &crew->members[i];

        if (member->task && !member->is_killed && member->kill_at_us < next)
            next = member->kill_at_us;
        if (member->pid == 0 && member->start_at_us < next)
            next = member->start_at_us;
    }
    return next;
}

/* An idle process ends when nobody is at the other end any more. */
void crew_close(struct crew *crew)
{
    int64_t until = clock_monotonic_us() + FAREWELL_US;

    for (size_t i = 0; i < crew->count; i++) {
        if (crew->members[i].fd >= 0)
            close(crew->members[i].fd);
        if (crew->members[i].task)
            kill(-crew->members[i].pid, SIGKILL);
    }
    for (size_t i = 0; i < crew->count; i++) {
        pid_t pid = crew->members[i].pid;

        while (pid != 0 && waitpid(pid, NULL, WNOHANG) == 0) {
            if (clock_monotonic_us() >= until)
                kill(-pid, SIGKILL);
            usleep(1000);
        }
    }
    munmap(crew->slots, crew->count * sizeof *crew->slots);
}
