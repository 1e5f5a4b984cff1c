/* parameter.h - what a query may ask for, described for checks and documents */
#ifndef KEEL_MODEL_PARAMETER_H
#define KEEL_MODEL_PARAMETER_H

#include "keel/model/model.h"

/* What a parameter's value is. Those that hold several put commas between them. */
enum parameter_kind {
    PARAMETER_TEXT,   /* `min` to `max` characters; 0: no bound */
    PARAMETER_NUMBER, /* a whole number from `min` to `max` */
    PARAMETER_IDS,    /* 1 to `max` ids */
    PARAMETER_CHOICE, /* one of `choices` */
    PARAMETER_NAMES,  /* 1 to `max` of `choices`, each once */
    PARAMETER_SORT,   /* the same, each with or without a '-' in front */
    PARAMETER_VALUE,  /* a value of `column` */
};

struct parameter {
    const char *name;
    enum parameter_kind kind;
    const struct column *column; /* PARAMETER_VALUE only */
    bool takes_null;             /* PARAMETER_VALUE: "null" means rows without a value */
    int64_t min, max;
    const char *const *choices; /* ends with NULL */
    const char *fallback;       /* what it is where it is not given; NULL: nothing */
    const char *doc;            /* one sentence */
};

/* Begins as {0}; belongs to the arena of the scope that it is filled in. */
struct parameters {
    struct parameter *list;
    size_t count, capacity;
};

/* Adds one; false when there is no memory, recorded. Its texts must live as long as the scope. */
bool parameters_add(struct scope *scope, struct parameters *parameters,
                    const struct parameter *parameter);

#endif
