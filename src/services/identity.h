/* identity.h - what queries say of who asks, as the scope has it */
#ifndef KEEL_SERVICES_IDENTITY_H
#define KEEL_SERVICES_IDENTITY_H

#include "keel/core/scope.h"

/* Takes the query's "a:read b:write" as the identity's permissions. */
bool identity_set_permissions(struct scope *scope, const char *text, struct identity *identity);

#endif
