/* mail_source.h - where the texts of mails come from: the operator's folder, else the program */
#ifndef KEEL_SERVICES_MAIL_SOURCE_H
#define KEEL_SERVICES_MAIL_SOURCE_H

#include "keel/core/scope.h"

/*
 * The template of this name ("reset.txt"): the file in `folder`, or the built-in one where the
 * folder has none or `folder` is "". Fails with ERR_INTERNAL for a file that cannot be read or is
 * no text.
 */
bool mail_source_find(struct scope *scope, const char *folder, const char *name,
                      const char **source);

#endif
