/* placement.c - keeping a process on the processor that its PostgreSQL process runs on */
#include "placement.h"

#include "keel/core/text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Units of work between two looks: rare enough to cost nothing, often enough to follow the
 * scheduler.
 */
#define LOOK_EVERY 64

/* Fields of proc(5), counted from the one behind the name. */
enum { STATE = 3, PARENT = 4, PROCESSOR = 39 };

/* The number at `text`, which a space or the end follows; -1 where none is. */
static int read_number(const char *text)
{
    int64_t number;

    return text_to_int(text, strcspn(text, " \n"), &number) && number >= 0 && number <= INT_MAX
               ? (int)number
               : -1;
}

bool placement_read(const char *stat, int *parent, int *processor)
{
    /* The name may hold spaces and parentheses of its own. */
    const char *at = strrchr(stat, ')');

    *parent = *processor = -1;
    for (int field = STATE; at && field <= PROCESSOR; field++) {
        at = strchr(at + 1, ' ');
        if (at && field == PARENT)
            *parent = read_number(at + 1);
        if (at && field == PROCESSOR)
            *processor = read_number(at + 1);
    }
    return *parent >= 0 && *processor >= 0;
}

/*
 * Where the server process of the connection ran last; -1 when that cannot be seen. A pooler makes
 * process ids up, so the process must be a child of the one that listens on the socket.
 */
static int processor_of_server(PGconn *connection)
{
    struct ucred listener;
    socklen_t size = sizeof listener;
    char path[48], stat[1024];
    int parent, processor;

    if (getsockopt(PQsocket(connection), SOL_SOCKET, SO_PEERCRED, &listener, &size) != 0 ||
        listener.pid <= 0)
        return -1;
    snprintf(path, sizeof path, "/proc/%d/stat", PQbackendPID(connection));
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    ssize_t length = read(fd, stat, sizeof stat - 1);

    close(fd);
    if (length <= 0)
        return -1;
    stat[length] = '\0';
    return placement_read(stat, &parent, &processor) && parent == listener.pid ? processor : -1;
}

void placement_follow(struct placement *placement, PGconn *connection)
{
    cpu_set_t there;

    if (placement->units++ % LOOK_EVERY != 0)
        return;
    if (!placement->known)
        placement->known =
            sched_getaffinity(0, sizeof placement->allowed, &placement->allowed) == 0;
    int processor = processor_of_server(connection);

    if (!placement->known || processor < 0 || processor >= CPU_SETSIZE ||
        processor + 1 == placement->processor_next ||
        !CPU_ISSET((size_t)processor, &placement->allowed))
        return;
    CPU_ZERO(&there);
    CPU_SET((size_t)processor, &there);
    if (sched_setaffinity(0, sizeof there, &there) == 0)
        placement->processor_next = processor + 1;
}
