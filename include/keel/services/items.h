/* items.h - what items do beyond being read and written row by row */
#ifndef KEEL_SERVICES_ITEMS_H
#define KEEL_SERVICES_ITEMS_H

#include "keel/model/model.h"

/* A change of stock. */
struct adjustment {
    int64_t delta;
};

extern const struct model adjustment_model;

/*
 * Adds `delta` to an item's quantity, in one statement: any number at once come to the right sum.
 * ERR_NOT_FOUND where there is no such item, or it is deleted; ERR_CONFLICT where fewer than
 * none or more than the column holds would be left. A delta of 0 changes nothing, the version
 * neither.
 */
bool items_adjust(struct scope *scope, int64_t id, int64_t delta);

#endif
