/* api_disturb.h - a trigger that disturbs whoever adds an item */
#ifndef KEEL_TESTS_SUPPORT_API_DISTURB_H
#define KEEL_TESTS_SUPPORT_API_DISTURB_H

#include "api.h"

/* Has these PL/pgSQL statements run before an item is added, or when its transaction commits. */
void api_disturb(struct api *api, const char *statements);
void api_disturb_commit(struct api *api, const char *statements);

/* Takes the trigger away. */
void api_calm(struct api *api);

#endif
