/* doctor.h - what the checks of `keelctl doctor` look at, and how they say what they found */
#ifndef KEEL_CLI_DOCTOR_H
#define KEEL_CLI_DOCTOR_H

#include "cli.h"

#include <sys/types.h>

/* The worst of a check's findings is its verdict. */
enum verdict { VERDICT_OK, VERDICT_SKIPPED, VERDICT_WARNING, VERDICT_ERROR };

struct finding {
    struct finding *next;
    enum verdict verdict;
    const char *text; /* one sentence: what was found */
    const char *mend; /* what to do about it, where it can be a line to copy; NULL: nothing */
};

/* Who runs the workers: files are looked at with their eyes. */
struct workers_user {
    const char *name;
    uid_t uid;
    gid_t gid;
    bool is_known;
};

struct doctor {
    struct cli *cli;
    struct scope *scope; /* of the check that runs; its texts hold until the next one begins */
    struct db *db;       /* as the workers have it; NULL: see doctor_connect() */
    const char *url;     /* of the API from outside, with its base path, without a last slash */
    bool is_served;      /* the program answers there, see doctor_is_served() */
    bool was_asked;
    const struct error *wrong; /* what is wrong with the settings; NULL: nothing */
    const char *hash_file;     /* the workers'; cli->config has none, see main.c */
    const char *file;          /* the settings' file; NULL: there is none */
    struct workers_user user;
    struct finding *findings, **last;
};

/* Adds a finding; `mend` as it is, the rest as printf has it. */
void doctor_ok(struct doctor *doctor, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_skip(struct doctor *doctor, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_warn(struct doctor *doctor, const char *mend, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_error(struct doctor *doctor, const char *mend, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with what the scope has failed with, whose error is cleared. */
void doctor_report(struct doctor *doctor, const char *mend, const char *what);

/* Text for a finding, in the check's scope; "" where there is no memory. */
const char *doctor_text(struct doctor *doctor, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The line to write into the settings' file: "KEEL_X=value   (in /etc/keel/keel.env)". */
const char *doctor_setting(struct doctor *doctor, const char *variable, const char *value);

/* Connects scope->db, once; false, with the scope failed, where that cannot be. */
bool doctor_connect(struct doctor *doctor);

/* The same for checks that cannot do without: adds a finding that they are skipped. */
bool doctor_has_database(struct doctor *doctor);

/* Claim: the program answers through the web server; asked once. Else adds that it is skipped. */
bool doctor_is_served(struct doctor *doctor);

/* Claim: it runs in production, where what is excused elsewhere is not. */
bool doctor_is_strict(const struct doctor *doctor);

/* 0, or the errno with which access(2) refuses the workers' user this mode. */
int doctor_may(const struct doctor *doctor, const char *path, int mode);

/* Finds the user by name; where that is NULL, "keel" for root, and else whoever calls. */
bool doctor_find_user(struct cli *cli, const char *name, struct workers_user *user);

/* The checks, in the order of the table in doctor.c; each adds one finding or more. */
typedef void doctor_check(struct doctor *doctor);

doctor_check doctor_check_settings, doctor_check_environment, doctor_check_secrets;
doctor_check doctor_check_proxies;
doctor_check doctor_check_files, doctor_check_log, doctor_check_shared, doctor_check_disk;
doctor_check doctor_check_database, doctor_check_owner, doctor_check_schema, doctor_check_clock;
doctor_check doctor_check_memory, doctor_check_mail, doctor_check_outbox, doctor_check_runner;
doctor_check doctor_check_web, doctor_check_authorization, doctor_check_paths;
doctor_check doctor_check_body, doctor_check_upload, doctor_check_client;

#endif
