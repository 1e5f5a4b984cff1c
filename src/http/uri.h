/* uri.h - the path and query of a request, decoded once (RFC 3986) */
#ifndef KEEL_HTTP_URI_H
#define KEEL_HTTP_URI_H

#include "keel/http/request.h"

/*
 * Fills path, segments, outside and query. `uri` is REQUEST_URI: the one variable that every web
 * server gives raw. `query` is used where the uri has none of its own.
 */
bool uri_decode(struct scope *scope, const char *uri, const char *query, struct request *request);

#endif
