/* check.c - `keelctl check`: the program's tables and SQL against the database that it will meet */
#include "commands.h"

#include "arguments.h"
#include "checklist.h"
#include "drift.h"
#include "keel/core/buffer.h"
#include "keel/db/db.h"
#include "keel/db/migrate.h"
#include "keel/model/list.h"
#include "keel/routes/modules.h"
#include "sql.h"

#include <string.h>

/* What was looked at, to be said at the end: a check of nothing is no success. */
struct tally {
    size_t routes;
    size_t models;
    size_t statements;
};

static bool check_schema(struct cli *cli)
{
    struct migration_set set;
    int64_t version;

    if (!migrations_embedded(&cli->scope, &set) || !migrate_verify(&cli->scope, &set) ||
        !migrate_version(&cli->scope, &version))
        return false;
    if (version == migrations_expected())
        return true;
    return fail(&cli->scope, ERR_CONFLICT,
                "The database is at version %lld, this program expects %lld: keelctl migrate up",
                (long long)version, (long long)migrations_expected());
}

/* PREPARE is a compiler's look at SQL: names, types and the number of parameters. */
static bool prepare(struct scope *scope, const struct sql *sql)
{
    PGconn *connection = db_connection(scope->db);
    PGresult *prepared = PQprepare(connection, "", sql->text, 0, NULL);
    PGresult *described = PQdescribePrepared(connection, "");
    bool done = true;

    if (PQresultStatus(prepared) != PGRES_COMMAND_OK) {
        const char *reason = PQresultErrorField(prepared, PG_DIAG_MESSAGE_PRIMARY);

        done = fail_field(scope, sql->name, "sql", "query %s: %s", sql->name,
                          reason ? reason : PQerrorMessage(connection));
    } else if (PQnparams(described) != sql->params) {
        done = fail_field(scope, sql->name, "params", "query %s: takes %d parameters, not %d",
                          sql->name, PQnparams(described), sql->params);
    }
    PQclear(prepared);
    PQclear(described);
    return done;
}

static bool check_queries(struct scope *scope, struct tally *tally)
{
    bool done = true;

    for (size_t i = 0; i < sql_all_count; i++) {
        done = prepare(scope, sql_all[i]) && done;
        tally->statements++;
    }
    return done;
}

/* The SELECT of a row, with what the query asks for beside. */
static bool prepare_select(struct scope *scope, const struct model *model, struct pairs query,
                           struct tally *tally)
{
    struct selection selection;
    struct buffer text;

    if (!selection_decode(scope, model, query, &selection))
        return false;
    buffer_init(&text, &scope->arena);
    buffer_add_text(&text, "SELECT ");
    selection_add_columns(&text, &selection);
    buffer_add_format(&text, " FROM %s", model->table);
    selection_add_joins(&text, &selection);
    if (text.failed)
        return fail_memory(scope);
    tally->statements++;
    return prepare(scope, &(struct sql){.name = model->name, .text = text.data});
}

/*
 * Computed columns and joins are SQL too, which only these statements show to the server: one with
 * nothing included, and one for each thing that can be.
 */
static bool check_select(struct scope *scope, const struct model *model, struct tally *tally)
{
    struct parameters parameters = {0};
    bool done = prepare_select(scope, model, (struct pairs){0}, tally);

    if (!selection_parameters(scope, model, &parameters))
        return false;
    for (size_t i = 0; i < parameters.count; i++) {
        const struct parameter *parameter = &parameters.list[i];

        for (size_t j = 0; strcmp(parameter->name, "include") == 0 && parameter->choices[j]; j++) {
            const struct pair pair = {parameter->name, parameter->choices[j]};

            done = prepare_select(scope, model, (struct pairs){&pair, 1}, tally) && done;
        }
    }
    return done;
}

/* So are conditions, which stand in no SELECT without a value for them. */
static bool check_conditions(struct scope *scope, const struct model *model, struct tally *tally)
{
    bool done = true;

    for (size_t i = 0; i < model->column_count; i++) {
        struct buffer text;

        if (!model->columns[i].condition)
            continue;
        buffer_init(&text, &scope->arena);
        buffer_add_format(&text, "SELECT FROM %s WHERE ", model->table);
        list_add_condition(&text, &model->columns[i], 1);
        if (text.failed)
            return fail_memory(scope);
        tally->statements++;
        done = prepare(scope, &(struct sql){model->name, text.data, 1}) && done;
    }
    return done;
}

static bool check_model(struct scope *scope, const struct model *model,
                        const struct catalog *catalog, struct tally *tally)
{
    tally->models++;
    bool same = drift_check(scope, model, catalog);

    same = drift_check_totals(scope, model, catalog) && same;
    same = check_conditions(scope, model, tally) && same;
    return check_select(scope, model, tally) && same;
}

static bool check_modules(struct scope *scope, struct tally *tally)
{
    struct catalog catalog;
    bool done = true;

    if (!catalog_read(scope, &catalog))
        return false;
    for (size_t i = 0; i < keel_modules.count; i++) {
        const struct module *module = keel_modules.list[i];

        tally->routes += module->route_count;
        if (module->model && module->model->table)
            done = check_model(scope, module->model, &catalog, tally) && done;
    }
    return done;
}

/* All that differs is told at once, so none of these stops another. */
static bool check_all(struct cli *cli, struct checklist *checklist, struct tally *tally)
{
    bool done = check_modules(&cli->scope, tally);

    done = check_queries(&cli->scope, tally) && done;
    /* Programs that call this read what is wrong; the table is for people. */
    return checklist_run(checklist, checklist->source || cli_is_terminal()) && done;
}

static bool run(struct cli *cli)
{
    struct scope *scope = &cli->scope;
    const char *source, *seen, *results;
    struct checklist checklist;
    struct tally tally = {0};

    if (!arguments_value(cli, "--source", &source) || !arguments_value(cli, "--seen", &seen) ||
        !arguments_value(cli, "--results", &results) || !arguments_end(cli) ||
        !checklist_open(cli, source, seen, results, &checklist) ||
        !routes_check(scope, keel_modules) || !cli_connect_as_owner(cli) || !check_schema(cli) ||
        !checklist_read(&checklist))
        return false;
    return check_all(cli, &checklist, &tally) &&
           cli_print_format(cli, "%zu routes, %zu tables and %zu statements fit database %s.\n",
                            tally.routes, tally.models, tally.statements,
                            PQdb(db_connection(cli->db)));
}

const struct command check_command = {
    .name = "check",
    .run = run,
    .usage = "[--source FOLDER] [--seen FILE] [--results FILE]",
    .summary = "Checks routes, columns, SQL and what each endpoint must have",
};
