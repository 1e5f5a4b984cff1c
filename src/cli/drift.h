/* drift.h - whether column tables say the same as the database's catalog */
#ifndef KEEL_CLI_DRIFT_H
#define KEEL_CLI_DRIFT_H

#include "keel/db/catalog.h"
#include "keel/model/model.h"

/*
 * Compares a model that has a table with the catalog. Records one field error, named
 * "table.column", for each column that is not there, has a type, length or NOT NULL of its own
 * mind, or that an insert would leave without a value. Claim: nothing differs.
 */
bool drift_check(struct scope *scope, const struct model *model, const struct catalog *catalog);

/*
 * The same for what is counted: the triggers of a model's totals, and their key columns, are those
 * that the column table names. Records field errors named "table" or "table.column".
 */
bool drift_check_totals(struct scope *scope, const struct model *model,
                        const struct catalog *catalog);

#endif
