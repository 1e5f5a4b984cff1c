/* doctor_database.c - the database: reached, as whom, with which schema, at which time */
#include "doctor.h"

#include "keel/core/clock.h"
#include "keel/db/db.h"
#include "keel/db/migrate.h"
#include "sql.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Tokens are good for 30 s more or less than they say. */
#define CLOCK_WARNING_US 1000000
#define CLOCK_ERROR_US   15000000

/* What is usually behind the reason that libpq gives. */
static const char *mend_connection(struct doctor *doctor)
{
    const char *detail = doctor->scope->error.detail ? doctor->scope->error.detail : "";

    if (strstr(detail, "authentication failed"))
        return "keel-setup database   (gives the roles the passwords of the settings)";
    if (strstr(detail, "does not exist"))
        return "keel-setup database   (makes the roles and the database)";
    if (strstr(detail, "refused") || strstr(detail, "No such file"))
        return "systemctl start postgresql";
    return doctor_setting(doctor, "KEEL_DATABASE_URL",
                          "host=127.0.0.1 dbname=keel user=keel_app password=...");
}

void doctor_check_database(struct doctor *doctor)
{
    int64_t before = clock_monotonic_us();
    struct rows rows;

    if (*doctor->cli->config.database_url == '\0') {
        doctor_error(doctor, mend_connection(doctor), "No database is configured.");
        return;
    }
    if (!doctor_connect(doctor) || !db_query(doctor->scope, &sql_doctor_server, NO_PARAMS, &rows)) {
        doctor_report(doctor, mend_connection(doctor), "The database cannot be reached");
        return;
    }
    double ms = (double)(clock_monotonic_us() - before) / 1000;

    if (row_bool(&rows, 0, 2))
        doctor_warn(doctor,
                    doctor_setting(doctor, "KEEL_DATABASE_URL",
                                   "host=127.0.0.1 dbname=keel user=keel_app password=..."),
                    "The workers' role %s is a superuser: whoever takes over a worker has the "
                    "whole server.",
                    row_text(&rows, 0, 1));
    doctor_ok(doctor, "PostgreSQL %s lets %s in and answers, in %.1f ms.", row_text(&rows, 0, 0),
              row_text(&rows, 0, 1), ms);
}

/* Only who may read its password can look: root, by the settings that keel-setup makes. */
void doctor_check_owner(struct doctor *doctor)
{
    const struct config *config = &doctor->cli->config;
    struct db *db = NULL;
    struct rows rows;

    if (strcmp(config->migration_database_url, config->database_url) == 0) {
        doctor_warn(doctor,
                    doctor_setting(doctor, "KEEL_MIGRATION_DATABASE_URL",
                                   "host=127.0.0.1 dbname=keel user=keel_owner passfile=..."),
                    "Migrations run as the workers' role, so a worker may change the schema.");
        return;
    }
    if (!db_open(doctor->scope, config->migration_database_url, &db))
        return;
    doctor->scope->db = db;
    if (db_ensure(doctor->scope) && db_query(doctor->scope, &sql_doctor_server, NO_PARAMS, &rows))
        doctor_ok(doctor, "Migrations can run, as %s.", row_text(&rows, 0, 1));
    else if (geteuid() == 0)
        doctor_report(doctor, "keel-setup database   (gives the roles their passwords)",
                      "Migrations cannot run");
    else
        doctor_skip(doctor, "The schema's owner cannot be reached as this user; ask as root.");
    scope_clear_error(doctor->scope);
    doctor->scope->db = NULL;
    db_close(db);
}

void doctor_check_schema(struct doctor *doctor)
{
    int64_t expected = migrations_expected();
    int64_t version;

    if (!doctor_has_database(doctor))
        return;
    if (!migrate_version(doctor->scope, &version))
        doctor_report(doctor, "keelctl migrate up", "The schema's version cannot be read");
    else if (version < expected)
        doctor_error(doctor, "keelctl migrate up",
                     "The database has schema version %" PRId64 ", this program needs %" PRId64 ".",
                     version, expected);
    else if (version > expected)
        doctor_error(doctor, "Install the newer program that the schema was made by.",
                     "The database has schema version %" PRId64 ", this program knows %" PRId64 ".",
                     version, expected);
    else
        doctor_ok(doctor, "The schema has version %" PRId64 ", as this program needs.", version);
}

/* Compared with the middle of the question's time, so that a slow network does not count. */
void doctor_check_clock(struct doctor *doctor)
{
    struct rows rows;

    if (!doctor_has_database(doctor))
        return;
    int64_t before = clock_now_us();

    if (!db_query(doctor->scope, &sql_doctor_clock, NO_PARAMS, &rows)) {
        doctor_report(doctor, NULL, "The database does not say what time it is");
        return;
    }
    int64_t apart = llabs(row_int(&rows, 0, 0) - before - (clock_now_us() - before) / 2);
    const char *mend = "timedatectl set-ntp true   (on both hosts)";
    double seconds = (double)apart / 1000000;

    if (apart >= CLOCK_ERROR_US)
        doctor_error(doctor, mend, "The clocks of the database and of this host are %.1f s apart.",
                     seconds);
    else if (apart >= CLOCK_WARNING_US)
        doctor_warn(doctor, mend, "The clocks of the database and of this host are %.1f s apart.",
                    seconds);
    else
        doctor_ok(doctor, "The clocks of the database and of this host are %.3f s apart.", seconds);
}
