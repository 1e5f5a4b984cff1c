/* pair.h - a name and its value, as a query string or a filter has them */
#ifndef KEEL_CORE_PAIR_H
#define KEEL_CORE_PAIR_H

#include <stddef.h>

/* Both texts are NUL-terminated UTF-8 and belong to whoever made the pair. */
struct pair {
    const char *name;
    const char *value;
};

struct pairs {
    const struct pair *list;
    size_t count;
};

#endif
