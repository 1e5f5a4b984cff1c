/* resource.h - resources by the names that people type */
#ifndef KEEL_CLI_RESOURCE_H
#define KEEL_CLI_RESOURCE_H

#include "cli.h"
#include "keel/model/model.h"

/*
 * The model with a table of this plural, of those that `fits` (NULL: all); NULL, as misuse, where
 * there is none, or no name.
 */
const struct model *resource_find(struct cli *cli, const char *name,
                                  bool (*fits)(const struct model *model));

#endif
