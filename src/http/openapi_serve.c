/* openapi_serve.c - the document as an answer */
#include "keel/http/openapi.h"

#include "keel/http/conditional.h"

bool openapi_serve(struct exchange *exchange)
{
    return openapi_write(&exchange->scope, exchange->app->modules, &exchange->response.data) &&
           conditional_document(exchange);
}
