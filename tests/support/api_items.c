/* api_items.c - the ids of a page, and of the rows that PostgreSQL itself would give */
#include "api_items.h"

#include "keel/core/buffer.h"

/* The ids of a page, "1,2,3". */
const char *api_item_ids(struct api *api, const struct api_reply *reply, const char *rows)
{
    size_t count = api_count(reply, api_format(api, "/data/%s", rows));
    struct buffer text;

    buffer_init(&text, &api->scope.arena);
    buffer_add_text(&text, "");
    for (size_t i = 0; i < count; i++)
        buffer_add_format(&text, "%s%lld", i ? "," : "",
                          (long long)api_int(reply, api_format(api, "/data/%s/%zu/id", rows, i)));
    assert_false(text.failed);
    return text.data ? text.data : "";
}

/* What PostgreSQL itself says to the same question. */
const char *api_item_ids_in_database(struct api *api, const char *where, const char *order,
                                     int limit)
{
    return api_ask(api, api_format(api,
                                   "SELECT string_agg(id::text, ',') FROM (SELECT id FROM items "
                                   "WHERE is_active AND (%s) ORDER BY %s LIMIT %d) AS page",
                                   where, order, limit));
}
