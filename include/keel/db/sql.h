/* sql.h - a statement fixed before the program runs */
#ifndef KEEL_DB_SQL_H
#define KEEL_DB_SQL_H

/* The build makes a constant of each query in sql/queries; built statements have this form too. */
struct sql {
    const char *name; /* for logs and errors */
    const char *text;
    int params; /* how many $n it takes */
};

#endif
