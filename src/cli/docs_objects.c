/* docs_objects.c - the objects that answers hold: each a table and an example */
#include "docs_parts.h"

#include "markdown.h"

#include <string.h>

/* Each model once, in the order in which rows and columns name them. */
struct objects {
    const struct model **list;
    size_t count;
};

static bool has(const struct objects *objects, const struct model *model)
{
    for (size_t i = 0; i < objects->count; i++) {
        if (objects->list[i] == model)
            return true;
    }
    return false;
}

static void add(struct buffer *out, struct objects *objects, const struct model *model)
{
    if (!model || has(objects, model))
        return;
    const struct model **list =
        arena_grow(out->arena, objects->list, objects->count * sizeof(struct model *),
                   (objects->count + 1) * sizeof(struct model *));

    if (!list) {
        out->failed = true;
        return;
    }
    objects->list = list;
    objects->list[objects->count++] = model;
    for (size_t i = 0; i < model->column_count; i++) {
        add(out, objects, model->columns[i].nested);
        add(out, objects, model->columns[i].references);
    }
}

static const char *heading_of(struct buffer *out, const struct model *model)
{
    const char *heading = arena_format(out->arena, "%s object", model->name);

    if (!heading)
        out->failed = true;
    return heading;
}

void docs_add_object_link(struct buffer *out, const struct model *model)
{
    const char *heading = heading_of(out, model);

    if (heading)
        markdown_link(out, model->name, heading);
}

static void add_row(struct buffer *out, const struct column *column)
{
    buffer_add_format(out, "| `%s` | ", column->name);
    docs_add_type(out, column);
    buffer_add_text(out, " | ");
    if (column->doc)
        markdown_text(out, column->doc);
    if (column->uses & ASKED)
        buffer_add_text(out, " Only where `include` asks for it.");
    buffer_add_text(out, " |\n");
}

/* "category" of category_id: the row that it points to. */
static void add_reference(struct buffer *out, const struct column *column)
{
    buffer_add_format(out, "| `%.*s` | ", (int)(strlen(column->name) - strlen("_id")),
                      column->name);
    docs_add_object_link(out, column->references);
    buffer_add_format(out, "%s | The row that `%s` names. Only where `include` asks for it. |\n",
                      column->nullable ? ", or null" : "", column->name);
}

static void add_object(struct buffer *out, const struct model *model)
{
    static const char *const headings[] = {"field", "type", "meaning", NULL};
    const char *heading = heading_of(out, model);

    if (!heading)
        return;
    markdown_heading(out, 3, heading);
    markdown_table(out, headings);
    for (size_t i = 0; i < model->column_count; i++) {
        if (model->columns[i].uses & READ)
            add_row(out, &model->columns[i]);
        if (model->columns[i].references)
            add_reference(out, &model->columns[i]);
    }
    buffer_add_text(out, "\n```json\n");
    docs_add_json(out, model, READ);
    buffer_add_text(out, "\n```\n");
}

void docs_add_objects(struct buffer *out, struct modules modules)
{
    struct objects objects = {0};

    for (size_t m = 0; m < modules.count; m++) {
        for (size_t r = 0; r < modules.list[m]->route_count; r++)
            add(out, &objects, modules.list[m]->routes[r].reply.model);
    }
    markdown_heading(out, 2, "Objects");
    buffer_add_text(out, "What `data` holds.\n");
    for (size_t i = 0; i < objects.count; i++)
        add_object(out, objects.list[i]);
}
