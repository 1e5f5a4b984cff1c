/* sql.h - a statement fixed before the program runs */
#ifndef KEEL_DB_SQL_H
#define KEEL_DB_SQL_H

/* the files of sql/queries become constants of this type at build; built statements are made of it
 * too. */
struct sql {
    const char *name; /* for logs and errors */
    const char *text;
    int params; /* how many $n it takes */
};

#endif
