/* template_list.c - a list of values for a template, in the making */
#include "template.h"

struct template_list template_list_begin(struct scope *scope)
{
    struct template_list list = {.scope = scope};

    /* One more, whose name is NULL. */
    list.values = scope_alloc(scope, (TEMPLATE_VALUE_MAX + 1) * sizeof *list.values);
    list.failed = !list.values;
    return list;
}

void template_add(struct template_list *list, const char *name, const char *text)
{
    if (list->failed || !text || list->count == TEMPLATE_VALUE_MAX) {
        list->failed = true;
        return;
    }
    list->values[list->count++] = (struct template_value){name, text};
}

void template_add_if(struct template_list *list, bool is_wanted, const char *name,
                     const char *format, ...)
{
    va_list arguments;
    const char *text = "";

    va_start(arguments, format);
    if (is_wanted)
        text = arena_vformat(&list->scope->arena, format, arguments);
    va_end(arguments);
    if (!text)
        fail_memory(list->scope);
    template_add(list, name, text);
}
