/* contract_test.c - each kind of change between two contracts is named, and judged rightly */
#include "cli/contract.h"

#include "support/faults.h"
#include "support/unit.h"

#include <json-c/json.h>
#include <json-c/json_pointer.h>
#include <stdio.h>
#include <string.h>

/* Small, with one of everything. */
static const char contract[] =
    "{'openapi':'3.1.0','info':{'title':'T','version':'1'},'paths':{"
    "'/a':{"
    "'get':{'operationId':'a.list','security':[{},{'bearer':[]}],'parameters':["
    "{'name':'q','in':'query','schema':{'type':'string','minLength':2,'maxLength':9}},"
    "{'name':'n','in':'query','schema':{'type':'integer','minimum':1,'maximum':9,'default':5}},"
    "{'name':'s','in':'query','explode':false,'schema':{'type':'array','maxItems':4,"
    "'items':{'type':'string','enum':['x','y']}}},"
    "{'name':'q','in':'header','schema':{'type':'string'}},"
    "{'$ref':'#/components/parameters/Shared'}],"
    "'responses':{'200':{'description':'d','headers':{'ETag':{}},'content':{'application/json':"
    "{'schema':{'$ref':'#/components/schemas/List'}}}},"
    "'304':{'description':'d'},'404':{'$ref':'#/components/responses/Missing'}}},"
    "'post':{'operationId':'a.create','security':[{'bearer':[]}],'x-permission':'a:write',"
    "'requestBody':{'required':true,'content':{'application/json':{'schema':"
    "{'$ref':'#/components/schemas/New'}}}},"
    "'responses':{'201':{'description':'d','content':{'application/json':{'schema':"
    "{'$ref':'#/components/schemas/One'}}}}}}},"
    "'/b':{'get':{'operationId':'b.get','security':[{'bearer':[]}],'responses':"
    "{'200':{'description':'d'}}}}},"
    "'components':{"
    "'parameters':{'Shared':{'name':'X','in':'header','schema':{'type':'string'}}},"
    "'responses':{'Missing':{'description':'d','content':{'application/json':{'schema':"
    "{'type':'object','properties':{'code':{'type':'string','enum':['GONE']}},"
    "'required':['code']}}}}},"
    "'schemas':{"
    "'List':{'type':'object','properties':{'rows':{'type':'array','items':"
    "{'$ref':'#/components/schemas/One'}}},'required':['rows']},"
    "'One':{'type':'object','properties':{"
    "'id':{'type':'integer','format':'int64'},'name':{'type':'string','maxLength':80},"
    "'note':{'type':['string','null']},'kind':{'type':'string','enum':['k']},"
    "'up':{'anyOf':[{'$ref':'#/components/schemas/One'},{'type':'null'}]}},"
    "'required':['id','name']},"
    "'New':{'type':'object','properties':{"
    "'name':{'type':'string','maxLength':80},'note':{'type':['string','null']},"
    "'price':{'type':'number','multipleOf':0.01},'ops':{'type':'array','items':{'oneOf':["
    "{'type':'object','properties':{'op':{'type':'string','const':'add'}}},"
    "{'type':'object','properties':{'op':{'type':'string','const':'drop'}}}]}}},"
    "'required':['name'],'additionalProperties':false}}}}";

struct comparison {
    struct scope scope;
};

static int begin(void **state)
{
    static struct comparison made;

    scope_begin(&made.scope, NULL, NULL, NULL);
    *state = &made;
    return 0;
}

static int end(void **state)
{
    struct comparison *made = *state;

    scope_end(&made->scope);
    return 0;
}

/* JSON with ' for ", so that it can be read here. */
static struct json_object *parse(struct scope *scope, const char *text)
{
    struct json_object *document;
    char *copy = scope_copy(scope, text, strlen(text));

    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    if (!contract_parse(scope, "it", copy, strlen(copy), &document))
        unit_fail("%s", scope->error.message);
    return document;
}

/* Puts a value at a pointer; "" takes away what is there. */
static void edit(struct json_object *document, const char *pointer, const char *value)
{
    char text[512], parent[256];
    const char *name = strrchr(pointer, '/') + 1;
    struct json_object *object = NULL;

    snprintf(text, sizeof text, "%s", value);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    if (*value) {
        assert_int_equal(json_pointer_set(&document, pointer, json_tokener_parse(text)), 0);
        return;
    }
    snprintf(parent, sizeof parent, "%.*s", (int)(name - 1 - pointer), pointer);
    assert_int_equal(json_pointer_get(document, parent, &object), 0);
    if (strncmp(name, "~1", 2) == 0)
        json_object_object_del(object, "/b");
    else if (json_object_is_type(object, json_type_array))
        assert_int_equal(json_object_array_del_idx(object, (size_t)(*name - '0'), 1), 0);
    else
        json_object_object_del(object, name);
}

