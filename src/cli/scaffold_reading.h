/* scaffold_reading.h - a field on its way from a word to a row of a column table */
#ifndef KEEL_CLI_SCAFFOLD_READING_H
#define KEEL_CLI_SCAFFOLD_READING_H

#include "scaffold.h"

/* What is read of one field, for the messages too. */
struct scaffold_reading {
    struct cli *cli;
    const char *word; /* as it was given */
    struct scaffold_field *field;
    bool is_reference;
    bool has_range;
};

/*
 * Closes the limits that were left open and adds what follows from them: uses, doc, example. Fails
 * as misuse where they cannot be kept.
 */
bool scaffold_complete(struct scaffold_reading *reading);

#endif
