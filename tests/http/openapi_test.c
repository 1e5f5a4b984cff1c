/* openapi_test.c - tests of http/openapi: the document says what the tables say, exactly */
#include "keel/http/openapi.h"

#include "../support/faults.h"
#include "../support/thing.h"
#include "../support/unit.h"

#include "keel/core/build.h"
#include "keel/core/config.h"
#include "keel/core/json.h"
#include "keel/http/crud.h"
#include "keel/http/response.h"
#include "keel/routes/modules.h"

#include <json-c/json.h>
#include <json-c/json_pointer.h>
#include <stdio.h>
#include <string.h>

struct part {
    struct json_text thing;
    const char *code;
};

static const struct column part_columns[] = {
    {JSON(struct part, thing), .uses = READ, .nested = &things_model, .nullable = true,
     .doc = "Whose it is."},
    {TEXT(struct part, code), .uses = READ, .example = "\"c\"", .doc = "Code."},
};

static const struct model parts_model = {.name = "Spare part", COLUMNS(part_columns)};

struct choice {
    const char *kind;
    struct texts labels;
};

static const struct column choice_columns[] = {
    {TEXT(struct choice, kind), .uses = READ | CREATE, .choices = "a|bc", .nullable = true,
     .doc = "Which."},
    {TEXTS(struct choice, labels), .uses = READ | CREATE, .min = 1, .max = 9, .most = 3,
     .doc = "Labels."},
};

static const struct model choices_model = {
    .name = "Choice", .plural = "choices", COLUMNS(choice_columns)};

static bool handler(struct exchange *exchange)
{
    (void)exchange;
    return true;
}

static const struct query_parameter query[] = {{"since", "From when on.", NULL},
                                               {NULL, NULL, NULL}};

#define OPEN .access = ACCESS_PUBLIC, .rate = RATE_READ, .success = 200, .summary = "S."
#define HIDDEN                                                                                     \
    .access = ACCESS_PERMISSION, .permission = "things:write", .rate = RATE_WRITE, .summary = "S."

static const struct route thing_routes[] = {
    {"things.list", GET, "/things", crud_list, OPEN, .reply = {&things_model, READ | LIST},
     .flags = ROUTE_LIST},
    {"things.get", GET, "/things/{id}", crud_get, OPEN, .reply = {&things_model, READ}},
    {"things.create", POST, "/things", crud_create, HIDDEN, .body = {&things_model, CREATE},
     .reply = {&things_model, READ}, .success = 201, .message = "Thing made"},
    {"things.replace", PUT, "/things/{id}", crud_replace, HIDDEN, .body = {&things_model, UPDATE},
     .reply = {&things_model, READ}, .success = 200},
    {"things.update", PATCH, "/things/{id}", crud_patch, HIDDEN,
     .body = {&things_model, UPDATE | PARTIAL}, .reply = {&things_model, READ}, .success = 200},
    {"things.delete", DELETE, "/things/{id}", crud_delete, HIDDEN, .success = 200},
    {"things.bulk", POST, "/things/bulk", handler, HIDDEN, .body = {&things_model, CREATE | UPDATE},
     .flags = ROUTE_BULK, .success = 200},
};

static const struct media files[] = {
    {"csv", "text/csv"}, {"json", "application/json"}, {NULL, NULL}};

static const struct route part_routes[] = {
    {"parts.get", GET, "/parts/{code}", handler, ACCESS_SIGNED_IN, .rate = RATE_READ,
     .query = query, .reply = {&parts_model, READ}, .success = 200, .summary = "S."},
    {"parts.table", GET, "/parts", handler, OPEN, .media_type = "text/csv; charset=utf-8",
     .cache = CACHE_CHECK, .flags = ROUTE_NO_CREDENTIALS | ROUTE_NO_DATABASE},
    {"parts.export", GET, "/parts/export", handler, OPEN, .streams = files},
    {"parts.import", POST, "/parts/import", handler, HIDDEN, .uploads = files,
     .reply = {&parts_model, READ}, .success = 202},
};

static const struct route choice_routes[] = {
    {"choices.all", GET, "/choices", handler, OPEN, .reply = {&choices_model, READ | WHOLE}},
    {"choices.make", POST, "/choices", handler, OPEN, .body = {&choices_model, CREATE},
     .reply = {&choices_model, READ}, .discreet = 202, .flags = ROUTE_MAY_OMIT_BODY},
};

