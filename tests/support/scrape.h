/* scrape.h - reading what a monitoring system reads (Prometheus' text format 0.0.4) */
#ifndef KEEL_TESTS_SUPPORT_SCRAPE_H
#define KEEL_TESTS_SUPPORT_SCRAPE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The value of a series, named as it is written: "keel_jobs{state=\"due\"}". The test fails where
 * it is not there; scrape_find() then gives -1.
 */
double scrape_value(const char *text, const char *series);
double scrape_find(const char *text, const char *series);

/* The sum of all series of a name whose labels hold this text; 0 where there is none. */
double scrape_sum(const char *text, const char *name, const char *labels);

/* Claim: there is a series of this name (as in a query, with _bucket and the like). */
bool scrape_has(const char *text, const char *name, size_t length);

/*
 * The test fails unless each line is of the format, each value stands with its name's HELP and
 * TYPE, no series comes twice, and histograms add up.
 */
void scrape_check(const char *text);

#endif
