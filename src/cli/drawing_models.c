/* drawing_models.c - what exports and imports a resource, as its column table says */
#include "drawing.h"

#include "keel/model/export.h"
#include "keel/services/imports.h"

/* The columns of an import or an export that `wants` picks out, each as `add` writes it. */
static const char *list_columns(struct scope *scope, const struct model *model, const char *lead,
                                bool (*wants)(const struct column *column),
                                void (*add)(struct buffer *out, const struct column *column))
{
    struct buffer text;

    buffer_init(&text, &scope->arena);
    buffer_add_text(&text, "");
    for (size_t i = 0; i < model->column_count; i++) {
        const struct column *column = &model->columns[i];

        if (!export_has_column(column) || (wants && !wants(column)))
            continue;
        buffer_add_text(&text, text.length ? ", " : lead);
        add(&text, column);
    }
    if (text.failed)
        fail_memory(scope);
    return text.failed ? NULL : text.data;
}

static void add_name(struct buffer *out, const struct column *column)
{
    buffer_add_text(out, column->name);
}

static bool is_required(const struct column *column)
{
    return column->uses & REQUIRE;
}

static bool refers(const struct column *column)
{
    return column->references != NULL;
}

static void add_reference(struct buffer *out, const struct column *column)
{
    buffer_add_format(out, "%s among %s", column->name, column->references->plural);
}

/* Rows of one table that refer to one another are written from the root. */
static const char *order_of(struct scope *scope, const struct model *model)
{
    for (size_t i = 0; i < model->column_count; i++) {
        if (model->columns[i].references == model && export_has_column(&model->columns[i]))
            return scope_format(scope, "first the row that another one's %s names",
                                model->columns[i].name);
    }
    return "";
}

/* A part that has nothing to do for a model is none of its. */
static bool add_part(struct drawing *drawing, const char *name, const char *what)
{
    if (what && *what)
        drawing->parts[drawing->count++] = (struct drawing_part){name, what};
    return what != NULL;
}

static const char *export_formats(struct scope *scope)
{
    struct buffer text;

    buffer_init(&text, &scope->arena);
    for (int format = 0; format < EXPORT_FORMAT_COUNT; format++)
        buffer_add_format(&text, "%s%s", format ? "|" : "",
                          export_format_name((enum export_format)format));
    if (text.failed)
        fail_memory(scope);
    return text.failed ? NULL : text.data;
}

static bool name_it(struct scope *scope, const struct model *model, const char *verb,
                    struct drawing *drawing)
{
    drawing->name = scope_format(scope, "%s.%s", model->plural, verb);
    drawing->command = scope_format(scope, "keelctl %s %s", verb, model->plural);
    return drawing->name && drawing->command && drawing->summary;
}

bool drawing_of_export(struct scope *scope, const struct model *model, struct drawing *drawing)
{
    const char *formats = export_formats(scope);

    *drawing = (struct drawing){.summary = "All rows, or those that a list has, into a file."};
    return formats && name_it(scope, model, "export", drawing) &&
           add_part(drawing, "query",
                    scope_format(scope, "%s that a list with the same conditions has, by a cursor",
                                 model->plural)) &&
           add_part(drawing, formats, list_columns(scope, model, "a file: ", NULL, add_name));
}

bool drawing_of_import(struct scope *scope, const struct model *model, struct drawing *drawing)
{
    *drawing = (struct drawing){.summary = "Rows from a file: added, changed, or refused."};
    return name_it(scope, model, "import", drawing) &&
           add_part(drawing, IMPORT_FORMATS, "a file, as an export gives it") &&
           add_part(drawing, "decode", list_columns(scope, model, "", NULL, add_name)) &&
           add_part(
               drawing, "require",
               list_columns(scope, model, "of a row that is added: ", is_required, add_name)) &&
           add_part(drawing, "copy",
                    "some rows at a time into a table of the import's own; goes on behind them") &&
           add_part(drawing, "deduplicate", "the first row of each id") &&
           add_part(drawing, "look up",
                    list_columns(scope, model, "what is referred to: ", refers, add_reference)) &&
           add_part(drawing, "order", order_of(scope, model)) &&
           add_part(drawing, "upsert",
                    scope_format(scope, "%s, all in one transaction or set by set", model->table));
}
