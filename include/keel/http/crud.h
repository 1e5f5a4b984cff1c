/* crud.h - generic handlers of a resource: all they need stands in its row and its column table */
#ifndef KEEL_HTTP_CRUD_H
#define KEEL_HTTP_CRUD_H

#include "keel/http/exchange.h"

/*
 * Each is a route's handler. A model with a `version` has it as its ETag: GET honours If-None-Match
 * (304), PUT, PATCH and DELETE honour If-Match (412, see conditional.h). Errors are those of
 * store.h and list.h.
 */
bool crud_list(struct exchange *exchange);
bool crud_get(struct exchange *exchange);
bool crud_create(struct exchange *exchange); /* 201 with Location */
bool crud_replace(struct exchange *exchange);
bool crud_patch(struct exchange *exchange);
bool crud_delete(struct exchange *exchange);
bool crud_restore(struct exchange *exchange);
bool crud_bulk(struct exchange *exchange); /* of a ROUTE_BULK row; model/bulk.h */

/*
 * All rows that a list with these filters has, as a file, of a row with ROUTE_LIST and `.streams =
 * export_media`; model/export.h.
 */
bool crud_export(struct exchange *exchange);
extern const struct media export_media[];

/* crud_reply() of a row that was added by its list's path, with Location: of ROUTE_LOCATION. */
bool crud_reply_created(struct exchange *exchange, const struct rows *rows);

/* Says where a row that was added is found: its id below `path`, such as "/items". */
bool crud_add_location(struct exchange *exchange, const char *path, int64_t id);

/* Names a streamed answer as a file to be kept; `name` has no quotes in it. */
bool crud_name_file(struct exchange *exchange, const char *name);

/* stream_write() as a sink has it; `exchange` is a struct exchange. */
bool crud_stream_piece(void *exchange, const char *data, size_t length);

/* Writes a row as the reply's data, with its ETag where the model has a version. */
bool crud_reply(struct exchange *exchange, const struct rows *rows);

/* For handlers of their own: the reply model's struct, or all rows of a WHOLE reply, as data. */
bool crud_reply_record(struct exchange *exchange, const void *record);
bool crud_reply_rows(struct exchange *exchange, const struct rows *rows);

/*
 * Notes for the audit log which row a handler of its own writes. Without it that is the row of the
 * module's table whose id stands in the path.
 */
void crud_note_row(struct exchange *exchange, const char *table, int64_t id);

#endif
