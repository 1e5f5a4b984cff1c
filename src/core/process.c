/* process.c - what a process that holds secrets and lives long does first, and what it was told */
#include "keel/core/process.h"

#include "keel/core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Blocks of so many bytes go back to the system as soon as they are freed. */
#define LARGE_BLOCK (4 * 1024 * 1024)

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

/*
 * Left to itself, glibc learns from the first large block to keep the next ones: each worker would
 * hold on to what hashing one password takes. A library without this setting has nothing to
 * unlearn.
 */
static void return_large_blocks(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    (void)mallopt(M_TRIM_THRESHOLD, LARGE_BLOCK);
}

bool process_prepare(void)
{
    const struct rlimit none = {0, 0};

    return_large_blocks();
    umask(077);
    return open_standard_files() && raise_file_limit() && setrlimit(RLIMIT_CORE, &none) == 0 &&
           prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

int64_t process_variable_int(const char *name)
{
    const char *text = getenv(name);
    int64_t value = 0;

    return text && text_to_int(text, strlen(text), &value) ? value : 0;
}
