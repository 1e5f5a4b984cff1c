/* postmaster.h - a PostgreSQL server that a test tells, kills and freezes, by its data folder */
#ifndef KEEL_TESTS_SUPPORT_POSTMASTER_H
#define KEEL_TESTS_SUPPORT_POSTMASTER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * A program of PostgreSQL's server, as who owns its files: "pg_ctl", with arguments as a shell
 * reads them. The test fails where it does not succeed.
 */
void postmaster_run(const char *program, const char *arguments);

/*
 * Starts "postgres" with such arguments, of which one may lead its words into a log. It ends with
 * this process, however that ends; the caller ends it sooner, and waits for it.
 */
pid_t postmaster_start(const char *arguments);

/* The processes of the server are killed, all at once, and gone. The test fails where none runs. */
void postmaster_kill(const char *data);

/* One of its processes, whose command line has this word; 0: none. */
pid_t postmaster_child(const char *data, const char *word);

/* All its processes are stopped until frost_end(), or until this process ends, however it does. */
struct frost {
    pid_t keeper;
    int pipe;
};

void frost_begin(struct frost *frost, const char *data);
void frost_end(struct frost *frost);

#endif
