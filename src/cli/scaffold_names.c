/* scaffold_names.c - which names a resource and its fields may have */
#include "scaffold.h"

#include <ctype.h>
#include <string.h>

/* PostgreSQL 15, appendix C: the words that no table or column is called without quotes. */
static const char *const sql_words[] = {
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
};

/* Keywords, and macros that are written in small letters. */
static const char *const c_words[] = {
    "assert", "auto",   "bool",   "break",    "char",   "const",  "continue", "default",
    "do",     "double", "else",   "enum",     "errno",  "extern", "false",    "float",
    "for",    "goto",   "if",     "inline",   "int",    "long",   "register", "restrict",
    "return", "short",  "signed", "sizeof",   "static", "stderr", "stdin",    "stdout",
    "struct", "switch", "true",   "typedef",  "typeof", "union",  "unsigned", "void",
    "while",  "asm",    "signal", "volatile",
};

/* Columns that every resource has. */
static const char *const own_columns[] = {"id",         "is_active",  "version",
                                          "created_at", "updated_at", "search_text"};

/* What a list's query takes by itself: a filter of that name could not be told from it. */
static const char *const list_parameters[] = {
    "page", "per_page", "cursor", "sort", "q", "ids", "deleted", "fields", "include", "count",
};

/* Names that the file of a resource has, or that its web address would share. */
static const char *const own_tables[] = {
    "columns", "routes", "schema_migrations", "permissions", "roles", "health",
    "version", "docs",   "metrics",           "auth",
};

/* Structs that the headers of every resource bring along. */
static const char *const own_structs[] = {
    "access",  "app",      "arena",     "buffer",    "cache",      "column", "config",
    "decimal", "error",    "exchange",  "fd_set",    "identity",   "input",  "instant",
    "limiter", "log",      "match",     "model",     "module",     "pair",   "params",
    "request", "response", "route",     "rows",      "scope",      "sql",    "selection",
    "shape",   "stat",     "timeval",   "transport", "value",      "tm",     "list_query",
    "filter",  "sort_key", "list_page", "inclusion", "path_value",
};

#define HAS(list, word) has(list, sizeof(list) / sizeof(list)[0], word)

static bool has(const char *const *list, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], word) == 0)
            return true;
    }
    return false;
}

static const char *owner_of_any(const char *word)
{
    if (HAS(sql_words, word))
        return "a reserved word of PostgreSQL";
    return HAS(c_words, word) ? "a reserved word of C" : NULL;
}

const char *scaffold_owner_of_table(const char *word)
{
    return HAS(own_tables, word) ? "a name of Keel itself" : owner_of_any(word);
}

const char *scaffold_owner_of_field(const char *word)
{
    if (HAS(own_columns, word))
        return "a column that every resource has by itself";
    if (HAS(list_parameters, word))
        return "a parameter that every list has by itself";
    return owner_of_any(word);
}

const char *scaffold_owner_of_struct(const char *word)
{
    if (HAS(own_structs, word))
        return "a struct of Keel itself";
    return HAS(c_words, word) ? "a reserved word of C" : NULL;
}

bool scaffold_is_name(const char *name)
{
    size_t length = strlen(name);

    return length > 0 && length <= SCAFFOLD_NAME_MAX && islower((unsigned char)*name) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length &&
           name[length - 1] != '_' && !strstr(name, "__");
}

const char *scaffold_words(struct scope *scope, const char *name, bool capital)
{
    char *words = scope_copy(scope, name, strlen(name));

    for (char *at = words; at && *at; at++) {
        if (*at == '_')
            *at = ' ';
    }
    if (words && capital)
        *words = (char)toupper((unsigned char)*words);
    return words;
}