/* "breaks changed GET /a: parameter q: maxLength 9 -> 5" */
static void show(const struct change *change, char *text, size_t size)
{
    snprintf(text, size, "%s%s %s%s%s", change->breaks ? "breaks " : "", change_name(change->kind),
             change->place, *change->what ? ": " : "", change->what);
}

#define GET_A "/paths/~1a/get"
#define NEW   "/components/schemas/New"
#define ONE   "/components/schemas/One"

static const struct {
    const char *pointer, *value; /* the edit */
    const char *forth, *back;    /* the one change that it is, and that its undoing is */
} cases[] = {
    {"/paths/~1b", "", "breaks removed GET /b", "added GET /b"},
    {"/paths/~1a/post", "", "breaks removed POST /a", "added POST /a"},
    {GET_A "/operationId", "'a.all'", "breaks changed GET /a: operationId a.list -> a.all",
     "breaks changed GET /a: operationId a.all -> a.list"},
    {GET_A "/deprecated", "true", "changed GET /a: is deprecated now", NULL},
    {GET_A "/security", "[{'bearer':[]}]", "breaks changed GET /a: access: everybody -> signed in",
     "changed GET /a: access: signed in -> everybody"},
    {"/paths/~1b/get/x-permission", "'b:read'",
     "breaks changed GET /b: access: signed in -> b:read",
     "changed GET /b: access: b:read -> signed in"},
    {"/paths/~1a/post/x-permission", "'a:all'", "breaks changed POST /a: access: a:write -> a:all",
     "breaks changed POST /a: access: a:all -> a:write"},
    {GET_A "/parameters/0", "", "breaks removed GET /a: parameter q", "added GET /a: parameter q"},
    {GET_A "/parameters/4", "", "breaks removed GET /a: request header X",
     "added GET /a: request header X"},
    {GET_A "/parameters/-", "{'name':'z','in':'query','required':true,'schema':{}}",
     "breaks added GET /a: parameter z, required", "breaks removed GET /a: parameter z"},
    {GET_A "/parameters/0/required", "true", "breaks changed GET /a: parameter q: is required now",
     "changed GET /a: parameter q: is not required any more"},
    {GET_A "/parameters/2/explode", "true",
     "breaks changed GET /a: parameter s: is written in another way",
     "breaks changed GET /a: parameter s: is written in another way"},
    {GET_A "/parameters/0/schema/type", "'integer'",
     "breaks changed GET /a: parameter q: type \"string\" -> \"integer\"",
     "breaks changed GET /a: parameter q: type \"integer\" -> \"string\""},
    {GET_A "/parameters/1/schema/type", "'number'",
     "changed GET /a: parameter n: type \"integer\" -> \"number\"",
     "breaks changed GET /a: parameter n: type \"number\" -> \"integer\""},
    {GET_A "/parameters/0/schema/minLength", "3",
     "breaks changed GET /a: parameter q: minLength 2 -> 3",
     "changed GET /a: parameter q: minLength 3 -> 2"},
    {GET_A "/parameters/0/schema/maxLength", "10", "changed GET /a: parameter q: maxLength 9 -> 10",
     "breaks changed GET /a: parameter q: maxLength 10 -> 9"},
    {GET_A "/parameters/1/schema/minimum", "", "changed GET /a: parameter n: minimum 1 -> none",
     "breaks changed GET /a: parameter n: minimum none -> 1"},
    {GET_A "/parameters/1/schema/maximum", "8.5",
     "breaks changed GET /a: parameter n: maximum 9 -> 8.5",
     "changed GET /a: parameter n: maximum 8.5 -> 9"},
    {GET_A "/parameters/1/schema/default", "6", "changed GET /a: parameter n: default 5 -> 6",
     "changed GET /a: parameter n: default 6 -> 5"},
    {GET_A "/parameters/2/schema/maxItems", "3",
     "breaks changed GET /a: parameter s: maxItems 4 -> 3",
     "changed GET /a: parameter s: maxItems 3 -> 4"},
    {GET_A "/parameters/2/schema/items/enum", "['x']",
     "breaks removed GET /a: parameter s[]: value \"y\"",
     "added GET /a: parameter s[]: value \"y\""},
    {GET_A "/responses/200/headers/ETag", "", "breaks removed GET /a: status 200: header ETag",
     "added GET /a: status 200: header ETag"},
    {GET_A "/responses/304", "", "breaks removed GET /a: status 304", "added GET /a: status 304"},
    {GET_A "/responses/404", "", "removed GET /a: status 404", "added GET /a: status 404"},
    {GET_A "/responses/200/content/csv", "{}", "added GET /a: status 200 as csv",
     "breaks removed GET /a: status 200 as csv"},
    {"/components/responses/Missing/content/application~1json/schema/properties/code/enum",
     "['GONE','LOST']", "added answer Missing: field code: value \"LOST\"",
     "removed answer Missing: field code: value \"LOST\""},
    {"/paths/~1a/post/requestBody", "", "breaks removed POST /a: the body",
     "breaks added POST /a: the body, required"},
    {"/paths/~1a/post/requestBody/required", "false", NULL,
     "breaks changed POST /a: the body: is required now"},
    {NEW "/properties/note", "", "breaks removed schema New: field note",
     "added schema New: field note"},
    {NEW "/required", "['name','note']", "breaks changed schema New: field note: is required now",
     "changed schema New: field note: is not required any more"},
    {NEW "/properties/note/type", "'string'",
     "breaks changed schema New: field note: type [\"string\",\"null\"] -> \"string\"",
     "changed schema New: field note: type \"string\" -> [\"string\",\"null\"]"},
    {NEW "/properties/name/pattern", "'x'",
     "breaks changed schema New: field name: pattern none -> \"x\"",
     "changed schema New: field name: pattern \"x\" -> none"},
    {NEW "/properties/name/format", "'email'",
     "breaks changed schema New: field name: format none -> \"email\"",
     "changed schema New: field name: format \"email\" -> none"},
    {NEW "/properties/price/multipleOf", "",
     "changed schema New: field price: multipleOf 0.01 -> none",
     "breaks changed schema New: field price: multipleOf none -> 0.01"},
    {NEW "/additionalProperties", "", "changed schema New: additionalProperties false -> none",
     "breaks changed schema New: additionalProperties none -> false"},
    {NEW "/properties/ops/items/oneOf/1", "",
     "breaks removed schema New: field ops[]: an alternative",
     "added schema New: field ops[]: an alternative"},
    {NEW "/properties/ops/items/oneOf/0/properties/op/const", "'put'",
     "breaks changed schema New: field ops[].op: value \"add\" -> \"put\"",
     "breaks changed schema New: field ops[].op: value \"put\" -> \"add\""},
    {ONE "/properties/name", "", "breaks removed schema One: field name",
     "added schema One: field name"},
    {ONE "/required", "['id']", "breaks changed schema One: field name: is not required any more",
     "changed schema One: field name: is required now"},
    {ONE "/properties/name/type", "['string','null']",
     "breaks changed schema One: field name: type \"string\" -> [\"string\",\"null\"]",
     "changed schema One: field name: type [\"string\",\"null\"] -> \"string\""},
    {ONE "/properties/name/maxLength", "40", "changed schema One: field name: maxLength 80 -> 40",
     "changed schema One: field name: maxLength 40 -> 80"},
    {ONE "/properties/id/format", "",
     "breaks changed schema One: field id: format \"int64\" -> none",
     "changed schema One: field id: format none -> \"int64\""},
    {ONE "/properties/kind/enum", "['k','l']", "added schema One: field kind: value \"l\"",
     "removed schema One: field kind: value \"l\""},
    {ONE "/properties/note/description", "'Other words.'", NULL, NULL},
    {"/info/version", "'2'", NULL, NULL},
};

