/* thing.h - a resource with a column of every kind, for tests of the model engine */
#ifndef KEEL_TESTS_SUPPORT_THING_H
#define KEEL_TESTS_SUPPORT_THING_H

#include "keel/model/model.h"

struct thing {
    int64_t id;
    const char *name;
    const char *note; /* may be NULL */
    struct decimal price;
    int64_t amount;
    struct maybe_int parent_id;
    bool is_open;
    struct instant due_at; /* may be NULL */
    const char *secret;    /* never read */
    const char *email;     /* may be NULL */
    struct json_text tags;
    int64_t children; /* only when asked for */
    bool is_active;
    int64_t version;
    struct instant created_at;
};

extern const struct model things_model;

/* The statement that makes its table, with the constraints that are named after columns. */
extern const char things_table[];

#endif
