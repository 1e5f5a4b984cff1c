/* model.h - column tables: the one description of a resource that all others are made from */
#ifndef KEEL_MODEL_MODEL_H
#define KEEL_MODEL_MODEL_H

#include "keel/core/scope.h"

#include <stddef.h>

/*
 * How a column's value is held in a C struct. Each type stands for one kind, so that a wrong member
 * does not compile.
 */
struct maybe_int {
    bool is_null;
    int64_t value;
};

struct decimal {
    const char *text; /* as PostgreSQL writes it; never a double */
};

struct instant {
    int64_t us; /* microseconds since 1970 UTC */
};

struct json_text {
    const char *text; /* made by PostgreSQL, already JSON */
};

/* Several texts, of a text[]. */
struct texts {
    const char *text; /* of a body: as PostgreSQL writes an array; of a row: as JSON does */
};

enum column_kind { KIND_INT, KIND_TEXT, KIND_DECIMAL, KIND_BOOL, KIND_TIME, KIND_JSON, KIND_TEXTS };

/* What a column may be used for; also says which part of a model a route's body or reply is. */
enum column_use {
    READ = 1 << 0,     /* part of answers */
    CREATE = 1 << 1,   /* part of a body that adds */
    UPDATE = 1 << 2,   /* part of a body that changes */
    REQUIRE = 1 << 3,  /* must be there in a body that adds or replaces */
    SORT = 1 << 4,     /* may be sorted by; the column must be NOT NULL and READ */
    FILTER = 1 << 5,   /* `name=value` in a list's query */
    RANGE = 1 << 6,    /* `min_x` and `max_x`; of a time x_at, `x_after` and `x_before` */
    PARTIAL = 1 << 7,  /* of a body: what is absent stays as it is (PATCH) */
    LIST = 1 << 8,     /* of a reply: a page of rows */
    SEARCH = 1 << 9,   /* KIND_TEXT: part of what `q` searches, see the model's `search` */
    COUNTED = 1 << 10, /* FILTER too: row_totals keeps how many rows have each value */
    WHOLE = 1 << 12,   /* of a reply: all rows there are, {"plural": [...]}, without pages */
    ASKED = 1 << 11,   /* with READ: part of an answer only when `include` names it */
};

struct model;

struct column {
    const char *name; /* in JSON, in C and in PostgreSQL */
    const char *key;  /* `,"name":`, so that a row is written without making it anew */
    size_t key_length;
    size_t offset; /* of the member in the model's struct */
    enum column_kind kind;
    unsigned uses; /* enum column_use */
    bool nullable; /* KIND_INT is then a struct maybe_int */

    /*
     * KIND_TEXT, and each of KIND_TEXTS: characters; KIND_INT, KIND_DECIMAL: value, inclusive. Both
     * 0: no bound.
     */
    int64_t min, max;
    int64_t most;           /* KIND_TEXTS: how many there may be */
    unsigned digits, scale; /* KIND_DECIMAL: NUMERIC(digits, scale) */
    const char *format;     /* KIND_TEXT(S): "email", "password", "network", or NULL */
    const char *choices;    /* KIND_TEXT: all that it may be, "a|b|c"; NULL: anything */
    bool secret;            /* of a body: a token, a code; see column_is_secret() */
    const char *expression; /* READ only: SQL over the table's row instead of a stored column */
    /* KIND_JSON: what the object looks like; NULL: an array, or an object as the example is one */
    const struct model *nested;
    /*
     * KIND_INT: the id of a row there; `include` of the name without "_id" joins it, so whoever
     * may read this table reads that one's READ columns, too.
     */
    const struct model *references;
    /*
     * FILTER alone: SQL over the table's row that is true for those to be listed, with one ? in
     * place of the value; nothing of this name is stored.
     */
    const char *condition;
    const char *example; /* as JSON, for documents */
    const char *doc;     /* one sentence */
};

/* What a column is called, where no member gives it its name. */
#define COLUMN_NAME(text) .name = text, .key = ",\"" text "\":", .key_length = sizeof(text) - 1 + 4

/*
 * One column of a table: {INT(struct item, id), .uses = READ, ...}. A member of another type does
 * not compile.
 */
#define COLUMN_AS(type, member, member_type, column_kind)                                          \
    COLUMN_NAME(#member), .offset = offsetof(type, member),                                        \
                          .kind = _Generic(((type *)0)->member, member_type                        \
                                           : column_kind)
#define INT(type, member) COLUMN_AS(type, member, int64_t, KIND_INT)
#define MAYBE_INT(type, member)                                                                    \
    COLUMN_AS(type, member, struct maybe_int, KIND_INT), .nullable = true
#define TEXT(type, member)    COLUMN_AS(type, member, const char *, KIND_TEXT)
#define DECIMAL(type, member) COLUMN_AS(type, member, struct decimal, KIND_DECIMAL)
#define BOOL(type, member)    COLUMN_AS(type, member, bool, KIND_BOOL)
#define TIME(type, member)    COLUMN_AS(type, member, struct instant, KIND_TIME)
#define JSON(type, member)    COLUMN_AS(type, member, struct json_text, KIND_JSON)
#define TEXTS(type, member)   COLUMN_AS(type, member, struct texts, KIND_TEXTS)

struct model {
    const char *name;   /* one of them, for messages: "Item" */
    const char *plural; /* the member of a list's answer that holds the rows: "items" */
    const char *table;  /* NULL: a body or reply that no table holds */
    const struct column *columns;
    size_t column_count;
    size_t size;        /* of the struct that model_load() fills */
    const char *order;  /* of a list where the caller names none, as in `sort`: "-created_at" */
    bool soft_delete;   /* a row with is_active false counts as deleted */
    bool purge;         /* rows deleted softly may be removed for good after the setting's days */
    bool counted;       /* row_totals keeps how many rows there are (deleted ones do not count) */
    const char *search; /* the column with the SEARCH columns folded, for `q`; NULL: no `q` */
};

#define COLUMNS(array) .columns = (array), .column_count = sizeof(array) / sizeof((array)[0])

/* Claim: in every answer that does not name its fields: READ, and not one to be asked for. */
bool column_is_shown(const struct column *column);

/* Claim: the table has it: it is neither computed nor a condition. */
bool column_is_stored(const struct column *column);

/*
 * Claim: a value of it is written into nothing that is kept for others to read, such as the audit
 * log: a password, what is marked as a secret, and of a table whatever no answer shows.
 */
bool column_is_secret(const struct model *model, const struct column *column);

/* The column of this name, or NULL. */
const struct column *model_find(const struct model *model, const char *name);

/*
 * Refuses a column table that contradicts itself, naming the column; called at start. Fails with
 * ERR_INTERNAL.
 */
bool model_check(struct scope *scope, const struct model *model);

#endif
