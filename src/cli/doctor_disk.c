/* doctor_disk.c - room on the disks that are written to */
#include "doctor.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* Below these a day's log, or an import, may fill it. */
#define WARNING_MB      1024
#define WARNING_PERCENT 10
#define ERROR_MB        128
#define ERROR_PERCENT   2

#define PLACES_MAX 8

struct places {
    dev_t seen[PLACES_MAX];
    size_t count;
};

static uint64_t percent_of(uint64_t part, uint64_t whole)
{
    return whole ? part * 100 / whole : 100;
}

static void judge_disk(struct doctor *doctor, const char *path, const struct statvfs *disk)
{
    uint64_t mb = (uint64_t)disk->f_bavail * disk->f_frsize / 1048576;
    uint64_t percent = percent_of(disk->f_bavail, disk->f_blocks);
    uint64_t files = percent_of(disk->f_favail, disk->f_files);
    const char *mend = doctor_text(doctor, "du -xh --max-depth=2 %s | sort -h | tail", path);

    if (mb < ERROR_MB || percent < ERROR_PERCENT || files < ERROR_PERCENT)
        doctor_error(doctor, mend,
                     "The disk of %s is full: %" PRIu64 " MB (%" PRIu64 "%%) and %" PRIu64
                     "%% of its files are left.",
                     path, mb, percent, files);
    else if (mb < WARNING_MB || percent < WARNING_PERCENT || files < WARNING_PERCENT)
        doctor_warn(doctor, mend,
                    "The disk of %s fills up: %" PRIu64 " MB (%" PRIu64 "%%) and %" PRIu64
                    "%% of its files are left.",
                    path, mb, percent, files);
    else
        doctor_ok(doctor, "The disk of %s has %" PRIu64 " MB left (%" PRIu64 "%%).", path, mb,
                  percent);
}

/* Each disk once, by the first place on it; a path that is not there yet, by the folder above. */
static void check_place(struct doctor *doctor, const char *path, struct places *places)
{
    struct statvfs disk;
    struct stat found;

    while (stat(path, &found) != 0) {
        const char *slash = strrchr(path, '/');

        if (*path != '/' || slash == path)
            return;
        path = doctor_text(doctor, "%.*s", (int)(slash - path), path);
    }
    for (size_t i = 0; i < places->count; i++) {
        if (places->seen[i] == found.st_dev)
            return;
    }
    if (places->count == PLACES_MAX || statvfs(path, &disk) != 0)
        return;
    places->seen[places->count++] = found.st_dev;
    judge_disk(doctor, path, &disk);
}

/* The places of the settings that are written to, and where Debian's PostgreSQL has its data. */
void doctor_check_disk(struct doctor *doctor)
{
    const struct config *config = &doctor->cli->config;
    const char *const paths[] = {
        config->log,     config->rate_file,     config->mail_folder, config->upload_folder,
        "/var/lib/keel", "/var/lib/postgresql", "/var/log",          "/tmp",
    };
    struct places places = {0};

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (*paths[i] == '/')
            check_place(doctor, paths[i], &places);
    }
    if (places.count == 0)
        doctor_skip(doctor, "No disk can be looked at.");
}
