/* doctor_memory.c - hashing passwords: strong enough, and within the memory that there is */
#include "doctor.h"

#include "keel/core/clock.h"
#include "keel/core/slots.h"
#include "keel/core/text.h"
#include "keel/services/password.h"
#include "program.h"

#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The least that OWASP advises for argon2id: so much memory, and so much of it times passes. */
#define SAFE_MEMORY_KIB 7168
#define SAFE_WORK_KIB   35840

/* A number of bytes in the first line of a text, as KiB; INT64_MAX where it is none ("max"). */
static int64_t read_kib(const char *text)
{
    int64_t bytes;

    return text_to_int(text, strcspn(text, "\n"), &bytes) && bytes > 0 ? bytes / 1024 : INT64_MAX;
}

/* The bound of the control group that this process is in, as shared hosts have them. */
static int64_t limit_of_group(void)
{
    char line[256], path[320], text[32] = "";
    FILE *stream = fopen("/proc/self/cgroup", "re");

    *path = '\0';
    while (stream && fgets(line, sizeof line, stream)) {
        const char *memory = strstr(line, ":memory:");
        int length = (int)strcspn(line, "\n");

        if (memory)
            snprintf(path, sizeof path, "/sys/fs/cgroup/memory%.*s/memory.limit_in_bytes",
                     length - (int)(memory + 8 - line), memory + 8);
        else if (strncmp(line, "0::", 3) == 0 && *path == '\0')
            snprintf(path, sizeof path, "/sys/fs/cgroup%.*s/memory.max", length - 3, line + 3);
    }
    if (stream)
        fclose(stream);
    stream = *path ? fopen(path, "re") : NULL;
    if (stream && !fgets(text, sizeof text, stream))
        *text = '\0';
    if (stream)
        fclose(stream);
    return read_kib(text);
}

/* The bound of each worker that hashes, where systemd runs them. */
static int64_t limit_of_worker(struct doctor *doctor)
{
    static const char *const words[] = {
        "systemctl", "show", "--property=MemoryMax", "--value", "keel-auth@1.service", NULL};
    const char *text = "";
    int status;

    if (access("/run/systemd/system", F_OK) == 0)
        (void)program_read(doctor->scope, words, &text, &status);
    scope_clear_error(doctor->scope);
    return read_kib(text);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* KiB that all processes together may have. */
static int64_t memory_of_host(void)
{
    int64_t kib = (int64_t)sysconf(_SC_PHYS_PAGES) * (sysconf(_SC_PAGESIZE) / 1024);
    struct rlimit limit;

    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        kib = least(kib, (int64_t)(limit.rlim_cur / 1024));
    return least(kib, limit_of_group());
}

/* A worker takes what it has anyway, and the hash on top. */
static void check_worker(struct doctor *doctor)
{
    const struct config *config = &doctor->cli->config;
    int64_t need = config->argon2_memory_kib + config->max_memory_mb * 1024;
    int64_t limit = limit_of_worker(doctor);

    if (need > limit)
        doctor_error(
            doctor, "systemctl edit keel-auth@.service keel-worker@.service   (MemoryMax=)",
            "A worker may have %" PRId64 " MB, and needs %" PRId64 " MB to hash a password.",
            limit / 1024, need / 1024);
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
    check_worker(doctor);
    if (!doctor->findings)
        doctor_ok(doctor,
                  "Hashing a password takes %.0f ms and %" PRId64 " MB; %" PRId64
                  " at once fit into memory.",
                  ms, config->argon2_memory_kib / 1024, places);
}
