/* doctor.c - `keelctl doctor`: looks at all that an instance needs, and says how to mend it */
#include "doctor.h"

#include "arguments.h"
#include "commands.h"
#include "keel/core/json_build.h"
#include "keel/db/db.h"

#include <string.h>
#include <unistd.h>

struct check {
    const char *name;
    doctor_check *run;
    const char *summary;
};

/* What a check needs first (the database, an answer) it asks for itself: each runs alone too. */
static const struct check checks[] = {
    {"settings", doctor_check_settings, "The settings can be read"},
    {"environment", doctor_check_environment, "It is set up for production"},
    {"secrets", doctor_check_secrets, "Secrets are there, strong, and different from each other"},
    {"proxies", doctor_check_proxies, "Only named proxies are believed"},
    {"files", doctor_check_files, "Nobody else reads files with secrets"},
    {"log", doctor_check_log, "The workers can write their log"},
    {"shared", doctor_check_shared, "The workers share rate limits and turns at hashing"},
    {"disk", doctor_check_disk, "There is room on the disks"},
    {"memory", doctor_check_memory, "Hashing passwords is strong enough and fits into memory"},
    {"database", doctor_check_database, "The database answers the workers' role"},
    {"owner", doctor_check_owner, "The schema's owner can be reached, for migrations"},
    {"schema", doctor_check_schema, "The schema is the one that this program expects"},
    {"clock", doctor_check_clock, "The database's clock and this host's agree"},
    {"mail", doctor_check_mail, "Mail can go out"},
    {"outbox", doctor_check_outbox, "Mail does go out"},
    {"runner", doctor_check_runner, "Jobs are run"},
    {"web", doctor_check_web, "The program answers through the web server"},
    {"authorization", doctor_check_authorization, "The header Authorization reaches the program"},
    {"paths", doctor_check_paths, "Methods and paths reach the program as they were sent"},
    {"body", doctor_check_body, "The web server's limit of bodies is the program's"},
    {"upload", doctor_check_upload, "The web server's limit of files to import is the program's"},
    {"client", doctor_check_client, "Nobody can choose the address that they seem to come from"},
};
#define CHECK_COUNT (sizeof checks / sizeof checks[0])

static const char *const verdict_names[] = {
    [VERDICT_OK] = "ok",
    [VERDICT_SKIPPED] = "skipped",
    [VERDICT_WARNING] = "warning",
    [VERDICT_ERROR] = "error",
};

/* What is printed, and what is counted for the end. */
struct report {
    struct buffer json;
    bool is_json;
    size_t counts[sizeof verdict_names / sizeof verdict_names[0]]; /* of checks, by verdict */
};

static enum verdict worst_of(const struct finding *finding)
{
    enum verdict worst = VERDICT_OK;

    for (; finding; finding = finding->next) {
        if (finding->verdict > worst)
            worst = finding->verdict;
    }
    return worst;
}

static bool print_findings(struct doctor *doctor, const struct check *check)
{
    for (const struct finding *finding = doctor->findings; finding; finding = finding->next) {
        if (!cli_print_format(doctor->cli, "%-8s %-14s %s\n", verdict_names[finding->verdict],
                              check->name, finding->text))
            return false;
        if (finding->mend && !cli_print_format(doctor->cli, "%24smend: %s\n", "", finding->mend))
            return false;
    }
    return true;
}

static void add_json(struct report *report, const struct check *check,
                     const struct finding *finding)
{
    struct buffer *out = &report->json;

    json_open_object(out, NULL);
    json_put_text(out, "name", check->name);
    json_put_text(out, "summary", check->summary);
    json_put_text(out, "verdict", verdict_names[worst_of(finding)]);
    json_open_array(out, "findings");
    for (; finding; finding = finding->next) {
        json_open_object(out, NULL);
        json_put_text(out, "verdict", verdict_names[finding->verdict]);
        json_put_text(out, "text", finding->text);
        json_put_text(out, "mend", finding->mend);
        json_close_object(out);
    }
    json_close_array(out);
    json_close_object(out);
}

/* Each check has a scope of its own: what one fails with is no other's trouble. */
static bool run_check(struct doctor *doctor, const struct check *check, struct report *report)
{
    bool done = true;

    scope_begin(doctor->scope, &doctor->cli->config, doctor->db, NULL);
    doctor->findings = NULL;
    doctor->last = &doctor->findings;
    check->run(doctor);
    report->counts[worst_of(doctor->findings)]++;
    if (!doctor->findings)
        done = fail_memory(&doctor->cli->scope);
    else if (report->is_json)
        add_json(report, check, doctor->findings);
    else
        done = print_findings(doctor, check);
    scope_end(doctor->scope);
    return done;
}

static bool print_end(struct cli *cli, struct report *report)
{
    if (!report->is_json)
        return cli_print_format(cli, "%zu ok, %zu skipped, %zu warnings, %zu errors\n",
                                report->counts[VERDICT_OK], report->counts[VERDICT_SKIPPED],
                                report->counts[VERDICT_WARNING], report->counts[VERDICT_ERROR]);
    json_close_array(&report->json);
    json_put_bool(&report->json, "healthy", report->counts[VERDICT_ERROR] == 0);
    json_close_object(&report->json);
    buffer_add_text(&report->json, "\n");
    return report->json.failed ? fail_memory(&cli->scope) : cli_print(cli, report->json.data);
}

