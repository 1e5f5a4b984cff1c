/* task.h - a job that this runner has claimed, until its row says how it ended */
#ifndef KEEL_JOBS_TASK_H
#define KEEL_JOBS_TASK_H

#include "exchange.h"

#include <stdlib.h>

struct task {
    struct task *next;
    struct handout head;
    int priority;
    int64_t run_at; /* microseconds since 1970 UTC */
    enum job_outcome outcome;
    bool is_recorded;
    char *message; /* of a failure, malloc'ed; NULL: none */
    char *result;  /* malloc'ed; NULL: none */
    char texts[];  /* as behind a handout */
};

/* In order; each task is in one list, or in a process's hand. */
struct task_list {
    struct task *first, *last;
    size_t count;
};

static inline void task_append(struct task_list *list, struct task *task)
{
    task->next = NULL;
    if (list->last)
        list->last->next = task;
    else
        list->first = task;
    list->last = task;
    list->count++;
}

static inline void task_prepend(struct task_list *list, struct task *task)
{
    task->next = list->first;
    list->first = task;
    if (!list->last)
        list->last = task;
    list->count++;
}

/* The first one, taken out; NULL when there is none. */
static inline struct task *task_take(struct task_list *list)
{
    struct task *task = list->first;

    if (!task)
        return NULL;
    list->first = task->next;
    if (!list->first)
        list->last = NULL;
    list->count--;
    return task;
}

static inline void task_free(struct task *task)
{
    free(task->message);
    free(task->result);
    free(task);
}

#endif
