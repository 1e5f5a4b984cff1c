/* api_keys.c - requests that carry an Idempotency-Key */
#include "api_keys.h"

#include <string.h>

struct api_request api_keyed(struct api *api, const char *target, const char *body, const char *key)
{
    const char **variables = arena_alloc(&api->scope.arena, 2 * sizeof *variables);

    assert_non_null(variables);
    variables[0] = api_format(api, "HTTP_IDEMPOTENCY_KEY=%s", key);
    variables[1] = NULL;
    return (struct api_request){.method = "POST",
                                .target = target,
                                .token = api->tokens[API_EDITOR],
                                .body = body,
                                .variables = variables};
}

const struct api_reply *api_post_keyed(struct api *api, const char *target, const char *body,
                                       const char *key)
{
    struct api_request request = api_keyed(api, target, body, key);

    return api_send(api, &request);
}

bool api_is_replay(struct api *api, const struct api_reply *reply)
{
    const char *said = api_header(api, reply, "Idempotency-Replayed");

    assert_int_equal(said != NULL, api_has_logged(reply, "replay"));
    assert_true(!said || strcmp(said, "true") == 0);
    return said != NULL;
}

void api_must_be_same(struct api *api, const struct api_reply *first, const struct api_reply *again)
{
    static const char *const names[] = {"Location", "ETag", "Content-Type", "Content-Length"};

    assert_int_equal(again->status, first->status);
    assert_int_equal(again->body_length, first->body_length);
    assert_memory_equal(again->body, first->body, first->body_length);
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *value = api_header(api, first, names[i]);

        assert_int_equal(value != NULL, api_header(api, again, names[i]) != NULL);
        if (value)
            assert_string_equal(value, api_header(api, again, names[i]));
    }
}
