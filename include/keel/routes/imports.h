/* imports.h - what a resource's route row says to take files to import */
#ifndef KEEL_ROUTES_IMPORTS_H
#define KEEL_ROUTES_IMPORTS_H

#include "keel/http/exchange.h"
#include "keel/services/imports.h"

/* A row's `.uploads` and `.query`; its reply is `{&import_model, READ}`, with ROUTE_LOCATION. */
extern const struct media import_media[];
extern const struct query_parameter import_query[];

/* Its handler: orders the import of the file into the table of the module's model. */
bool import_file(struct exchange *exchange);

#endif
