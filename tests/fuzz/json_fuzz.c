/* json_fuzz.c - any bytes as JSON: refused cleanly, or taken and written back to the same value */
#include "fuzz.h"

#include "keel/core/json.h"
#include "keel/core/text.h"

#include <json-c/json.h>
#include <string.h>

/* What was taken must be written as something that is taken again and says the same. */
static void check_round_trip(struct scope *scope, struct json_object *value)
{
    struct json_object *again;
    size_t length;
    const char *text = json_object_to_json_string_length(value, JSON_C_TO_STRING_PLAIN, &length);

    fuzz_expect(json_parse(scope, text, length, &again), "what json-c writes is taken");
    fuzz_expect(json_object_equal(value, again), "what json-c writes is the same value");
}

/* Any UTF-8 written as a string must be read back as it was. */
static void check_string(struct scope *scope, const char *text, size_t length)
{
    struct buffer buffer;
    struct json_object *value;

    buffer_init(&buffer, &scope->arena);
    json_add_string(&buffer, text, length);
    fuzz_expect(json_parse(scope, buffer.data, buffer.length, &value), "a string written is taken");
    fuzz_expect((size_t)json_object_get_string_len(value) == length, "a string keeps its length");
    fuzz_expect(memcmp(json_object_get_string(value), text, length) == 0,
                "a string is read back as it was");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct scope scope;
    struct json_object *value;

    scope_begin(&scope, NULL, NULL, NULL);
    if (json_parse(&scope, text, size, &value))
        check_round_trip(&scope, value);
    else
        /* Any other kind would mean that json-c refused what the scan had taken. */
        fuzz_expect(scope.error.kind == ERR_MALFORMED, "what is refused is malformed");
    scope_clear_error(&scope);
    if (text_is_utf8(text, size))
        check_string(&scope, text, size);
    scope_end(&scope);
    return 0;
}
