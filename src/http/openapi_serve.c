/* openapi_serve.c - the document as an answer */
#include "keel/http/openapi.h"

#include "keel/core/digest.h"
#include "keel/http/conditional.h"

bool openapi_serve(struct exchange *exchange)
{
    struct buffer *data = &exchange->response.data;
    char version[DIGEST_TEXT_SIZE];

    if (!openapi_write(&exchange->scope, exchange->app->modules, data))
        return false;
    if (!digest_text(data->data, data->length, version))
        return fail_memory(&exchange->scope);
    conditional_seen(exchange, version);
    return etag_add_text(exchange, version);
}
