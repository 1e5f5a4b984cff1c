/* drift.c - whether column tables say the same as the database's catalog */
#include "drift.h"

#include "keel/core/text.h"

#include <stdio.h>
#include <string.h>

#define FIELD_SIZE 160
#define VARCHAR    "character varying("

static bool report(struct scope *scope, const struct model *model, const char *column,
                   const char *code, const char *what)
{
    char field[FIELD_SIZE];

    snprintf(field, sizeof field, "%s.%s", model->table, column);
    return fail_field(scope, field, code, "%s: %s", field, what);
}

static bool is_one_of(const char *type, const char *const *types)
{
    for (; *types; types++) {
        if (strcmp(type, *types) == 0)
            return true;
    }
    return false;
}

/* A text may be shorter than its column, never longer: the database would not name the field. */
static bool text_fits(const struct column *column, const char *type)
{
    int64_t length;

    if (strcmp(type, "text") == 0)
        return true;
    if (strncmp(type, VARCHAR, strlen(VARCHAR)) != 0)
        return false;
    type += strlen(VARCHAR);
    if (!text_to_int(type, strcspn(type, ")"), &length))
        return false;
    return !(column->uses & (CREATE | UPDATE)) || (column->max > 0 && column->max <= length);
}

static bool decimal_fits(const struct column *column, const char *type)
{
    char wanted[48];

    snprintf(wanted, sizeof wanted, "numeric(%u,%u)", column->digits, column->scale);
    return strcmp(type, wanted) == 0;
}

/* Claim: PostgreSQL's type holds every value that the column's kind and bounds let through. */
static bool type_fits(const struct column *column, const char *type)
{
    static const char *const json[] = {"json", "jsonb", NULL};
    static const char *const whole[] = {"bigint", "integer", "smallint", NULL};

    switch (column->kind) {
    case KIND_INT:
        return is_one_of(type, whole);
    case KIND_TEXT:
        return text_fits(column, type);
    case KIND_DECIMAL:
        return decimal_fits(column, type);
    case KIND_BOOL:
        return strcmp(type, "boolean") == 0;
    case KIND_TIME:
        return strcmp(type, "timestamp with time zone") == 0;
    case KIND_JSON:
        return is_one_of(type, json);
    case KIND_TEXTS:
        return strcmp(type, "text[]") == 0;
    }
    return false;
}

/* What clients may send must fit the type; ids and versions come from the database itself. */
static bool range_fits(const struct column *column, const char *type)
{
    int64_t limit = strcmp(type, "integer") == 0    ? INT32_MAX
                    : strcmp(type, "smallint") == 0 ? INT16_MAX
                                                    : INT64_MAX;

    if (column->kind != KIND_INT || !(column->uses & (CREATE | UPDATE)) || limit == INT64_MAX)
        return true;
    return column->max != 0 && column->max <= limit && column->min >= -limit - 1;
}

static bool check_column(struct scope *scope, const struct model *model,
                         const struct column *column, const struct catalog *catalog)
{
    const struct catalog_object *object =
        catalog_find(catalog, model->table, "column", column->name);

    if (!object)
        return report(scope, model, column->name, "missing", "the database has no such column");
    if (!type_fits(column, object->type))
        return report(scope, model, column->name, "type",
                      scope_format(scope,
                                   "the database's type is %s, which does not fit the column table",
                                   object->type));
    if (!range_fits(column, object->type))
        return report(scope, model, column->name, "range",
                      scope_format(scope,
                                   "the bounds let through more than the database's %s holds",
                                   object->type));
    if (column->nullable && object->not_null)
        return report(scope, model, column->name, "null",
                      "may be null in the column table, not in the database");
    if (!column->nullable && !object->not_null)
        return report(scope, model, column->name, "null",
                      "may be null in the database, not in the column table");
    return true;
}

/* What `q` searches is no column of the table's answers, so no row of the column table stands for
 * it. */
static bool check_search(struct scope *scope, const struct model *model,
                         const struct catalog *catalog)
{
    return !model->search || catalog_find(catalog, model->table, "column", model->search) ||
           report(scope, model, model->search, "missing", "the database has no such column");
}

static bool is_created_by_clients(const struct model *model)
{
    for (size_t i = 0; i < model->column_count; i++) {
        if (model->columns[i].uses & CREATE)
            return true;
    }
    return false;
}

/* Claim: an insert that does not name the column still succeeds. */
static bool has_value_of_its_own(const struct catalog_object *object)
{
    return !object->not_null || strstr(object->definition, " default ") ||
           strstr(object->definition, " generated ");
}

/* A column that a migration made NOT NULL, and that no insert fills. */
static bool check_unfilled(struct scope *scope, const struct model *model,
                           const struct catalog_object *object)
{
    const struct column *column = model_find(model, object->name);

    if (has_value_of_its_own(object) || (column && column->uses & CREATE && column->uses & REQUIRE))
        return true;
    return report(scope, model, object->name, "unfilled",
                  "is NOT NULL without a default, but the column table does not require it");
}

bool drift_check(struct scope *scope, const struct model *model, const struct catalog *catalog)
{
    if (!catalog_find(catalog, "", "table", model->table))
        return fail_field(scope, model->table, "missing", "the database has no table %s",
                          model->table);
    bool same = check_search(scope, model, catalog);

    for (size_t i = 0; i < model->column_count; i++) {
        if (column_is_stored(&model->columns[i]))
            same = check_column(scope, model, &model->columns[i], catalog) && same;
    }
    for (size_t i = 0; is_created_by_clients(model) && i < catalog->count; i++) {
        const struct catalog_object *object = &catalog->list[i];

        if (strcmp(object->table, model->table) == 0 && strcmp(object->kind, "column") == 0)
            same = check_unfilled(scope, model, object) && same;
    }
    return same;
}
