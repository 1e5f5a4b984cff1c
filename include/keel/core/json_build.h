/* json_build.h - JSON text made member by member; its commas come by themselves */
#ifndef KEEL_CORE_JSON_BUILD_H
#define KEEL_CORE_JSON_BUILD_H

#include "keel/core/buffer.h"

/*
 * Each writes a member of the object that is open at the buffer's end, or, with a NULL name, an
 * element of the array that is open there. What is opened must be closed; nothing else may be
 * written between. Lack of memory shows in the buffer.
 */
void json_open_object(struct buffer *out, const char *name);
void json_close_object(struct buffer *out);
void json_open_array(struct buffer *out, const char *name);
void json_close_array(struct buffer *out);
void json_put_text(struct buffer *out, const char *name, const char *text); /* NULL: null */
void json_put_int(struct buffer *out, const char *name, int64_t value);
void json_put_bool(struct buffer *out, const char *name, bool value);

/* A text made as printf does. */
void json_put_format(struct buffer *out, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A value that is JSON already. */
void json_put_raw(struct buffer *out, const char *name, const char *json);

/* Appends compact JSON with a line for each member, indented by two spaces a level. */
void json_add_indented(struct buffer *out, const char *json, size_t length);

#endif
