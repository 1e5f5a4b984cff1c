/* doctor_finding.c - how the checks of `keelctl doctor` say what they found */
#include "doctor.h"

#include "keel/core/buffer.h"
#include "keel/db/db.h"

#include <string.h>

static void add(struct doctor *doctor, enum verdict verdict, const char *mend, const char *format,
                va_list arguments)
{
    struct finding *finding = scope_alloc(doctor->scope, sizeof *finding);
    const char *text = arena_vformat(&doctor->scope->arena, format, arguments);

    if (!finding || !text)
        return;
    *finding = (struct finding){.verdict = verdict, .text = text, .mend = mend};
    *doctor->last = finding;
    doctor->last = &finding->next;
}

void doctor_ok(struct doctor *doctor, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(doctor, VERDICT_OK, NULL, format, arguments);
    va_end(arguments);
}

void doctor_skip(struct doctor *doctor, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(doctor, VERDICT_SKIPPED, NULL, format, arguments);
    va_end(arguments);
}

void doctor_warn(struct doctor *doctor, const char *mend, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(doctor, VERDICT_WARNING, mend, format, arguments);
    va_end(arguments);
}

void doctor_error(struct doctor *doctor, const char *mend, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(doctor, VERDICT_ERROR, mend, format, arguments);
    va_end(arguments);
}

/* The first line only: libpq has several for a host with several addresses. */
void doctor_report(struct doctor *doctor, const char *mend, const char *what)
{
    const struct error *error = &doctor->scope->error;
    const char *detail = error->detail && *error->detail ? error->detail : error->message;

    doctor_error(doctor, mend, "%s: %.*s", what, (int)strcspn(detail, "\n"), detail);
    scope_clear_error(doctor->scope);
}

const char *doctor_text(struct doctor *doctor, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const char *text = arena_vformat(&doctor->scope->arena, format, arguments);

    va_end(arguments);
    return text ? text : "";
}

const char *doctor_setting(struct doctor *doctor, const char *variable, const char *value)
{
    return doctor_text(doctor, "%s=%s   (%s)", variable, value,
                       doctor->file ? doctor->file : "in the environment");
}

bool doctor_is_strict(const struct doctor *doctor)
{
    return doctor->cli->config.environment == ENV_PRODUCTION;
}

bool doctor_connect(struct doctor *doctor)
{
    struct cli *cli = doctor->cli;

    if (!doctor->db && !db_open(doctor->scope, cli->config.database_url, &doctor->db))
        return false;
    doctor->scope->db = doctor->db;
    return db_ensure(doctor->scope);
}

bool doctor_has_database(struct doctor *doctor)
{
    if (*doctor->cli->config.database_url && doctor_connect(doctor))
        return true;
    scope_clear_error(doctor->scope);
    doctor_skip(doctor, "The database is not reached.");
    return false;
}