/* That from `older` to `newer` there is this change and no other. */
static void expect(struct scope *scope, struct json_object *older, struct json_object *newer,
                   const char *wanted, const char *pointer)
{
    struct changes changes = {0};
    char text[256] = "nothing";

    assert_true(contract_compare(scope, older, newer, &changes));
    if (changes.count > 0)
        show(&changes.list[0], text, sizeof text);
    if (changes.count > 1)
        snprintf(text + strlen(text), sizeof text - strlen(text), " and more");
    if (strcmp(text, wanted ? wanted : "nothing") != 0)
        unit_fail("%s: %s, not %s", pointer, text, wanted ? wanted : "nothing");
    assert_int_equal(changes.breaking, changes.count && changes.list[0].breaks);
}

/* Members that one side lacks and the other has with their own: only the first is a change. */
static void each_change(void **state)
{
    struct comparison *made = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json_object *older = parse(&made->scope, contract);
        struct json_object *newer = parse(&made->scope, contract);

        edit(newer, cases[i].pointer, cases[i].value);
        expect(&made->scope, older, newer, cases[i].forth, cases[i].pointer);
        if (cases[i].back || !cases[i].forth)
            expect(&made->scope, newer, older, cases[i].back, cases[i].pointer);
    }
}

static void nothing_changed(void **state)
{
    struct comparison *made = *state;
    struct json_object *document = parse(&made->scope, contract);

    expect(&made->scope, document, parse(&made->scope, contract), NULL, "the same");
}

