/* new_pipeline.c - `keelctl new pipeline`: a pipeline, its row, its test */
#include "new.h"

#include "arguments.h"
#include "drawing.h"
#include "results.h"

/* One pipeline on its way into the checkout. */
struct making {
    struct new_call *call;
    struct new_name name;
    struct template_list values;
    struct plan plan;
    size_t tests;
};

static bool check_free(const struct making *making)
{
    struct scope *scope = making->plan.scope;
    struct drawing drawing = {0};
    bool found;

    return drawing_find(scope, making->name.dotted, &drawing, &found) &&
           (!found ||
            fail(scope, ERR_CONFLICT, "There is a pipeline %s already.", making->name.dotted));
}

static bool add_values(struct making *making)
{
    making->values = template_list_begin(making->plan.scope);
    template_add(&making->values, "name", making->name.dotted);
    template_add(&making->values, "word", making->name.word);
    template_add(&making->values, "Words", making->name.words);
    return !making->values.failed;
}

static const char *render(struct making *making, const char *file)
{
    return new_render(making->plan.scope, file,
                      &(const struct template_values){.list = making->values.values});
}

static bool plan_pipeline(struct making *making)
{
    static const struct plan_spot declared = {
        .after = "extern const struct pipeline inventory_daily_pipeline;", .before = "\n"};
    static const struct plan_spot listed = {
        .after = "static const struct pipeline *const list[] = {", .before = "};"};
    struct scope *scope = making->plan.scope;
    const char *word = making->name.word;
    const char *path = scope_format(scope, "src/pipeline/pipeline_%s.c", word);
    const char *declaration =
        scope_format(scope, "extern const struct pipeline %s_pipeline;\n", word);
    const char *row = scope_format(scope, "    &%s_pipeline,\n", word);
    const char *text = render(making, "pipeline.c");

    return path && declaration && row && text && plan_create(&making->plan, path, text) &&
           plan_insert(&making->plan, "src/pipeline/pipelines.h", declared, declaration) &&
           plan_insert(&making->plan, "src/pipeline/pipelines.c", listed, row);
}

static bool plan_test(struct making *making)
{
    const char *path =
        scope_format(making->plan.scope, "tests/pipeline/%s_test.c", making->name.word);
    const char *text = render(making, "pipeline_test.c");

    if (!path || !text)
        return false;
    making->tests = results_count_cases(text);
    return plan_create(&making->plan, path, text);
}

static bool report(struct making *making)
{
    const char *name = making->name.dotted;
    struct form form;

    form_begin(&form, &making->call->cli->scope, "PIPELINE ADDED");
    form_line(&form, "Pipeline", "%s", name);
    form_line(&form, "Purpose", "%s.", making->name.words);
    form_line(&form, "Parts", "csv > filter > ndjson, to begin with");
    form_line(&form, "Run", "keelctl pipeline run %s --in FILE --out FILE", name);
    return new_report_form(making->call, &making->plan, &form, making->tests,
                           "keelctl pipeline list and show tell of it once it is built");
}

bool new_pipeline(struct new_call *call)
{
    struct making making = {.call = call};
    struct cli *cli = call->cli;

    if (!new_read_name(call, "prices.load", &making.name) || !arguments_end(cli) ||
        !plan_begin(&making.plan, &cli->scope, call->source, call->takes_back) ||
        (!call->takes_back && !check_free(&making)))
        return false;
    return add_values(&making) && plan_pipeline(&making) && plan_test(&making) &&
           plan_carry_out(&making.plan) && report(&making);
}
