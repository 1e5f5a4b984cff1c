/* models.h - the models that columns of other resources refer to */
#ifndef KEEL_ROUTES_MODELS_H
#define KEEL_ROUTES_MODELS_H

#include "keel/model/model.h"

extern const struct model categories_model;
extern const struct model items_model;

#endif
