/* measure.h - counting requests: what has to be done once, at the start */
#ifndef KEEL_MIDDLEWARE_MEASURE_H
#define KEEL_MIDDLEWARE_MEASURE_H

#include "keel/http/exchange.h"

/*
 * Opens app->metrics on the file of the settings, if they name one, with a place for each row of
 * app->modules. The caller ends it with metrics_close(). ERR_INTERNAL.
 */
bool measure_open(struct scope *scope, struct app *app);

#endif
