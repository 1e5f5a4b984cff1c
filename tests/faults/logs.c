/* logs.c - the disk of all logs is full: the program's, nginx's and PostgreSQL's */
#include "faults.h"

#include "keel/core/clock.h"

#include "support/unit.h"
#include "support/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define FULL_MS     1500
#define LOG_WAIT_US 3000000

/*
 * Nobody but this process and those it starts sees the disk, and it goes with the last of them. It
 * is mounted on a folder of the instance's, which log/ becomes a link to.
 */
static const char *mount_disk(const char *disk)
{
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("keel", disk, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=2m,mode=0755") != 0)
        return "a disk cannot be mounted here";
    return NULL;
}

const char *logs_onto_small_disk(struct trial *trial)
{
    struct instance *instance = trial_instance(trial);
    char disk[128], log[128], kept[128];

    if (getuid() != 0)
        return "only root can mount a disk";
    snprintf(disk, sizeof disk, "%s/disk", instance->folder);
    snprintf(log, sizeof log, "%s/log", instance->var);
    snprintf(kept, sizeof kept, "%s/log-before", instance->var);
    assert_int_equal(mkdir(disk, 0755), 0);
    const char *obstacle = mount_disk(disk);

    if (obstacle)
        return obstacle;
    assert_true(instance_run(instance, "down"));
    assert_int_equal(rename(log, kept), 0);
    assert_int_equal(symlink(disk, log), 0);
    trial_configure(trial, NULL);
    return NULL;
}

static const char *ballast_of(struct trial *trial)
{
    return http_format(&(*trial->site)->http, "%s/disk/ballast", trial_instance(trial)->folder);
}

static off_t log_size(struct trial *trial)
{
    char path[160];
    struct stat status;

    snprintf(path, sizeof path, "%s/disk/keel/keel.log", trial_instance(trial)->folder);
    assert_int_equal(stat(path, &status), 0);
    return status.st_size;
}

void logs_fill(struct trial *trial)
{
    static const char bytes[4096] = "";
    int fd = open(ballast_of(trial), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ssize_t count;

    assert_true(fd >= 0);
    do
        count = write(fd, bytes, sizeof bytes);
    while (count > 0);
    int error = errno;

    close(fd);
    assert_int_equal(count, -1);
    assert_int_equal(error, ENOSPC);
    /* The last page of each log takes some lines yet. */
    sleep_ms(FULL_MS);
    off_t size = log_size(trial);

    sleep_ms(FULL_MS);
    assert_int_equal(log_size(trial), size);
    trial_mended(trial);
}

/* The lines that come are written again, without anybody telling the workers. */
void logs_make_room(struct trial *trial)
{
    off_t size = log_size(trial);
    int64_t deadline = clock_monotonic_us() + LOG_WAIT_US;

    assert_int_equal(unlink(ballast_of(trial)), 0);
    while (log_size(trial) == size && clock_monotonic_us() < deadline)
        sleep_ms(20);
    assert_true(log_size(trial) > size);
}