static const struct module choices = {
    .name = "choices", .doc = "About choices.", ROUTES(choice_routes)};
static const struct module things = {
    .name = "things", .doc = "About things.", ROUTES(thing_routes), .model = &things_model};
static const struct module parts = {.name = "parts", .doc = "About parts.", ROUTES(part_routes)};
static const struct module *const list[] = {&things, &parts, &choices};
static const struct modules modules = {list, COUNT(list)};

struct reading {
    struct scope scope;
    struct config config;
    struct buffer text;
    struct json_object *document;
};

static void write_and_parse(struct reading *made, struct modules from)
{
    buffer_init(&made->text, &made->scope.arena);
    assert_true(openapi_write(&made->scope, from, &made->text));
    /* Duplicate names are no JSON to it, as nothing is that is written by halves. */
    if (!json_parse(&made->scope, made->text.data, made->text.length, &made->document))
        unit_fail("%s", made->scope.error.message);
}

static int begin(void **state)
{
    static struct reading made;

    made = (struct reading){.config = {.base_path = "/api"}};
    scope_begin(&made.scope, &made.config, NULL, NULL);
    write_and_parse(&made, modules);
    *state = &made;
    return 0;
}

static int end(void **state)
{
    struct reading *made = *state;

    scope_end(&made->scope);
    return 0;
}

