/* drawing.c - what pipelines look like: their reader, steps and writer, in words */
#include "drawing.h"

#include "keel/routes/modules.h"
#include "keel/services/imports.h"

#include <string.h>

/* Characters of a line of words beside a box. */
#define WORDS_WIDTH 76

static void add_part(struct drawing *drawing, const char *name, const char *what)
{
    drawing->parts[drawing->count++] = (struct drawing_part){name, what};
}

static void draw_declared(const struct pipeline *pipeline, struct drawing *drawing)
{
    *drawing = (struct drawing){
        .name = pipeline->name, .summary = pipeline->summary, .pipeline = pipeline};
    add_part(drawing, pipeline->reader.reader->name, pipeline->reader.what);
    for (size_t i = 0; i < PIPELINE_STEP_MAX && pipeline->steps[i].step; i++)
        add_part(drawing, pipeline->steps[i].step->name, pipeline->steps[i].what);
    add_part(drawing, pipeline->writer.writer->name, pipeline->writer.what);
}

/* The model of a module; NULL where it has no table, or one that came before has the same. */
static const struct model *model_of(size_t place)
{
    const struct model *model = keel_modules.list[place]->model;

    for (size_t i = 0; model && i < place; i++) {
        const struct model *other = keel_modules.list[i]->model;

        if (other && other->table && strcmp(other->plural, model->plural) == 0)
            return NULL;
    }
    return model && model->table ? model : NULL;
}

static bool draw_models(struct scope *scope, struct drawing *list, size_t *count)
{
    for (size_t i = 0; i < keel_modules.count; i++) {
        const struct model *model = model_of(i);

        if (!model)
            continue;
        if (!drawing_of_export(scope, model, &list[(*count)++]))
            return false;
        if (imports_fit(model) && !drawing_of_import(scope, model, &list[(*count)++]))
            return false;
    }
    return true;
}

bool drawing_all(struct scope *scope, struct drawing **list, size_t *count)
{
    /* Each model has two at most. */
    *list = scope_alloc(scope, (keel_pipelines.count + 2 * keel_modules.count) * sizeof **list);
    *count = 0;
    if (!*list)
        return false;
    for (size_t i = 0; i < keel_pipelines.count; i++)
        draw_declared(keel_pipelines.list[i], &(*list)[(*count)++]);
    return draw_models(scope, *list, count);
}

bool drawing_find(struct scope *scope, const char *name, struct drawing *drawing, bool *found)
{
    struct drawing *list;
    size_t count;

    *found = false;
    if (!drawing_all(scope, &list, &count))
        return false;
    for (size_t i = 0; i < count && !*found; i++) {
        *found = strcmp(list[i].name, name) == 0;
        *drawing = list[i];
    }
    return true;
}

const char *drawing_line(struct scope *scope, const struct drawing *drawing)
{
    struct buffer text;

    buffer_init(&text, &scope->arena);
    for (size_t i = 0; i < drawing->count; i++)
        buffer_add_format(&text, "%s%s", i ? " > " : "", drawing->parts[i].name);
    if (text.failed)
        fail_memory(scope);
    return text.failed ? NULL : text.data;
}

/* How much of the words fits into a line. */
static size_t line_length(const char *words)
{
    size_t length = strlen(words);

    if (length <= WORDS_WIDTH)
        return length;
    length = WORDS_WIDTH;
    while (length && words[length] != ' ')
        length--;
    return length ? length : strlen(words);
}

/* The box, and beside it what the part does; more words than a line has go on below. */
static void add_box(struct buffer *out, const struct drawing_part *part, int width)
{
    const char *words = part->what;
    size_t length = line_length(words);

    buffer_add_format(out, "  [ %-*s ]  %.*s\n", width, part->name, (int)length, words);
    for (words += length; *words; words += length) {
        words++;
        length = line_length(words);
        buffer_add_format(out, "%*s%.*s\n", width + 8, "", (int)length, words);
    }
}

void drawing_add(struct buffer *out, const struct drawing *drawing)
{
    size_t width = 11;

    for (size_t i = 0; i < drawing->count; i++) {
        size_t length = strlen(drawing->parts[i].name);

        width = length > width ? length : width;
    }
    buffer_add_format(out, "%s: %s\n\n", drawing->name, drawing->summary);
    for (size_t i = 0; i < drawing->count; i++) {
        if (i)
            buffer_add_text(out, "        |\n        v\n");
        add_box(out, &drawing->parts[i], (int)width);
    }
}
