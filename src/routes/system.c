/* system.c - health, readiness, version and the contract */
#include "keel/core/build.h"
#include "keel/db/migrate.h"
#include "keel/http/crud.h"
#include "keel/http/openapi.h"
#include "keel/model/store.h"

struct status {
    const char *status;
};

struct version {
    const char *version;
    const char *commit;
    int64_t schema_version;
};

static const struct column status_columns[] = {
    {TEXT(struct status, status), .uses = READ, .example = "\"ok\"", .doc = "ok, or ready."},
};

static const struct model status_model = {
    .name = "Status", COLUMNS(status_columns), .size = sizeof(struct status)};

static const struct column version_columns[] = {
    {TEXT(struct version, version), .uses = READ, .example = "\"0.1.0\"",
     .doc = "Version of the program."},
    {TEXT(struct version, commit), .uses = READ, .example = "\"1f3b9c2\"",
     .doc = "Commit that it was built from."},
    {INT(struct version, schema_version), .uses = READ, .example = "3",
     .doc = "Schema version that it expects."},
};

static const struct model version_model = {
    .name = "Version", COLUMNS(version_columns), .size = sizeof(struct version)};

static bool reply(struct exchange *exchange, const void *record)
{
    model_write_record(&exchange->response.data, exchange->route->reply.model, record);
    return true;
}

static bool health(struct exchange *exchange)
{
    return reply(exchange, &(struct status){"ok"});
}

/* The database's own absence is told by the stage before. */
static bool ready(struct exchange *exchange)
{
    struct scope *scope = &exchange->scope;
    int64_t version;

    if (!migrate_version(scope, &version))
        return false;
    if (version != migrations_expected()) {
        fail(scope, ERR_UNAVAILABLE,
             "The database has schema version %lld, this program needs %lld", (long long)version,
             (long long)migrations_expected());
        scope->error.retry_after = 5;
        return false;
    }
    return reply(exchange, &(struct status){"ready"});
}

static bool version(struct exchange *exchange)
{
    return reply(exchange, &(struct version){build_version, build_commit, migrations_expected()});
}

static const struct route routes[] = {
    {"system.health", GET, "/health", health, ACCESS_PUBLIC, .rate = RATE_FREE,
     .reply = {&status_model, READ},
     .flags = ROUTE_NO_DATABASE | ROUTE_ANY_QUERY | ROUTE_NO_CREDENTIALS, .success = 200,
     .summary = "Whether this process serves; touches nothing."},
    {"system.ready", GET, "/health/ready", ready, ACCESS_PUBLIC, .rate = RATE_FREE,
     .reply = {&status_model, READ}, .flags = ROUTE_ANY_QUERY | ROUTE_NO_CREDENTIALS,
     .success = 200,
     .summary = "Whether the database answers and has the schema that this program expects."},
    {"system.version", GET, "/version", version, ACCESS_PUBLIC, .rate = RATE_FREE,
     .reply = {&version_model, READ},
     .flags = ROUTE_NO_DATABASE | ROUTE_ANY_QUERY | ROUTE_NO_CREDENTIALS, .success = 200,
     .summary = "What is running here."},
    {"system.openapi", GET, "/openapi.json", openapi_serve, ACCESS_PUBLIC, .rate = RATE_READ,
     .media_type = "application/json", .flags = ROUTE_NO_DATABASE | ROUTE_NO_CREDENTIALS,
     .cache = CACHE_CHECK, .success = 200, .summary = "This contract, as OpenAPI 3.1."},
};

extern const struct module module_system;
const struct module module_system = {
    .name = "system",
    .doc = "Whether this instance serves, what it runs, and its contract.",
    ROUTES(routes)};