static const char *at(struct json_object *document, const char *pointer)
{
    struct json_object *value = NULL;

    if (json_pointer_get(document, pointer, &value) != 0)
        return NULL;
    return json_object_to_json_string_ext(value,
                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* The value there, as JSON; with NULL nothing must be there. */
static void expect(const struct reading *made, const char *pointer, const char *json)
{
    const char *found = at(made->document, pointer);

    if (!json && found)
        unit_fail("%s is %s", pointer, found);
    if (json && (!found || strcmp(found, json) != 0))
        unit_fail("%s is %s, not %s", pointer, found ? found : "missing", json);
}

struct fact {
    const char *pointer, *json;
};

static void expect_all(const struct reading *made, const char *place, const struct fact *facts,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char pointer[256];

        snprintf(pointer, sizeof pointer, "%s%s", place, facts[i].pointer);
        expect(made, pointer, facts[i].json);
    }
}

static void test_document(void **state)
{
    static const struct fact facts[] = {
        {"/openapi", "\"3.1.0\""},
        {"/servers/0/url", "\"/api\""},
        {"/info/license/identifier", "\"MIT\""},
        {"/tags/0", "{\"name\":\"things\",\"description\":\"About things.\"}"},
        {"/tags/1/name", "\"parts\""},
        {"/components/securitySchemes/bearer/scheme", "\"bearer\""},
    };
    struct reading *made = *state;
    char version[64];

    expect_all(made, "", facts, COUNT(facts));
    snprintf(version, sizeof version, "\"%s\"", build_version);
    expect(made, "/info/version", version);
}

static void test_files(void **state)
{
    static const struct fact imports[] = {
        {"/requestBody/required", "true"},
        {"/requestBody/content/text~1csv/schema", "{\"type\":\"string\"}"},
        {"/requestBody/content/multipart~1form-data", NULL},
        {"/responses/202/content/application~1json/schema",
         "{\"$ref\":\"#/components/schemas/SparePartReply\"}"},
        {"/responses/413", "{\"$ref\":\"#/components/responses/PayloadTooLarge\"}"},
        {"/responses/415", "{\"$ref\":\"#/components/responses/UnsupportedMediaType\"}"},
    };
    static const struct fact exports[] = {
        {"/requestBody", NULL},
        {"/responses/200/content/text~1csv/schema", "{\"type\":\"string\"}"},
        {"/responses/200/content/application~1json/schema/type", "\"array\""},
        {"/responses/200/headers/ETag", NULL},
        {"/responses/304", NULL},
    };

    expect_all(*state, "/paths/~1parts~1import/post", imports, COUNT(imports));
    expect_all(*state, "/paths/~1parts~1export/get", exports, COUNT(exports));
}

static void test_operation(void **state)
{
    static const struct fact facts[] = {
        {"/operationId", "\"things.create\""},
        {"/tags", "[\"things\"]"},
        {"/summary", "\"S.\""},
        {"/x-permission", "\"things:write\""},
        {"/security", "[{\"bearer\":[]}]"},
        {"/parameters", "[{\"$ref\":\"#/components/parameters/IdempotencyKey\"}]"},
        {"/requestBody/required", "true"},
        {"/requestBody/content/application~1json/schema",
         "{\"$ref\":\"#/components/schemas/ThingCreate\"}"},
        {"/responses/201/description", "\"Thing made\""},
        {"/responses/201/content/application~1json/schema",
         "{\"$ref\":\"#/components/schemas/ThingReply\"}"},
        {"/responses/201/headers/Location", "{\"$ref\":\"#/components/headers/Location\"}"},
        {"/responses/201/headers/ETag", "{\"$ref\":\"#/components/headers/ETag\"}"},
        {"/responses/200", NULL},
        {"/responses/304", NULL},
    };

    expect_all(*state, "/paths/~1things/post", facts, COUNT(facts));
}

/* The document's errors are those that route_errors() gives, by their statuses. */
static void test_errors(void **state)
{
    struct reading *made = *state;

    for (size_t r = 0; r < COUNT(thing_routes); r++) {
        const struct route *route = &thing_routes[r];
        char status[256], path[64] = "";

        for (const char *c = route->path; *c; c++)
            snprintf(path + strlen(path), 3, "%s", *c == '/' ? "~1" : (char[]){*c, '\0'});
        for (enum error_kind kind = ERR_VALIDATION; kind < ERR_KIND_COUNT; kind++) {
            static const char *const methods[] = {[GET] = "get",
                                                  [POST] = "post",
                                                  [PUT] = "put",
                                                  [PATCH] = "patch",
                                                  [DELETE] = "delete"};
            bool can = route_errors(route) & ERROR_BIT(kind);

            snprintf(status, sizeof status, "/paths/%s/%s/responses/%d", path,
                     methods[route->method], error_status(kind));
            if (can != (at(made->document, status) != NULL) && error_status(kind) != 400)
                unit_fail("%s of %s", error_code(kind), route->id);
        }
    }
}

static void test_shared_errors(void **state)
{
    static const struct fact facts[] = {
        {"/NotFound/content/application~1json/schema/properties/error/properties/code/enum",
         "[\"NOT_FOUND\"]"},
        {"/NotFound/content/application~1json/examples/NOT_FOUND/value/error/details", "{}"},
        {"/ValidationErrorOrMalformedRequest/content/application~1json/schema/properties/error/"
         "properties/code/enum",
         "[\"VALIDATION_ERROR\",\"MALFORMED_REQUEST\"]"},
        {"/RateLimited/headers/Retry-After", "{\"$ref\":\"#/components/headers/RetryAfter\"}"},
        {"/Unauthorized/headers/WWW-Authenticate", "{\"$ref\":\"#/components/headers/Challenge\"}"},
        {"/Forbidden/headers/WWW-Authenticate", NULL},
        {"/MethodNotAllowed", NULL},
    };

    expect_all(*state, "/components/responses", facts, COUNT(facts));
    expect(*state, "/paths/~1things~1{id}/get/responses/404",
           "{\"$ref\":\"#/components/responses/NotFound\"}");
}

static void test_conditions(void **state)
{
    static const struct fact facts[] = {
        {"/get/parameters/0/name", "\"id\""},
        {"/get/parameters/0/schema", "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1}"},
        {"/get/responses/304/headers/ETag", "{\"$ref\":\"#/components/headers/ETag\"}"},
        {"/get/responses/304/content", NULL},
        {"/put/parameters/1", "{\"$ref\":\"#/components/parameters/IfMatch\"}"},
        {"/patch/parameters/1", "{\"$ref\":\"#/components/parameters/IfMatch\"}"},
        {"/delete/parameters/1", "{\"$ref\":\"#/components/parameters/IfMatch\"}"},
        {"/delete/responses/200/content/application~1json/schema",
         "{\"$ref\":\"#/components/schemas/EmptyReply\"}"},
        {"/delete/responses/200/headers/ETag", NULL},
    };
    struct reading *made = *state;

    expect_all(made, "/paths/~1things~1{id}", facts, COUNT(facts));
    assert_non_null(strstr(made->text.data, "{\"$ref\":\"#/components/parameters/IfNoneMatch\"}"));
    expect(made, "/components/parameters/IfMatch/name", "\"If-Match\"");
}

static void test_access(void **state)
{
    expect(*state, "/paths/~1things/get/security", "[{},{\"bearer\":[]}]");
    expect(*state, "/paths/~1parts/get/security", "[{}]");
    expect(*state, "/paths/~1parts~1{code}/get/security", "[{\"bearer\":[]}]");
    expect(*state, "/paths/~1parts~1{code}/get/x-permission", NULL);
}

static void test_own_documents(void **state)
{
    expect(*state, "/paths/~1parts/get/responses/200/content", "{\"text/csv\":{\"schema\":{}}}");
    expect(*state, "/paths/~1parts/get/responses/304/description",
           "\"If-None-Match names what would be shown.\"");
}

static void test_query(void **state)
{
    static const struct fact facts[] = {
        {"/0/name", "\"code\""},
        {"/0/schema", "{\"type\":\"string\",\"minLength\":1}"},
        {"/1/name", "\"since\""},
        {"/1/in", "\"query\""},
        {"/1/description", "\"From when on.\""},
    };

    expect_all(*state, "/paths/~1parts~1{code}/get/parameters", facts, COUNT(facts));
}

static void test_row(void **state)
{
    static const struct fact facts[] = {
        {"/properties/id",
         "{\"type\":\"integer\",\"format\":\"int64\",\"description\":\"Identifier.\","
         "\"readOnly\":true}"},
        {"/properties/note/type", "[\"string\",\"null\"]"},
        {"/properties/price/maximum", "9999.99"},
        {"/properties/price/multipleOf", NULL},
        {"/properties/parent_id/type", "[\"integer\",\"null\"]"},
        {"/properties/due_at/format", "\"date-time\""},
        {"/properties/tags/type", "\"array\""},
        {"/properties/tags/readOnly", "true"},
        {"/properties/secret", NULL},
        {"/additionalProperties", NULL},
        {"/required/13", NULL},
        {"/required/12", "\"created_at\""},
    };

    expect_all(*state, "/components/schemas/Thing", facts, COUNT(facts));
}

static void test_bodies(void **state)
{
    static const struct fact facts[] = {
        {"Create/properties/name",
         "{\"type\":\"string\",\"minLength\":2,\"maxLength\":8,\"pattern\":\"\\\\S\","
         "\"description\":\"Name.\"}"},
        {"Create/properties/price",
         "{\"type\":\"number\",\"minimum\":0,\"maximum\":9999.99,\"multipleOf\":0.01,"
         "\"description\":\"Price.\"}"},
        {"Create/properties/amount/maximum", "100"},
        {"Create/properties/amount/minimum", "0"},
        {"Create/properties/secret",
         "{\"type\":[\"string\",\"null\"],\"format\":\"password\",\"minLength\":1,"
         "\"maxLength\":6,\"description\":\"Secret.\"}"},
        {"Create/properties/email/format", "\"email\""},
        {"Create/properties/id", NULL},
        {"Create/required", "[\"name\",\"price\"]"},
        {"Create/additionalProperties", "false"},
        {"Replace/properties/secret", NULL},
        {"Replace/required", "[\"name\",\"price\"]"},
        {"Replace/additionalProperties", "false"},
        {"Patch/required", NULL},
        {"Patch/additionalProperties", "false"},
    };

    expect_all(*state, "/components/schemas/Thing", facts, COUNT(facts));
}

static void test_choices(void **state)
{
    static const struct fact facts[] = {
        {"Choice/properties/kind/enum", "[\"a\",\"bc\",null]"},
        {"ChoiceCreate/properties/kind/enum", "[\"a\",\"bc\",null]"},
        {"ChoiceCreate/properties/kind/maxLength", NULL},
        {"ChoiceCreate/properties/labels/maxItems", "3"},
        {"ChoiceCreate/properties/labels/items",
         "{\"type\":\"string\",\"minLength\":1,\"maxLength\":9,\"pattern\":\"\\\\S\"}"},
        {"ChoiceCollection/properties/choices/items", "{\"$ref\":\"#/components/schemas/Choice\"}"},
        {"ChoiceCollection/required", "[\"choices\"]"},
    };

    expect_all(*state, "/components/schemas/", facts, COUNT(facts));
    expect(*state, "/paths/~1choices/post/requestBody/required", "false");
    expect(*state, "/paths/~1choices/post/responses/202/content/application~1json/schema",
           "{\"$ref\":\"#/components/schemas/EmptyReply\"}");
}

/* The schema of a list's parameter. */
static void expect_parameter(const struct reading *made, const char *name, const char *schema)
{
    struct json_object *parameters, *value;

    assert_int_equal(
        json_pointer_get(made->document, "/paths/~1things/get/parameters", &parameters), 0);
    for (size_t i = 0; i < json_object_array_length(parameters); i++) {
        struct json_object *parameter = json_object_array_get_idx(parameters, i);

        if (!json_object_object_get_ex(parameter, "name", &value) ||
            strcmp(json_object_get_string(value), name) != 0)
            continue;
        if (strcmp(at(parameter, "/schema"), schema) != 0)
            unit_fail("%s is %s, not %s", name, at(parameter, "/schema"), schema);
        /* Several values have commas between them. */
        assert_int_equal(at(parameter, "/explode") != NULL,
                         strcmp(at(parameter, "/schema/type") ? at(parameter, "/schema/type") : "",
                                "\"array\"") == 0);
        return;
    }
    unit_fail("there is no parameter %s", name);
}

static void test_parameters(void **state)
{
    static const struct fact parameters[] = {
        {"per_page", "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1,\"maximum\":100,"
                     "\"default\":20}"},
        {"sort", "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"id\",\"-id\","
                 "\"name\",\"-name\",\"price\",\"-price\",\"amount\",\"-amount\",\"created_at\","
                 "\"-created_at\"]},\"uniqueItems\":true,\"minItems\":1,\"maxItems\":4,"
                 "\"default\":[\"-created_at\"]}"},
        {"ids", "{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"format\":\"int64\","
                "\"minimum\":1},\"minItems\":1,\"maxItems\":100}"},
        {"count", "{\"type\":\"string\",\"enum\":[\"exact\",\"estimated\",\"none\"]}"},
        {"max_amount", "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":0,\"maximum\":100}"},
        {"is_open", "{\"type\":\"boolean\"}"},
        {"created_after", "{\"type\":\"string\",\"format\":\"date-time\"}"},
        {"parent_id", "{\"anyOf\":[{\"type\":\"integer\",\"format\":\"int64\"},"
                      "{\"type\":\"string\",\"const\":\"null\"}]}"},
    };

    for (size_t i = 0; i < COUNT(parameters); i++)
        expect_parameter(*state, parameters[i].pointer, parameters[i].json);
}

static void test_lists(void **state)
{
    static const struct fact facts[] = {
        {"ThingListReply/properties/data", "{\"$ref\":\"#/components/schemas/ThingList\"}"},
        {"ThingList/properties/things/items", "{\"$ref\":\"#/components/schemas/Thing\"}"},
        {"ThingList/required", "[\"things\",\"pagination\"]"},
        {"Pagination/properties/next_cursor/type", "[\"string\",\"null\"]"},
    };

    expect_all(*state, "/components/schemas/", facts, COUNT(facts));
}

static void test_nested(void **state)
{
    static const struct fact facts[] = {
        {"/properties/thing/anyOf",
         "[{\"$ref\":\"#/components/schemas/Thing\"},{\"type\":\"null\"}]"},
        {"/properties/thing/description", "\"Whose it is.\""},
        {"/required", "[\"thing\",\"code\"]"},
    };

    expect_all(*state, "/components/schemas/SparePart", facts, COUNT(facts));
}

static void test_bulk(void **state)
{
    static const struct fact facts[] = {
        {"ThingBulk/properties/operations/minItems", "1"},
        {"ThingBulk/properties/operations/maxItems", "1000"},
        {"ThingBulk/properties/operations/items/oneOf/0/properties/op/const", "\"create\""},
        {"ThingBulk/properties/operations/items/oneOf/0/properties/data",
         "{\"$ref\":\"#/components/schemas/ThingCreate\"}"},
        {"ThingBulk/properties/operations/items/oneOf/1/properties/data",
         "{\"$ref\":\"#/components/schemas/ThingPatch\"}"},
        {"ThingBulk/properties/operations/items/oneOf/1/required", "[\"op\",\"id\",\"data\"]"},
        {"ThingBulk/properties/operations/items/oneOf/2/required", "[\"op\",\"id\"]"},
        {"ThingBulk/properties/operations/items/oneOf/2/properties/data", NULL},
        {"ThingBulkReply/properties/data", "{\"$ref\":\"#/components/schemas/ThingBulkResult\"}"},
        {"ThingBulkResult/properties/results/items/required", "[\"op\",\"id\",\"version\"]"},
    };

    expect_all(*state, "/components/schemas/", facts, COUNT(facts));
    expect(*state, "/paths/~1things~1bulk/post/requestBody/content/application~1json/schema",
           "{\"$ref\":\"#/components/schemas/ThingBulk\"}");
}

/* Calls `visit` for every $ref below. */
static void each_reference(struct json_object *value, struct json_object *document)
{
    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            each_reference(json_object_array_get_idx(value, i), document);
    }
    if (!json_object_is_type(value, json_type_object))
        return;
    json_object_object_foreach(value, name, member)
    {
        if (strcmp(name, "$ref") == 0 && !at(document, json_object_get_string(member) + 1))
            unit_fail("%s leads nowhere", json_object_get_string(member));
        each_reference(member, document);
    }
}

