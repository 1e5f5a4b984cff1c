/* new_resource.c - `keelctl new resource`: a table, its file, its tests, its seeds, its line */
#include "new.h"

#include "arguments.h"
#include "keel/http/route.h"
#include "keel/routes/modules.h"
#include "scaffold_text.h"
#include "source.h"

#include <string.h>

#define MODELS "src/routes/models.h"

/* One resource on its way into the checkout. */
struct making {
    struct new_call *call;
    struct scaffold_resource resource;
    struct template_values values;
    struct plan plan;
    const char *label; /* of the migration: "0007_orders" */
    size_t tests;      /* in the test that was made */
};

/* What the program itself has already; the files are asked for one by one. */
static bool check_free(struct making *making)
{
    const char *name = making->resource.name;

    for (size_t i = 0; i < keel_modules.count; i++) {
        const struct module *module = keel_modules.list[i];

        if (strcmp(module->name, name) == 0 ||
            (module->model && module->model->table && strcmp(module->model->table, name) == 0))
            return fail(&making->call->cli->scope, ERR_CONFLICT, "There is a resource %s already.",
                        name);
    }
    return true;
}

static const char *render(struct making *making, const char *file)
{
    return new_render(making->plan.scope, file, &making->values);
}

static bool plan_file(struct making *making, const char *template, const char *format,
                      const char *name)
{
    struct scope *scope = making->plan.scope;
    const char *text = render(making, template);
    const char *at = strchr(format, '*');
    const char *path = scope_format(scope, "%.*s%s%s", (int)(at - format), format, name, at + 1);

    if (text && strcmp(template, "resource_test.c") == 0)
        making->tests = source_count(text, "unit_test(");
    return text && path && plan_create(&making->plan, path, text);
}

/* A model that others may refer to stands in models.h, so that `include` can join it. */
static bool find_references(struct making *making)
{
    struct scope *scope = making->plan.scope;
    const char *text;

    if (!plan_read(&making->plan, MODELS, &text))
        return false;
    for (size_t i = 0; i < making->resource.field_count; i++) {
        struct scaffold_field *field = &making->resource.fields[i];
        const char *model =
            field->target ? scope_format(scope, "%s_model", field->target->table) : NULL;

        if (field->target && !model)
            return false;
        if (model && text && source_mentions(text, model))
            field->column.references = field->target;
    }
    return true;
}

static bool plan_models(struct making *making)
{
    static const struct plan_spot spot = {.after = "extern const struct model categories_model;",
                                          .before = "\n"};
    const char *line = scope_format(making->plan.scope, "extern const struct model %s_model;\n",
                                    making->resource.name);

    return line && plan_insert(&making->plan, MODELS, spot, line);
}

static bool plan_modules(struct making *making)
{
    static const struct plan_spot declared = {.after = "extern const struct module module_system;",
                                              .before = "\n"};
    static const struct plan_spot listed = {.after = "static const struct module *const list[] = {",
                                            .before = "};"};
    static const char path[] = "src/routes/modules.c";
    struct scope *scope = making->plan.scope;
    const char *name = making->resource.name;
    const char *declaration = scope_format(scope, "extern const struct module module_%s;\n", name);
    const char *entry = scope_format(scope, "    &module_%s,\n", name);

    return declaration && entry && plan_insert(&making->plan, path, declared, declaration) &&
           plan_insert(&making->plan, path, listed, entry);
}

static bool plan_seed(struct making *making, const char *template, const char *path)
{
    const char *text = render(making, template);

    return text && plan_insert(&making->plan, path, (struct plan_spot){0}, text);
}

static bool plan_all(struct making *making)
{
    const char *name = making->resource.name;

    return plan_file(making, "resource.c", "src/routes/*.c", name) && plan_models(making) &&
           plan_modules(making) &&
           new_plan_migration(&making->plan, making->label, render(making, "resource.up.sql"),
                              render(making, "resource.down.sql")) &&
           plan_file(making, "resource_test.c", "tests/api/*_test.c", name) &&
           plan_seed(making, "resource.dev.sql", "sql/seeds/dev.sql") &&
           plan_seed(making, "resource.test.sql", "sql/seeds/test.sql");
}

static bool report(struct making *making)
{
    struct scope *scope = making->plan.scope;
    struct endpoint_report report = {0};

    report.purpose = scope_format(scope, "%s: list, read, add, replace, change, delete, restore.",
                                  scaffold_words(scope, making->resource.name, true));
    if (!report.purpose || !scaffold_routes(scope, &making->resource, &report) ||
        !new_report(making->call, &making->plan, &report, making->tests))
        return false;
    return !making->plan.takes_back || new_say_applied(making->call, making->label);
}

bool new_resource(struct new_call *call)
{
    struct making making = {.call = call};
    struct cli *cli = call->cli;
    const char *one;

    if (!arguments_value(cli, "--one", &one))
        return false;
    const char *name = arguments_next(cli);

    if (!name)
        return cli_misuse(cli, "Give the resource a name, in the plural: orders.");
    if (!scaffold_parse(cli, name, one, &making.resource) || !arguments_end(cli) ||
        !plan_begin(&making.plan, &cli->scope, call->source, call->takes_back) ||
        (!call->takes_back && !check_free(&making)) ||
        !new_label(&making.plan, making.resource.name, &making.label) || !find_references(&making))
        return false;
    if (!scaffold_values(&cli->scope, &making.resource, making.label, &making.values) ||
        !plan_all(&making) || !plan_carry_out(&making.plan))
        return false;
    return report(&making);
}
