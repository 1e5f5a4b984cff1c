/* pipeline.h - the stages a request passes, in order */
#ifndef KEEL_MIDDLEWARE_PIPELINE_H
#define KEEL_MIDDLEWARE_PIPELINE_H

#include "keel/http/exchange.h"

/*
 * Takes one request from its variables to its answer and its log line. Never fails: what goes wrong
 * becomes the answer.
 */
void api_serve(struct app *app, struct transport *transport);

#endif