static void test_program(void **state)
{
    static const char *const kinds[] = {"schemas", "responses", "parameters", "headers"};
    struct reading *made = *state;

    write_and_parse(made, keel_modules);
    each_reference(made->document, made->document);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        char pointer[64], reference[128];
        struct json_object *components;

        snprintf(pointer, sizeof pointer, "/components/%s", kinds[i]);
        assert_int_equal(json_pointer_get(made->document, pointer, &components), 0);
        json_object_object_foreach(components, name, member)
        {
            (void)member;
            snprintf(reference, sizeof reference, "\"#%s/%s\"", pointer, name);
            if (!strstr(made->text.data, reference))
                unit_fail("nothing refers to %s", reference);
        }
    }
}

static void test_same_again(void **state)
{
    struct reading *made = *state;
    struct buffer again;

    buffer_init(&again, &made->scope.arena);
    assert_true(openapi_write(&made->scope, modules, &again));
    assert_string_equal(again.data, made->text.data);
    made->config.base_path = "";
    write_and_parse(made, modules);
    expect(made, "/servers/0/url", "\"/\"");
}

static void test_no_memory(void **state)
{
    struct reading *made = *state;

    faults_begin();
    while (faults_next()) {
        struct scope scope;
        struct buffer out;

        scope_begin(&scope, &made->config, NULL, NULL);
        buffer_init(&out, &scope.arena);
        bool done = openapi_write(&scope, modules, &out);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        assert_int_equal(scope.error.kind, done ? ERR_NONE : ERR_UNAVAILABLE);
        scope_end(&scope);
    }
    assert_true(faults_count() > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("the document says what it is and where", test_document),
        FIXTURE_TEST("a row is an operation", test_operation),
        FIXTURE_TEST("files are bodies of their media types", test_files),
        FIXTURE_TEST("an operation has the errors of its row and no others", test_errors),
        FIXTURE_TEST("errors are shared, with their codes and headers", test_shared_errors),
        FIXTURE_TEST("a version makes an operation conditional", test_conditions),
        FIXTURE_TEST("who may call is said", test_access),
        FIXTURE_TEST("a document of its own has no envelope", test_own_documents),
        FIXTURE_TEST("what stands in path and query is named", test_query),
        FIXTURE_TEST("a row's schema has its columns", test_row),
        FIXTURE_TEST("a body's schema has its limits, exact ones", test_bodies),
        FIXTURE_TEST("what a text may be, and texts, are listed", test_choices),
        FIXTURE_TEST("a list's parameters have their kinds", test_parameters),
        FIXTURE_TEST("a list's schema has rows and pagination", test_lists),
        FIXTURE_TEST("a nested row is referred to", test_nested),
        FIXTURE_TEST("many operations in one body have a schema each", test_bulk),
        FIXTURE_TEST("every reference leads somewhere, and to each component one", test_program),
        FIXTURE_TEST("the same tables give the same document", test_same_again),
        FIXTURE_TEST("lack of memory is an error", test_no_memory),
    };

    return cmocka_run_group_tests_name("http/openapi", tests, NULL, NULL);
}
