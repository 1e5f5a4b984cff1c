/* doctor_files.c - files: those with secrets are read by nobody else, those to be written can be */
#include "doctor.h"

#include <dirent.h>
#include <errno.h>
#include <libpq-fe.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What nobody but its owner, or its owner and its group, may do with a file. */
#define OF_OTHERS (S_IRWXO | S_IWGRP)
#define OF_ALL    (S_IRWXO | S_IRWXG)

struct tally {
    size_t seen, wrong;
};

static void check_file(struct doctor *doctor, const char *path, mode_t forbidden,
                       struct tally *tally)
{
    struct stat found;

    if (stat(path, &found) != 0)
        return;
    tally->seen++;
    if ((found.st_mode & forbidden) == 0)
        return;
    tally->wrong++;
    doctor_error(doctor,
                 doctor_text(doctor, "chmod %s %s", forbidden == OF_ALL ? "go=" : "g-w,o=", path),
                 "%s holds secrets and has mode %04o: others may read or change it.", path,
                 (unsigned)(found.st_mode & 07777));
}

static void check_folder(struct doctor *doctor, const char *path, struct tally *tally)
{
    DIR *folder = *path ? opendir(path) : NULL;

    if (!folder)
        return;
    check_file(doctor, path, OF_OTHERS, tally);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] != '.')
            check_file(doctor, doctor_text(doctor, "%s/%s", path, entry->d_name), OF_OTHERS, tally);
    }
    closedir(folder);
}

/* The file that a connection string names for its password, which libpq ignores if others may. */
static void check_passfile(struct doctor *doctor, const char *url, struct tally *tally)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);

    for (const PQconninfoOption *option = options; option && option->keyword; option++) {
        if (strcmp(option->keyword, "passfile") == 0 && option->val)
            check_file(doctor, doctor_text(doctor, "%s", option->val), OF_ALL, tally);
    }
    PQconninfoFree(options);
}

void doctor_check_files(struct doctor *doctor)
{
    const struct config *config = &doctor->cli->config;
    struct tally tally = {0};

    if (doctor->file)
        check_file(doctor, doctor->file, OF_OTHERS, &tally);
    check_folder(doctor, config->key_folder, &tally);
    check_passfile(doctor, config->database_url, &tally);
    check_passfile(doctor, config->migration_database_url, &tally);
    if (strcmp(config->mail_transport, "folder") == 0 && *config->mail_folder)
        check_file(doctor, config->mail_folder, OF_OTHERS, &tally);
    if (tally.seen == 0)
        doctor_skip(doctor, "No file that holds secrets can be seen from here.");
    else if (tally.wrong == 0)
        doctor_ok(doctor, "Of %zu files and folders with secrets none is open to others.",
                  tally.seen);
}

static const char *folder_of(struct doctor *doctor, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return ".";
    return slash == path ? "/" : doctor_text(doctor, "%.*s", (int)(slash - path), path);
}

/* 0, or why the workers' user cannot write a file that may have to be made first. */
static int refusal_of(struct doctor *doctor, const char *path)
{
    int refusal = doctor_may(doctor, path, R_OK | W_OK);

    return refusal == ENOENT ? doctor_may(doctor, folder_of(doctor, path), W_OK | X_OK) : refusal;
}

/* Claim: uploads have a place, or are not wanted. Else an error says so. */
static bool check_uploads(struct doctor *doctor)
{
    const char *folder = doctor->cli->config.upload_folder;
    const struct workers_user *user = &doctor->user;
    int refusal = *folder ? doctor_may(doctor, folder, R_OK | W_OK | X_OK) : 0;

    if (refusal == 0)
        return true;
    doctor_error(
        doctor,
        doctor_text(doctor, "install -d -o %s -g %s -m 0750 %s", user->name, user->name, folder),
        "The user %s cannot keep uploads in %s: %s.", user->name, folder, strerror(refusal));
    return false;
}

/* Claim: it can be written. Else an error says so of `what`. */
static bool check_writable(struct doctor *doctor, const char *path, const char *what)
{
    const struct workers_user *user = &doctor->user;
    int refusal = refusal_of(doctor, path);

    if (refusal == 0)
        return true;
    doctor_error(doctor,
                 doctor_text(doctor, "install -d -o %s -g %s -m 0750 %s && chown -f %s: %s",
                             user->name, user->name, folder_of(doctor, path), user->name, path),
                 "The user %s cannot write %s %s: %s.", user->name, what, path, strerror(refusal));
    return false;
}

static bool has_user(struct doctor *doctor)
{
    if (!doctor->user.is_known)
        doctor_skip(doctor, "As whom the workers run is not known here; say --user NAME.");
    return doctor->user.is_known;
}

void doctor_check_log(struct doctor *doctor)
{
    const char *log = doctor->cli->config.log;

    if (*log != '/')
        doctor_ok(doctor, "The log goes to %s, which needs no file.", log);
    else if (has_user(doctor) && check_writable(doctor, log, "the log"))
        doctor_ok(doctor, "%s can write %s.", doctor->user.name, log);
}

void doctor_check_shared(struct doctor *doctor)
{
    const struct config *config = &doctor->cli->config;
    bool are_good = true;

    if (*config->rate_file == '\0')
        doctor_warn(doctor, doctor_setting(doctor, "KEEL_RATE_FILE", "/run/keel/shared/rate"),
                    "There are no rate limits: KEEL_RATE_FILE is not set.");
    if (*doctor->hash_file == '\0')
        doctor_warn(doctor, doctor_setting(doctor, "KEEL_HASH_FILE", "/run/keel/shared/hash"),
                    "Nothing bounds how many passwords are hashed at once: KEEL_HASH_FILE is not "
                    "set.");
    if (!has_user(doctor))
        return;
    are_good = check_uploads(doctor);
    if (*config->rate_file)
        are_good =
            check_writable(doctor, config->rate_file, "the counts of the rate limits") && are_good;
    if (*doctor->hash_file)
        are_good = check_writable(doctor, doctor->hash_file, "the turns at hashing") && are_good;
    if (*config->metrics_file)
        are_good = check_writable(doctor, config->metrics_file, "the metrics") && are_good;
    if (are_good)
        doctor_ok(doctor, "%s can write what the workers share.", doctor->user.name);
}
