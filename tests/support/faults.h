/* faults.h - makes one allocation after the other fail, until an operation succeeds */
#ifndef KEEL_TESTS_FAULTS_H
#define KEEL_TESTS_FAULTS_H

#include <stdbool.h>

/*
 *     faults_begin();
 *     while (faults_next()) {
 *         bool ok = operation();
 *
 *         faults_stop();
 *         assert_int_equal(ok, !faults_hit());
 *     }
 *     assert_true(faults_count() > 0);
 *
 * The last round is the one in which no allocation failed. Needs the program linked with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup; calls inside shared libraries are
 * not touched.
 */
void faults_begin(void);

/* Arms the next failure; false when in the round before everything was allocated. */
bool faults_next(void);

/* Lets everything succeed again until faults_next(). */
void faults_stop(void);

/* Claim: an allocation failed in this round. */
bool faults_hit(void);

/* How many rounds had a failure. */
unsigned faults_count(void);

#endif
