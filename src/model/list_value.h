/* list_value.h - values of a list's own parameters: numbers, words, ids, choices */
#ifndef KEEL_MODEL_LIST_VALUE_H
#define KEEL_MODEL_LIST_VALUE_H

#include "keel/model/list.h"

/* Each fails with ERR_VALIDATION, naming the parameter, and leaves `list` alone then. */

/* A whole number from the parameter's `min` to its `max`. */
bool list_value_number(struct scope *scope, const struct parameter *parameter, const char *text,
                       int64_t *number);

/* The place of the text among the parameter's `choices`. */
bool list_value_choice(struct scope *scope, const struct parameter *parameter, const char *text,
                       size_t *choice);

/* `1,2,3` as PostgreSQL writes an array. */
bool list_value_ids(struct scope *scope, const struct parameter *parameter, const char *text,
                    const char **ids);

/* What white space parts, at most LIST_WORD_MAX of them. */
bool list_value_words(struct scope *scope, const struct parameter *parameter, const char *text,
                      const char *const **words, size_t *count);

#endif