/* Under another name a schema is still compared, though it holds itself. */
static void a_renamed_schema_is_the_same(void **state)
{
    struct comparison *made = *state;
    char *copy = scope_copy(&made->scope, contract, sizeof contract - 1);

    for (char *at = copy; (at = strstr(at, "One")); at += 3)
        memcpy(at, "Uno", 3);
    struct json_object *renamed = parse(&made->scope, copy);

    expect(&made->scope, parse(&made->scope, contract), renamed, NULL, "renamed");
    edit(renamed, "/components/schemas/Uno/properties/id/format", "");
    struct changes changes = {0};

    assert_true(contract_compare(&made->scope, parse(&made->scope, contract), renamed, &changes));
    assert_true(changes.count >= 2 && changes.breaking == changes.count);
}

static void what_is_no_contract_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "x",
        "[]",
        "{}",
        "{\"openapi\":\"3.1.0\"}",
        "{\"openapi\":\"2.0\",\"paths\":{}}",
        "{\"openapi\":\"3.1.0\",\"paths\":[]}",
        "{\"openapi\":3,\"paths\":{}}",
    };
    struct comparison *made = *state;
    struct json_object *document;

    for (size_t i = 0; i < COUNT(texts); i++) {
        scope_clear_error(&made->scope);
        assert_false(contract_parse(&made->scope, "it", texts[i], strlen(texts[i]), &document));
        assert_int_equal(made->scope.error.kind, ERR_MALFORMED);
    }
}

/* Each member in turn is something that no contract has there. */
static void strange_contracts_do_no_harm(void **state)
{
    static const char *const values[] = {"null",      "7",  "'x'",        "[]",
                                         "[null,7]",  "{}", "{'a':null}", "{'$ref':'#/nowhere'}",
                                         "{'$ref':7}"};
    static const char *const pointers[] = {
        "/components",
        "/components/schemas",
        "/components/schemas/One",
        "/components/responses",
        "/components/responses/Missing",
        "/paths/~1a",
        GET_A,
        GET_A "/parameters",
        GET_A "/parameters/0",
        GET_A "/parameters/0/schema",
        GET_A "/parameters/0/name",
        GET_A "/responses",
        GET_A "/responses/200",
        GET_A "/responses/200/content",
        GET_A "/responses/200/headers",
        GET_A "/security",
        GET_A "/security/0",
        "/paths/~1a/post/requestBody",
        "/paths/~1a/post/x-permission",
        NEW "/properties",
        NEW "/required",
        NEW "/properties/name",
        NEW "/properties/name/type",
        NEW "/properties/name/maxLength",
        NEW "/properties/ops/items",
        NEW "/properties/ops/items/oneOf",
        ONE "/properties/kind/enum",
    };
    struct comparison *made = *state;

    for (size_t p = 0; p < COUNT(pointers); p++) {
        for (size_t v = 0; v < COUNT(values); v++) {
            struct json_object *document = parse(&made->scope, contract);
            struct json_object *strange = parse(&made->scope, contract);
            struct changes changes = {0};

            edit(strange, pointers[p], values[v]);
            assert_true(contract_compare(&made->scope, document, strange, &changes));
            assert_true(contract_compare(&made->scope, strange, document, &changes));
        }
    }
}

static void lack_of_memory_is_an_error(void **state)
{
    struct comparison *made = *state;
    struct json_object *older = parse(&made->scope, contract);
    struct json_object *newer = parse(&made->scope, contract);

    edit(newer, "/paths/~1b", "");
    edit(newer, GET_A "/parameters/0", "");
    edit(newer, GET_A "/responses/404", "");
    edit(newer, NEW "/required", "['name','note']");
    edit(newer, ONE "/properties/name/type", "'integer'");
    faults_begin();
    while (faults_next()) {
        struct scope scope;
        struct changes changes = {0};

        scope_begin(&scope, NULL, NULL, NULL);
        bool done = contract_compare(&scope, older, newer, &changes);

        faults_stop();
        assert_int_equal(done, !faults_hit());
        scope_end(&scope);
    }
    assert_true(faults_count() > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("each change is named, and whether it breaks", each_change),
        FIXTURE_TEST("the same contract has not changed", nothing_changed),
        FIXTURE_TEST("a schema under another name is compared where it is used",
                     a_renamed_schema_is_the_same),
        FIXTURE_TEST("what is no contract is refused", what_is_no_contract_is_refused),
        FIXTURE_TEST("a contract with strange members does no harm", strange_contracts_do_no_harm),
        FIXTURE_TEST("lack of memory is an error", lack_of_memory_is_an_error),
    };

    return cmocka_run_group_tests_name("cli/contract", tests, NULL, NULL);
}
