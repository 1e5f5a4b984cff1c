/* modules.h - every resource of the program */
#ifndef KEEL_ROUTES_MODULES_H
#define KEEL_ROUTES_MODULES_H

#include "keel/http/route.h"

/* The one list: src/routes/modules.c. */
extern const struct modules keel_modules;

#endif
