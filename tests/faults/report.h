/* report.h - the table of what each fault cost, in the file that KEEL_FAULTS names */
#ifndef KEEL_TESTS_FAULTS_REPORT_H
#define KEEL_TESTS_FAULTS_REPORT_H

#include "trial.h"

/* Claim: somebody wants one, and with it all faults, not the quick ones alone. */
bool report_is_wanted(void);

/* Adds a trial's line. */
void report_add(const struct trial *trial, const char *verdict);

#endif
