/* doctor_mail.c - what is done later: whether mail can go out and does, whether jobs are run */
#include "doctor.h"

#include "keel/db/db.h"
#include "keel/mailer/mailer.h"
#include "sql.h"

#include <inttypes.h>
#include <string.h>

/* A mail or a job that has been due for longer waits for nobody. */
#define PATIENCE_S 300

void doctor_check_mail(struct doctor *doctor)
{
    const char *transport = doctor->cli->config.mail_transport;

    if (strcmp(transport, "none") == 0)
        doctor_warn(doctor,
                    doctor_setting(doctor, "KEEL_MAIL_TRANSPORT=smtp KEEL_MAIL_SMTP_URL",
                                   "smtp://mail.example.com:587"),
                    "No mail goes out: nobody can confirm an address or choose a new password.");
    else if (!mail_probe(doctor->scope))
        doctor_report(doctor,
                      "keelctl mail test you@example.com   (once the settings KEEL_MAIL_... "
                      "are right)",
                      doctor_text(doctor, "Mail cannot go out by %s", transport));
    else if (strcmp(transport, "folder") == 0 && doctor_is_strict(doctor))
        doctor_warn(doctor, doctor_setting(doctor, "KEEL_MAIL_TRANSPORT", "smtp"),
                    "Mails become files in %s, where nobody receives them.",
                    doctor->cli->config.mail_folder);
    else
        doctor_ok(doctor, "Mail can go out by %s.", transport);
}

void doctor_check_outbox(struct doctor *doctor)
{
    struct scope *scope = doctor->scope;
    struct rows rows;

    if (!doctor_has_database(doctor))
        return;
    if (!db_query(scope, &sql_doctor_outbox, PARAMS(param_int(scope, PATIENCE_S)), &rows)) {
        doctor_report(doctor, "keelctl migrate up", "The outbox cannot be read");
        return;
    }
    int64_t waiting = row_int(&rows, 0, 0);
    int64_t given_up = row_int(&rows, 0, 2);

    if (waiting > 0)
        doctor_error(doctor,
                     "systemctl start keel-jobs   (or call keelctl jobs run --once by cron)",
                     "%" PRId64 " mails are due, one since %" PRId64 " minutes: nobody sends them.",
                     waiting, row_int(&rows, 0, 1) / 60);
    if (given_up > 0)
        doctor_warn(doctor, "keelctl mail list --failed",
                    "%" PRId64 " mails were given up within a day.", given_up);
    if (!doctor->findings)
        doctor_ok(doctor, "No mail waits longer than it should.");
}

void doctor_check_runner(struct doctor *doctor)
{
    static const char mend[] = "systemctl start keel-jobs   (or call keelctl jobs run --once by "
                               "cron)";
    struct scope *scope = doctor->scope;
    struct rows rows;

    if (!doctor_has_database(doctor))
        return;
    if (!db_query(scope, &sql_doctor_jobs, PARAMS(param_int(scope, PATIENCE_S)), &rows)) {
        doctor_report(doctor, "keelctl migrate up", "The queue of jobs cannot be read");
        return;
    }
    int64_t waiting = row_int(&rows, 0, 0);
    int64_t lost = row_int(&rows, 0, 2);
    int64_t failed = row_int(&rows, 0, 3);

    if (waiting > 0)
        doctor_error(doctor, mend,
                     "%" PRId64 " jobs are due, one since %" PRId64 " minutes: nobody runs them.",
                     waiting, row_int(&rows, 0, 1) / 60);
    if (lost > 0)
        doctor_error(doctor, mend,
                     "%" PRId64 " runners have left their jobs, and no other one takes them.",
                     lost);
    if (failed > 0)
        doctor_warn(doctor, "keelctl jobs list --state failed",
                    "%" PRId64 " jobs failed within a day.", failed);
    if (!doctor->findings)
        doctor_ok(doctor, "No job waits longer than it should.");
}
