/* changes.h - what a migration did to the schema, as lines of a report */
#ifndef KEEL_CLI_CHANGES_H
#define KEEL_CLI_CHANGES_H

#include "keel/core/buffer.h"
#include "keel/db/catalog.h"

/* Writes Added, Modified and Removed. A table that came or went whole is one line. */
void changes_write(struct buffer *out, const struct catalog_diff *diff);

#endif
