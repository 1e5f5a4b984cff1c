/* key_set.h - what is where in a folder of keys */
#ifndef KEEL_SERVICES_KEY_SET_H
#define KEEL_SERVICES_KEY_SET_H

#include "keel/services/token_keys.h"

/* In a folder of keys: the file with the kid of the one that signs, and the ends of names. */
#define KEY_SIGNING_FILE "signing"
#define KEY_PEM_END      ".pem"
#define KEY_SECRET_END   ".secret"

/* Claim: keys are looked for in a folder. */
bool key_folder_is_set(const struct config *config);

/* The kid in the folder's file "signing"; NULL where there is no such file. */
bool key_folder_read_signing(struct scope *scope, struct arena *arena, const char *folder,
                             const char **kid);

#endif
