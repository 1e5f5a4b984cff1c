/* import_file.h - the file of an import: one that is there, or what comes by standard input */
#ifndef KEEL_CLI_IMPORT_FILE_H
#define KEEL_CLI_IMPORT_FILE_H

#include "cli.h"
#include "keel/services/imports.h"

/*
 * Says in the order where the file is, how long, and, unless that is said, of what format by its
 * name. Standard input, "-", is read to its end into a file of its own below upload_folder (else
 * below /tmp), which goes with the import; interrupted meanwhile, it leaves none.
 */
bool import_file_find(struct cli *cli, const char *path, struct import_order *order);

#endif
