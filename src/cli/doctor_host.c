/* doctor_host.c - what the host has left: disks, and memory for hashing passwords */
#include "doctor.h"

#include "keel/core/clock.h"
#include "keel/core/slots.h"
#include "keel/services/password.h"

#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Below these a day's log, or an import, may fill it. */
#define WARNING_MB      1024
#define WARNING_PERCENT 10
#define ERROR_MB        128
#define ERROR_PERCENT   2

#define PLACES_MAX 8

/* The least that OWASP advises for argon2id: so much memory, and so much of it times passes. */
#define SAFE_MEMORY_KIB 7168
#define SAFE_WORK_KIB   35840

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
        config->log,     config->rate_file,     config->mail_folder,
        "/var/lib/keel", "/var/lib/postgresql", "/var/log",
        "/tmp",
    };
    struct places places = {0};

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (*paths[i] == '/')
            check_place(doctor, paths[i], &places);
    }
    if (places.count == 0)
        doctor_skip(doctor, "No disk can be looked at.");
}

/* KiB that all processes of the host, or each one, may have. */
static int64_t memory_of_host(void)
{
    int64_t kib = (int64_t)sysconf(_SC_PHYS_PAGES) * (sysconf(_SC_PAGESIZE) / 1024);
    struct rlimit limit;

    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        (int64_t)(limit.rlim_cur / 1024) < kib)
        kib = (int64_t)(limit.rlim_cur / 1024);
    return kib;
}

static void check_strength(struct doctor *doctor)
{
    const struct config *config = &doctor->cli->config;
    const char *mend = doctor_setting(doctor, "KEEL_ARGON2_MEMORY_KIB", "19456");

    if (config->argon2_memory_kib >= SAFE_MEMORY_KIB &&
        config->argon2_memory_kib * config->argon2_passes >= SAFE_WORK_KIB)
        return;
    if (doctor_is_strict(doctor))
        doctor_error(doctor, mend,
                     "Passwords are hashed too cheaply: %" PRId64 " KiB, %" PRId64 " passes.",
                     config->argon2_memory_kib, config->argon2_passes);
    else
        doctor_warn(doctor, mend, "Passwords are hashed cheaply, which production must not.");
}

/* At most a quarter of the host's memory goes to hashing, so that a burst of logins harms nobody.
 */
static void check_burst(struct doctor *doctor, int64_t places)
{
    const struct config *config = &doctor->cli->config;
    int64_t have = memory_of_host();
    int64_t fit = have / 4 / config->argon2_memory_kib;
    char number[24];

    if (places <= fit)
        return;
    snprintf(number, sizeof number, "%" PRId64, fit > 0 ? fit : 1);
    doctor_error(doctor, doctor_setting(doctor, "KEEL_HASH_SLOTS", number),
                 "%" PRId64 " passwords at once take %" PRId64 " MB of the %" PRId64
                 " MB that there are.",
                 places, places * config->argon2_memory_kib / 1024, have / 1024);
}

/* What is said to fit is tried. */
void doctor_check_memory(struct doctor *doctor)
{
    const struct config *config = &doctor->cli->config;
    int64_t places = config->hash_slots > 0 ? config->hash_slots : slots_per_core();
    int64_t before = clock_monotonic_us();
    const char *hash;

    if (!password_hash(doctor->scope, "a password of the doctor's", &hash)) {
        doctor_report(doctor, doctor_setting(doctor, "KEEL_ARGON2_MEMORY_KIB", "19456"),
                      "A password cannot be hashed");
        return;
    }
    double ms = (double)(clock_monotonic_us() - before) / 1000;

    check_strength(doctor);
    check_burst(doctor, places);
    if (!doctor->findings)
        doctor_ok(doctor,
                  "Hashing a password takes %.0f ms and %" PRId64 " MB; %" PRId64
                  " at once fit into memory.",
                  ms, config->argon2_memory_kib / 1024, places);
}
