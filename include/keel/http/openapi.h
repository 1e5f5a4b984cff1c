/* openapi.h - the contract as an OpenAPI 3.1 document, made from the handler and column tables */
#ifndef KEEL_HTTP_OPENAPI_H
#define KEEL_HTTP_OPENAPI_H

#include "keel/core/buffer.h"
#include "keel/http/route.h"

/*
 * Appends the document of these modules as compact JSON. The same build and settings give the same
 * bytes. The modules must have passed routes_check(). Fails for lack of memory only.
 */
bool openapi_write(struct scope *scope, struct modules modules, struct buffer *out);

/* A route's handler: the document, with an ETag that stands for its content. */
bool openapi_serve(struct exchange *exchange);

#endif