static const struct check *find_check(const char *name)
{
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        if (strcmp(checks[i].name, name) == 0)
            return &checks[i];
    }
    return NULL;
}

/* Which of them were named; all where none was. */
static bool choose(struct cli *cli, bool chosen[CHECK_COUNT])
{
    bool any = false;
    const char *name;

    memset(chosen, 0, CHECK_COUNT * sizeof chosen[0]);
    while ((name = arguments_next(cli))) {
        const struct check *check = find_check(name);

        if (!check)
            return cli_misuse(cli, "There is no check %s; --list shows them.", name);
        chosen[check - checks] = any = true;
    }
    for (size_t i = 0; i < CHECK_COUNT && !any; i++)
        chosen[i] = true;
    return arguments_end(cli);
}

static bool list_checks(struct cli *cli)
{
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        if (!cli_print_format(cli, "%-14s %s\n", checks[i].name, checks[i].summary))
            return false;
    }
    return arguments_end(cli);
}

static bool examine(struct doctor *doctor, const bool *chosen, struct report *report)
{
    bool done = true;

    for (size_t i = 0; i < CHECK_COUNT && done; i++) {
        if (chosen[i])
            done = run_check(doctor, &checks[i], report);
    }
    return done;
}

static const char *without_last_slash(struct scope *scope, const char *url)
{
    size_t length = strlen(url);

    while (length > 0 && url[length - 1] == '/')
        length--;
    return scope_copy(scope, url, length);
}

static const char *hash_file_of(const struct cli *cli)
{
    for (size_t i = 0; i < config_key_count; i++) {
        if (strcmp(cli->entries[i].key->name, "hash_file") == 0)
            return cli->entries[i].value;
    }
    return "";
}

static bool set_url(struct cli *cli, struct doctor *doctor, const char *url)
{
    const struct config *config = &cli->config;

    if (!url)
        url = scope_format(&cli->scope, "%s%s", config->public_url, config->base_path);
    doctor->url = url ? without_last_slash(&cli->scope, url) : NULL;
    return doctor->url != NULL;
}

static bool set_up(struct cli *cli, struct doctor *doctor, struct report *report)
{
    const char *url, *user;

    *report = (struct report){.is_json = arguments_flag(cli, "--json")};
    if (!arguments_value(cli, "--url", &url) || !arguments_value(cli, "--user", &user) ||
        !doctor_find_user(cli, user, &doctor->user) ||
        (!doctor->wrong && !set_url(cli, doctor, url)))
        return false;
    doctor->file = config_find_file(environ);
    if (*doctor->file == '\0')
        doctor->file = NULL;
    buffer_init(&report->json, &cli->scope.arena);
    json_open_object(&report->json, NULL);
    json_open_array(&report->json, "checks");
    return true;
}

/* Without settings there is nothing else to look at. */
static void choose_settings(bool chosen[CHECK_COUNT])
{
    for (size_t i = 0; i < CHECK_COUNT; i++)
        chosen[i] = checks[i].run == doctor_check_settings;
}

static bool diagnose(struct cli *cli, struct doctor *doctor)
{
    bool chosen[CHECK_COUNT];
    struct report report;

    if (!set_up(cli, doctor, &report) || !choose(cli, chosen))
        return false;
    if (doctor->wrong)
        choose_settings(chosen);
    if (!examine(doctor, chosen, &report) || !print_end(cli, &report))
        return false;
    if (report.counts[VERDICT_ERROR] == 0)
        return true;
    return fail(&cli->scope, ERR_CONFLICT, "%zu of %zu checks found errors.",
                report.counts[VERDICT_ERROR],
                report.counts[VERDICT_OK] + report.counts[VERDICT_SKIPPED] +
                    report.counts[VERDICT_WARNING] + report.counts[VERDICT_ERROR]);
}

static bool run(struct cli *cli)
{
    struct scope scope;
    struct doctor doctor = {.cli = cli, .scope = &scope, .hash_file = hash_file_of(cli)};

    if (arguments_flag(cli, "--list"))
        return list_checks(cli);
    bool done = diagnose(cli, &doctor);

    db_close(doctor.db);
    return done;
}

/* That no settings can be read is a finding as any other, for programs as well. */
static bool run_without(struct cli *cli)
{
    const struct error error = cli->scope.error;
    struct scope scope;
    struct doctor doctor = {.cli = cli, .scope = &scope, .wrong = &error};

    scope_clear_error(&cli->scope);
    return arguments_flag(cli, "--list") ? list_checks(cli) : diagnose(cli, &doctor);
}

const struct command doctor_command = {
    .name = "doctor",
    .run = run,
    .run_without = run_without,
    .usage = "[--json] [--url URL] [--user NAME] [CHECK...]\n--list",
    .summary = "Checks what an instance needs, through the web server too, and says how to mend it",
};
