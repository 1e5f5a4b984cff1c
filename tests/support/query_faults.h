/* query_faults.h - makes one statement after the other fail on its way to PostgreSQL */
#ifndef KEEL_TESTS_QUERY_FAULTS_H
#define KEEL_TESTS_QUERY_FAULTS_H

#include <stdbool.h>

/*
 * Used as faults.h is. Everything that db/ sends counts: BEGIN, COMMIT, ROLLBACK and the preparing
 * of a statement too. Needs the program linked with --wrap for the four PQsend functions.
 *
 * `sqlstate` is what the server answers instead ("40001"); NULL cuts the connection before the
 * statement is sent.
 */
void query_faults_begin(const char *sqlstate);

/* Arms the next failure; false when in the round before no statement failed. */
bool query_faults_next(void);

/* Lets everything pass again until query_faults_next(). */
void query_faults_stop(void);

/* Claim: a statement failed in this round. */
bool query_faults_hit(void);

/* How many rounds had a failure. */
unsigned query_faults_count(void);

#endif
