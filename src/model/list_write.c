/* list_write.c - a page as JSON */
#include "keel/model/list.h"

#include "keel/core/json.h"

static void add_number_or_null(struct buffer *buffer, const char *lead, bool is_there,
                               int64_t number)
{
    buffer_add_text(buffer, lead);
    if (is_there)
        buffer_add_int(buffer, number);
    else
        buffer_add_text(buffer, "null");
}

static void add_pagination(struct buffer *buffer, const struct list_query *list,
                           const struct list_page *page)
{
    int64_t pages = (page->total + list->per_page - 1) / list->per_page;

    add_number_or_null(buffer, "\"pagination\":{\"page\":", !list->cursor, list->page);
    add_number_or_null(buffer, ",\"per_page\":", true, list->per_page);
    add_number_or_null(buffer, ",\"total\":", page->has_total, page->total);
    buffer_add_text(buffer, ",\"total_is_exact\":");
    buffer_add_text(buffer, page->total_is_exact ? "true" : "false");
    add_number_or_null(buffer, ",\"pages\":", page->has_total, pages);
    buffer_add_text(buffer, ",\"next_cursor\":");
    json_add_text(buffer, page->next_cursor);
    buffer_add_char(buffer, '}');
}

void list_write(struct buffer *buffer, const struct list_query *list, const struct list_page *page)
{
    buffer_add_char(buffer, '{');
    json_add_key(buffer, list->model->plural);
    buffer_add_char(buffer, '[');
    for (int row = 0; row < page->count; row++) {
        if (row)
            buffer_add_char(buffer, ',');
        selection_write_row(buffer, &list->selection, &page->rows, row);
    }
    buffer_add_text(buffer, "],");
    add_pagination(buffer, list, page);
    buffer_add_char(buffer, '}');
}
