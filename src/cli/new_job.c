/* new_job.c - `keelctl new job`: a kind of job, its row, its test, and its schedule */
#include "new.h"

#include "arguments.h"
#include "keel/core/cron.h"
#include "keel/jobs/job.h"
#include "results.h"

#include <string.h>

/* One kind of job on its way into the checkout. */
struct making {
    struct new_call *call;
    struct new_name name;
    const char *schedule; /* "0 3 * * *"; NULL: none */
    const char *label;    /* of the schedule's migration: "0018_reports_write_schedule" */
    struct template_list values;
    struct plan plan;
    size_t tests;
};

static bool read_schedule(struct making *making)
{
    struct cli *cli = making->call->cli;
    struct cron cron;
    const char *why;

    if (!arguments_value(cli, "--schedule", &making->schedule))
        return false;
    if (!making->schedule || cron_parse(&cli->scope.arena, making->schedule, &cron, &why))
        return true;
    return why ? cli_misuse(cli, "--schedule: %s.", why) : fail_memory(&cli->scope);
}

static bool check_free(const struct making *making)
{
    for (size_t i = 0; i < job_kind_count; i++) {
        if (strcmp(job_kinds[i].name, making->name.dotted) == 0)
            return fail(making->plan.scope, ERR_CONFLICT, "There is a kind of job %s already.",
                        making->name.dotted);
    }
    return true;
}

/* The migration's number; taking back needs to be told of a schedule, whose text is in files. */
static bool name_migration(struct making *making)
{
    struct scope *scope = making->plan.scope;
    const char *name = scope_format(scope, "%s_schedule", making->name.word);
    struct new_migration found;

    if (!name)
        return false;
    if (making->schedule)
        return new_label(&making->plan, name, &making->label);
    if (!making->plan.takes_back)
        return true;
    if (!new_find_migration(&making->plan, name, &found))
        return false;
    return !found.version ||
           cli_misuse(making->call->cli, "%s has a schedule: give --schedule as it was made.",
                      making->name.dotted);
}

static const char *render(struct making *making, const char *file)
{
    return new_render(making->plan.scope, file,
                      &(const struct template_values){.list = making->values.values});
}

static bool add_values(struct making *making)
{
    bool is_scheduled = making->schedule != NULL;

    making->values = template_list_begin(making->plan.scope);
    template_add(&making->values, "name", making->name.dotted);
    template_add(&making->values, "word", making->name.word);
    template_add(&making->values, "Words", making->name.words);
    template_add(&making->values, "schedule", is_scheduled ? making->schedule : "");
    template_add(&making->values, "label", is_scheduled ? making->label : "");
    if (making->values.failed)
        return false;
    template_add(&making->values, "schedule_tests",
                 is_scheduled ? render(making, "job_schedule_test.c") : "");
    template_add_if(&making->values, is_scheduled, "schedule_test",
                    "cmocka_unit_test_setup_teardown(its_schedule_has_a_next_time, "
                    "test_runner_make,\n%40stest_runner_drop),",
                    "");
    return !making->values.failed;
}

static bool plan_kind(struct making *making)
{
    static const struct plan_spot declared = {.after = "bool kind_noop(struct job *job);",
                                              .before = "\n"};
    static const struct plan_spot listed = {.after = "const struct job_kind job_kinds[] = {",
                                            .before = "};"};
    struct scope *scope = making->plan.scope;
    const char *word = making->name.word;
    const char *path = scope_format(scope, "src/jobs/kind_%s.c", word);
    const char *declaration = scope_format(scope, "bool kind_%s(struct job *job);\n", word);
    const char *text = render(making, "job.c"), *row = render(making, "job_row.c");

    return path && declaration && text && row && plan_create(&making->plan, path, text) &&
           plan_insert(&making->plan, "src/jobs/kinds.h", declared, declaration) &&
           plan_insert(&making->plan, "src/jobs/kinds.c", listed, row);
}

static bool plan_test(struct making *making)
{
    const char *path = scope_format(making->plan.scope, "tests/jobs/%s_test.c", making->name.word);
    const char *text = render(making, "job_test.c");

    if (!path || !text)
        return false;
    making->tests = results_count_cases(text);
    return plan_create(&making->plan, path, text);
}

static bool plan_all(struct making *making)
{
    return plan_kind(making) && plan_test(making) &&
           (!making->schedule ||
            new_plan_migration(&making->plan, making->label, render(making, "job.up.sql"),
                               render(making, "job.down.sql")));
}

static bool report(struct making *making)
{
    struct new_call *call = making->call;
    const char *name = making->name.dotted;
    struct form form;

    form_begin(&form, &call->cli->scope, "JOB ADDED");
    form_line(&form, "Job", "%s", name);
    form_line(&form, "Purpose", "%s.", making->name.words);
    form_line(&form, "Order", "keelctl jobs enqueue %s, or jobs_enqueue() in a service", name);
    form_line(&form, "Schedule", "%s%s", making->schedule ? making->schedule : "none",
              making->schedule ? ", by the clocks of UTC" : "");
    if (!new_report_form(call, &making->plan, &form, making->tests,
                         "keelctl jobs kinds tells of it once it is built"))
        return false;
    return !making->plan.takes_back || !making->schedule || new_say_applied(call, making->label);
}

bool new_job(struct new_call *call)
{
    struct making making = {.call = call};
    struct cli *cli = call->cli;

    if (!read_schedule(&making) || !new_read_name(call, "reports.write", &making.name) ||
        !arguments_end(cli) ||
        !plan_begin(&making.plan, &cli->scope, call->source, call->takes_back) ||
        (!call->takes_back && !check_free(&making)) || !name_migration(&making))
        return false;
    return add_values(&making) && plan_all(&making) && plan_carry_out(&making.plan) &&
           report(&making);
}
