/* key_folder.h - keys made, put in charge and taken out of use, by operators */
#ifndef KEEL_SERVICES_KEY_FOLDER_H
#define KEEL_SERVICES_KEY_FOLDER_H

#include "keel/services/token_keys.h"

/*
 * All work on key_folder, one at a time, and change it so that a process that reads meanwhile sees
 * either state of a key. They fail with ERR_VALIDATION where the setting is empty or the kid cannot
 * be one, ERR_NOT_FOUND for an unknown one, ERR_INTERNAL where the folder or a key cannot be used.
 */

/*
 * Makes a key. It signs at once where nothing else does (`*signs`), else it only verifies until
 * key_folder_sign(), so that everybody can learn of it first. Its file is its owner's alone, or
 * may be read by a group where the folder may. ERR_CONFLICT for a kid that there is.
 */
bool key_folder_add(struct scope *scope, const char *kid, enum token_algorithm algorithm,
                    bool *signs);

/* From now on this key signs; that of jwt_secret, too. ERR_CONFLICT for one that only verifies. */
bool key_folder_sign(struct scope *scope, const char *kid);

/*
 * Takes the private half away: tokens that the key has signed stay good, and it can never sign
 * again. ERR_CONFLICT for the one that signs, and for a shared secret, which has no halves.
 */
bool key_folder_retire(struct scope *scope, const char *kid);

/* Removes a key, and with it every token that it has signed. ERR_CONFLICT for the one that signs.
 */
bool key_folder_remove(struct scope *scope, const char *kid);

#endif
