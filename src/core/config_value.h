/* config_value.h - reading one setting's text into struct config, and rules between settings */
#ifndef KEEL_CORE_CONFIG_VALUE_H
#define KEEL_CORE_CONFIG_VALUE_H

#include "keel/core/config.h"

/*
 * Stores `text`, which must outlive `config`, as its key says; else adds a field error and returns
 * false.
 */
bool config_value_read(struct scope *scope, const struct config_key *key, const char *text,
                       struct config *config);

/*
 * Adds a field error for each rule that concerns more than one setting and is broken. Claim: none
 * is.
 */
bool config_check(struct scope *scope, const struct config *config);

#endif
