/* process.c - what a process that holds secrets does first */
#include "keel/core/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* One file that opens as 0, 1 or 2 would receive what somebody prints. */
static bool open_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        /* The lowest free number, and those below are taken. */
        if (errno != EBADF || open("/dev/null", O_RDWR) != fd)
            return false;
    }
    return true;
}

static bool raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

bool process_prepare(void)
{
    const struct rlimit none = {0, 0};

    umask(077);
    return open_standard_files() && raise_file_limit() && setrlimit(RLIMIT_CORE, &none) == 0 &&
           prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}
