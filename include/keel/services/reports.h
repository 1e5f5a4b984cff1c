/* reports.h - reports on what is counted day by day */
#ifndef KEEL_SERVICES_REPORTS_H
#define KEEL_SERVICES_REPORTS_H

#include "keel/db/db.h"
#include "keel/model/model.h"

/* Days that one report may have. */
#define REPORT_DAYS_MAX 366

/* What was in stock of a category on a day. */
struct inventory_day {
    const char *day; /* "2026-01-12" */
    struct maybe_int category_id;
    const char *category; /* NULL: none, or it is gone for good */
    int64_t items;
    int64_t units;
    struct decimal value;
};

extern const struct model inventory_model;

/*
 * The stock of the days from `from` to `to`, both among them, as rows of inventory_model's columns,
 * by day and category. Days are those of UTC; NULL are today and the 29 days before `to`. Fails
 * with ERR_VALIDATION, naming from or to, for what is no day, a `from` behind `to`, or more days
 * than REPORT_DAYS_MAX.
 */
bool reports_inventory(struct scope *scope, const char *from, const char *to, struct rows *rows);

#endif
