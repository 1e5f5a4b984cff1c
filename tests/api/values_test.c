/* values_test.c - what a value may be and how it comes back: decimals, texts, integers, JSON */
#include "support/api.h"

#include "keel/core/json.h"

#include <json-c/json.h>
#include <string.h>

static const struct api_reply *post(struct api *api, const char *body)
{
    return api_call(api, "POST", "/api/items", api->tokens[API_EDITOR], body);
}

static void a_price_comes_back_exactly(void **state)
{
    static const char *const cases[][2] = {
        {"19.99", "19.99"},
        {"0.30", "0.30"},
        {"0.3", "0.30"},
        {"0.1", "0.10"},
        {"0", "0.00"},
        {"0.0", "0.00"},
        {"-0", "0.00"},
        {"-0.00", "0.00"},
        {"99999999.99", "99999999.99"},
        {"99999999", "99999999.00"},
        {"1.10", "1.10"},
        {"8.95", "8.95"},
        {"0.01", "0.01"},
        {"4503599.63", "4503599.63"},
        {"33333333.33", "33333333.33"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct api_reply *made =
            post(api, api_format(api, "{\"name\":\"Pot\",\"price\":%s}", cases[i][0]));

        if (made->status != 201)
            unit_fail("%s gave %s", cases[i][0], made->body);
        assert_string_equal(api_raw(made, "/data/price"), cases[i][1]);
        const struct api_reply *read =
            api_expect(api, 200, "GET", api_header(api, made, "Location"), NULL, NULL);

        assert_string_equal(api_raw(read, "/data/price"), cases[i][1]);
    }
}

static void a_price_is_refused_and_never_rounded(void **state)
{
    static const char *const cases[][2] = {
        {"1.999", "too_precise"},
        {"19.990", "too_precise"},
        {"0.300", "too_precise"},
        {"0.30000000000000004", "too_precise"},
        {"-0.01", "too_small"},
        {"-1", "too_small"},
        {"100000000", "too_large"},
        {"100000000.00", "too_large"},
        {"9223372036854775807", "too_large"},
        {"1e2", "invalid_number"},
        {"1E-2", "invalid_number"},
        {"1.5e0", "invalid_number"},
        {"1e308", "invalid_number"},
        {"\"19.99\"", "not_a_number"},
        {"true", "not_a_number"},
        {"[1]", "not_a_number"},
        {"{\"a\":1}", "not_a_number"},
        {"null", "not_null"},
        {"\"NaN\"", "not_a_number"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(cases); i++)
        api_must_refuse(post(api, api_format(api, "{\"name\":\"Pot\",\"price\":%s}", cases[i][0])),
                        "price", cases[i][1]);
}

static void a_quantity_is_a_whole_number_that_fits(void **state)
{
    static const char *const refused[][2] = {
        {"-1", "too_small"},       {"2147483648", "too_large"},          {"1.0", "not_an_integer"},
        {"1e3", "not_an_integer"}, {"\"1\"", "not_an_integer"},          {"true", "not_an_integer"},
        {"null", "not_null"},      {"9223372036854775807", "too_large"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(refused); i++)
        api_must_refuse(post(api, api_format(api, "{\"name\":\"Pot\",\"price\":1,\"quantity\":%s}",
                                             refused[i][0])),
                        "quantity", refused[i][1]);
    const struct api_reply *made =
        post(api, "{\"name\":\"Pot\",\"price\":1,\"quantity\":2147483647}");

    assert_int_equal(api_int(made, "/data/quantity"), 2147483647);
}

static void a_foreign_id_is_a_positive_whole_number_or_null(void **state)
{
    static const char *const refused[][2] = {
        {"0", "too_small"},          {"-1", "too_small"},       {"1.0", "not_an_integer"},
        {"\"2\"", "not_an_integer"}, {"[2]", "not_an_integer"}, {"false", "not_an_integer"},
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(refused); i++)
        api_must_refuse(
            post(api, api_format(api, "{\"name\":\"Pot\",\"price\":1,\"category_id\":%s}",
                                 refused[i][0])),
            "category_id", refused[i][1]);
}

/* `count` times `text`. */
static const char *repeated(struct api *api, const char *text, size_t count)
{
    struct buffer buffer;

    buffer_init(&buffer, &api->scope.arena);
    while (count--)
        buffer_add_text(&buffer, text);
    assert_false(buffer.failed);
    return buffer.data;
}

static void lengths_count_characters_and_not_bytes(void **state)
{
    static const char *const characters[] = {"x", "é", "抹", "🐋", "\\u00e9", "\\ud83d\\udc0b"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(characters); i++) {
        const char *fits = repeated(api, characters[i], 255);
        const char *long_one = repeated(api, characters[i], 256);
        const struct api_reply *made =
            post(api, api_format(api, "{\"name\":\"%s\",\"price\":1}", fits));

        assert_int_equal(made->status, 201);
        api_must_refuse(post(api, api_format(api, "{\"name\":\"%s\",\"price\":1}", long_one)),
                        "name", "too_long");
    }
}

static void a_name_of_nothing_but_spaces_is_refused(void **state)
{
    static const char *const names[] = {
        "", " ", "   ", "\\t\\n\\r", "\\u00a0", "\\u2003 ", "\\u3000", "\\u2028",
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(names); i++)
        api_must_refuse(post(api, api_format(api, "{\"name\":\"%s\",\"price\":1}", names[i])),
                        "name", "blank");
}

static void text_comes_back_as_it_was_sent(void **state)
{
    static const char *const texts[] = {
        "  spaces around  ",
        "tab\\tand\\nline",
        "quote \\\" and \\\\ backslash",
        "e\\u0301 stays decomposed",
        "<b>&amp;</b>",
        "'; DROP TABLE items; --",
        "100%_\\\\",
        "\\u007f\\u0001",
        "\\ud83d\\udc0b",
        "a\\u2028b",
        "$1",
        "NULL",
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(texts); i++) {
        const char *body = api_format(api, "{\"name\":\"%s\",\"price\":1,\"description\":\"%s\"}",
                                      texts[i], texts[i]);
        const struct api_reply *made = post(api, body);
        struct json_object *sent;

        assert_int_equal(made->status, 201);
        assert_true(json_parse(&api->scope, body, strlen(body), &sent));
        const char *name = json_object_get_string(json_object_object_get(sent, "name"));
        const struct api_reply *read =
            api_expect(api, 200, "GET", api_header(api, made, "Location"), NULL, NULL);

        assert_string_equal(api_text(made, "/data/name"), name);
        assert_string_equal(api_text(read, "/data/name"), name);
        assert_string_equal(api_text(read, "/data/description"), name);
    }
}

static void an_empty_description_is_not_null(void **state)
{
    struct api *api = *state;
    const struct api_reply *made = post(api, "{\"name\":\"Pot\",\"price\":1,\"description\":\"\"}");

    assert_string_equal(api_text(made, "/data/description"), "");
}

static void what_is_no_strict_json_is_malformed(void **state)
{
    static const char *const bodies[] = {
        "{'name':'Pot','price':1}",
        "{\"name\":\"Pot\",\"price\":NaN}",
        "{\"name\":\"Pot\",\"price\":Infinity}",
        "{\"name\":\"Pot\",\"price\":-Infinity}",
        "{\"name\":\"Pot\",\"price\":1,}",
        "{\"name\":\"Pot\",,\"price\":1}",
        "{\"name\":\"Pot\" /* no */,\"price\":1}",
        "{\"name\":\"Pot\",\"price\":1} // no",
        "\xef\xbb\xbf{\"name\":\"Pot\",\"price\":1}",
        "{\"name\":\"Pot\",\"price\":1}{}",
        "{\"name\":\"Pot\",\"price\":1} x",
        "{\"name\":\"Pot\",\"name\":\"Pan\",\"price\":1}",
        "{\"name\":\"Pot\",\"\\u006eame\":\"Pan\",\"price\":1}",
        "{\"name\":\"P\xfft\",\"price\":1}",
        "{\"name\":\"\xc0\x80\",\"price\":1}",
        "{\"name\":\"\xed\xa0\x80\",\"price\":1}",
        "{\"name\":\"\xf4\x90\x80\x80\",\"price\":1}",
        "{\"name\":\"\\ud800\",\"price\":1}",
        "{\"name\":\"\\udc00x\",\"price\":1}",
        "{\"name\":\"Pot\\u0000\",\"price\":1}",
        "{\"name\\u0000x\":\"Pot\",\"price\":1}",
        "{\"name\":\"Pot\",\"price\":1e400}",
        "{\"name\":\"Pot\",\"price\":1,\"quantity\":9223372036854775808}",
        "{\"name\":\"Pot\",\"price\":1,\"quantity\":-9223372036854775809}",
        "{\"name\":\"Pot\",\"price\":1,\"quantity\":99999999999999999999999}",
        "{\"name\":\"Pot\",\"price\":01}",
        "{\"name\":\"Pot\",\"price\":1.}",
        "{\"name\":\"Pot\",\"price\":.5}",
        "{\"name\":\"Pot\",\"price\":+1}",
        "{\"name\":\"Pot\",\"price\":0x10}",
        "{\"name\":\"Po\nt\",\"price\":1}",
        "{\"name\":\"Po\\xt\",\"price\":1}",
        "{\"name\":\"Pot\",\"price\":1",
        "{\"name\":\"Pot",
        "{name:\"Pot\",\"price\":1}",
        "{\"name\":\"Pot\",\"price\":True}",
        " ",
        "nul",
        "-",
    };
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(bodies); i++) {
        const struct api_reply *reply = post(api, bodies[i]);

        if (reply->status != 400)
            unit_fail("%s gave %d", bodies[i], reply->status);
        api_must_fail(reply, "MALFORMED_REQUEST");
    }
}

static void json_deeper_than_32_is_malformed(void **state)
{
    struct api *api = *state;
    const char *deepest = api_format(api, "{\"name\":%s1%s,\"price\":1}", repeated(api, "[", 31),
                                     repeated(api, "]", 31));
    const char *deeper = api_format(api, "{\"name\":%s1%s,\"price\":1}", repeated(api, "[", 32),
                                    repeated(api, "]", 32));

    api_must_refuse(post(api, deepest), "name", "not_a_text");
    api_must_fail(post(api, deeper), "MALFORMED_REQUEST");
    api_must_fail(post(api, repeated(api, "[", 100000)), "MALFORMED_REQUEST");
}

static void json_that_is_no_object_is_refused(void **state)
{
    static const char *const bodies[] = {"null", "[]", "1", "\"x\"", "true", "[{\"name\":\"x\"}]"};
    struct api *api = *state;

    for (size_t i = 0; i < COUNT(bodies); i++)
        api_must_fail(post(api, bodies[i]), "VALIDATION_ERROR");
}

static void a_nul_byte_in_the_body_is_malformed(void **state)
{
    static const char body[] = "{\"name\":\"Pot\",\"price\":1}\0{\"role\":1}";
    static const char inside[] = "{\"name\":\"P\0t\",\"price\":1}";
    struct api *api = *state;
    struct api_request request = {.method = "POST",
                                  .target = "/api/items",
                                  .token = api->tokens[API_EDITOR],
                                  .body = body,
                                  .body_length = sizeof body - 1};

    api_must_fail(api_send(api, &request), "MALFORMED_REQUEST");
    request.body = inside;
    request.body_length = sizeof inside - 1;
    api_must_fail(api_send(api, &request), "MALFORMED_REQUEST");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_price_comes_back_exactly),
        cmocka_unit_test(a_price_is_refused_and_never_rounded),
        cmocka_unit_test(a_quantity_is_a_whole_number_that_fits),
        cmocka_unit_test(a_foreign_id_is_a_positive_whole_number_or_null),
        cmocka_unit_test(lengths_count_characters_and_not_bytes),
        cmocka_unit_test(a_name_of_nothing_but_spaces_is_refused),
        cmocka_unit_test(text_comes_back_as_it_was_sent),
        cmocka_unit_test(an_empty_description_is_not_null),
        cmocka_unit_test(what_is_no_strict_json_is_malformed),
        cmocka_unit_test(json_deeper_than_32_is_malformed),
        cmocka_unit_test(json_that_is_no_object_is_refused),
        cmocka_unit_test(a_nul_byte_in_the_body_is_malformed),
    };

    return cmocka_run_group_tests_name("values", tests, api_make, api_drop);
}
