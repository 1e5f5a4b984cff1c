/* config_test.c - tests of core/config, config_file, config_keys and config_value */
#include "keel/core/config.h"

#include "support/faults.h"
#include "support/unit.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STRONG "kN3vQ8xZ1pL6tR0yW5sD9fG2hJ7mB4cX"

/* An environment literal for config_load(). */
#define ENVIRONMENT(...) ((char *[]){__VA_ARGS__, NULL})

struct fixture {
    struct scope scope;
    struct config config;
    struct config_entry *entries;
    char path[64];
    char variable[80]; /* "KEEL_CONFIG=" and the path */
};

static int begin(void **state)
{
    static struct fixture fixture;

    fixture.entries = NULL;
    scope_begin(&fixture.scope, NULL, NULL, NULL);
    snprintf(fixture.path, sizeof fixture.path, "/tmp/keel-config-test.XXXXXX");
    int fd = mkstemp(fixture.path);

    snprintf(fixture.variable, sizeof fixture.variable, "KEEL_CONFIG=%s", fixture.path);
    *state = &fixture;
    return fd < 0 ? -1 : close(fd);
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    scope_end(&fixture->scope);
    return unlink(fixture->path) == 0 || errno == ENOENT ? 0 : -1;
}

static bool load(struct fixture *fixture, char *const *environment)
{
    scope_clear_error(&fixture->scope);
    return config_load(&fixture->scope, environment, &fixture->config, &fixture->entries);
}

static void write_bytes(const struct fixture *fixture, const char *text, size_t length)
{
    FILE *file = fopen(fixture->path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static bool load_file(struct fixture *fixture, const char *text)
{
    write_bytes(fixture, text, strlen(text));
    return load(fixture, ENVIRONMENT(fixture->variable));
}

static const struct config_entry *entry(const struct fixture *fixture, const char *name)
{
    for (size_t i = 0; i < config_key_count; i++) {
        if (strcmp(fixture->entries[i].key->name, name) == 0)
            return &fixture->entries[i];
    }
    unit_fail("no entry %s", name);
    return NULL;
}

/*
 * The only field error is of this field and has this code; the message begins with the field's
 * name.
 */
static void assert_field_error(const struct fixture *fixture, const char *field, const char *code)
{
    const struct error *error = &fixture->scope.error;

    assert_int_equal(error->kind, ERR_VALIDATION);
    assert_string_equal(error->fields->field, field);
    assert_string_equal(error->fields->code, code);
    assert_non_null(strstr(error->message, field));
    assert_null(error->fields->next);
}

static void test_defaults(void **state)
{
    struct fixture *fixture = *state;
    const struct config *config = &fixture->config;

    assert_true(load(fixture, ENVIRONMENT("PATH=/bin")));
    assert_int_equal(config->environment, ENV_DEVELOPMENT);
    assert_string_equal(config->base_path, "/api");
    assert_string_equal(config->database_url, "");
    assert_true(config->db_prepared);
    assert_int_equal(config->db_statement_timeout_ms, 5000);
    assert_int_equal(config->access_token_s, 900);
    assert_int_equal(config->argon2_memory_kib, 19456);
    assert_string_equal(config->default_role, "editor");
    assert_false(config->hide_accounts);
    assert_int_equal(config->max_body_bytes, 1048576);
    assert_string_equal(config->log_level, "info");
    for (size_t i = 0; i < config_key_count; i++) {
        assert_int_equal(fixture->entries[i].source, CONFIG_FROM_DEFAULT);
        assert_string_equal(fixture->entries[i].value, config_keys[i].standard);
    }
}

static void test_environment(void **state)
{
    struct fixture *fixture = *state;
    const struct config *config = &fixture->config;

    assert_true(
        load(fixture, ENVIRONMENT("KEEL_ENV=testing", "KEEL_DB_PREPARED=off", "KEEL_DB_RETRIES=0",
                                  "KEEL_BASE_PATH=", "KEEL_JWT_KID=a=b", "KEEL_LOG_LEVEL=debug")));
    assert_int_equal(config->environment, ENV_TESTING);
    assert_false(config->db_prepared);
    assert_int_equal(config->db_retries, 0);
    assert_string_equal(config->base_path, "");
    assert_string_equal(config->jwt_kid, "a=b");
    assert_string_equal(config->log_level, "debug");
    assert_int_equal(entry(fixture, "db_retries")->source, CONFIG_FROM_ENVIRONMENT);
    assert_string_equal(entry(fixture, "db_retries")->value, "0");
}

static void test_copies(void **state)
{
    struct fixture *fixture = *state;
    char variable[] = "KEEL_JWT_ISSUER=ours";

    assert_true(load(fixture, ENVIRONMENT(variable)));
    memset(variable, '?', sizeof variable - 1);
    assert_string_equal(fixture->config.jwt_issuer, "ours");
}

static void test_environment_names(void **state)
{
    struct fixture *fixture = *state;

    assert_true(
        load(fixture, ENVIRONMENT("KEEL_PORT=9000", "KEEL_DB_RETRIESX=9", "KEEL_DB_RETRIE=9",
                                  "keel_db_retries=9", "DB_RETRIES=9", "KEEL_DB_RETRIES", "=x", "",
                                  "KEEL_DB_RETRIES=5", "KEEL_DB_RETRIES=6")));
    assert_int_equal(fixture->config.db_retries, 5);
}

static void test_order(void **state)
{
    struct fixture *fixture = *state;

    write_bytes(fixture, "KEEL_DB_RETRIES=1\nKEEL_ARGON2_PASSES=4\n", 39);
    assert_true(load(fixture, ENVIRONMENT("KEEL_DB_RETRIES=2", fixture->variable)));
    assert_int_equal(fixture->config.db_retries, 2);
    assert_int_equal(fixture->config.argon2_passes, 4);
    assert_int_equal(fixture->config.argon2_lanes, 1);
    assert_int_equal(entry(fixture, "db_retries")->source, CONFIG_FROM_ENVIRONMENT);
    assert_int_equal(entry(fixture, "argon2_passes")->source, CONFIG_FROM_FILE);
    assert_int_equal(entry(fixture, "argon2_lanes")->source, CONFIG_FROM_DEFAULT);
}

static void test_file(void **state)
{
    struct fixture *fixture = *state;
    const struct config *config = &fixture->config;

    assert_true(load_file(fixture, "# a comment\n"
                                   "\n"
                                   "   # another\r\n"
                                   "KEEL_ENV=testing\r\n"
                                   "KEEL_JWT_ISSUER= \"a # b\" $HOME `id` \n"
                                   "KEEL_CORS_ORIGINS=\n"
                                   "PGPASSWORD=not ours\n"
                                   "KEEL_RATE_FILE=/a=b"));
    assert_int_equal(config->environment, ENV_TESTING);
    assert_string_equal(config->jwt_issuer, " \"a # b\" $HOME `id` ");
    assert_string_equal(config->cors_origins, "");
    assert_string_equal(config->rate_file, "/a=b");
    assert_int_equal(entry(fixture, "cors_origins")->source, CONFIG_FROM_FILE);
}

static void test_empty_file(void **state)
{
    struct fixture *fixture = *state;

    assert_true(load_file(fixture, ""));
    assert_true(load(fixture, ENVIRONMENT("KEEL_CONFIG=")));
    assert_string_equal(fixture->config.base_path, "/api");
}

static void test_file_mistakes(void **state)
{
    static const struct {
        const char *text;
        const char *code;
        const char *where; /* part of the message */
    } cases[] = {
        {"KEEL_ENV=testing\n\nKEEL_DB_RETRY=1\n", "unknown",
         ":3: there is no setting KEEL_DB_RETRY"},
        {"KEEL_CONFIG=/etc/other\n", "unknown", ":1: there is no setting KEEL_CONFIG"},
        {"KEEL_DB_RETRIES=1\nKEEL_DB_RETRIES=1\n", "duplicate",
         ":2: KEEL_DB_RETRIES is given twice"},
        {"KEEL_DB_RETRIES\n", "syntax", ":1: NAME=value"},
        {"\n KEEL_DB_RETRIES=1\n", "syntax", ":2: NAME=value"},
        {"export KEEL_DB_RETRIES=1\n", "syntax", ":1: NAME=value"},
        {"KEEL_DB_RETRIES =1\n", "syntax", ":1: NAME=value"},
        {"=1\n", "syntax", ":1: NAME=value"},
        {"1A=1\n", "syntax", ":1: NAME=value"},
        {"\xEF\xBB\xBF"
         "A=1\n",
         "syntax", ":1: NAME=value"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (load_file(fixture, cases[i].text))
            unit_fail("%s is taken", cases[i].text);
        const struct error *error = &fixture->scope.error;

        assert_int_equal(error->kind, ERR_VALIDATION);
        assert_string_equal(error->fields->code, cases[i].code);
        assert_non_null(strstr(error->message, fixture->path));
        if (!strstr(error->message, cases[i].where))
            unit_fail("\"%s\" does not say \"%s\"", error->message, cases[i].where);
    }
}

static void test_not_a_text_file(void **state)
{
    struct fixture *fixture = *state;

    write_bytes(fixture, "KEEL_DB_RETRIES=1\0", 18);
    assert_false(load(fixture, ENVIRONMENT(fixture->variable)));
    assert_string_equal(fixture->scope.error.fields->code, "syntax");
    assert_non_null(strstr(fixture->scope.error.message, "is not a text file"));
}

static void test_unreadable_file(void **state)
{
    struct fixture *fixture = *state;

    assert_false(load(fixture, ENVIRONMENT("KEEL_CONFIG=/nowhere/keel.env")));
    assert_string_equal(fixture->scope.error.fields->code, "unreadable");
    assert_string_equal(fixture->scope.error.message,
                        "/nowhere/keel.env cannot be read: No such file or directory.");
    assert_false(load(fixture, ENVIRONMENT("KEEL_CONFIG=/tmp")));
    assert_string_equal(fixture->scope.error.message, "/tmp cannot be read: Is a directory.");
    assert_false(load(fixture, ENVIRONMENT("KEEL_CONFIG=/dev/zero")));
    assert_string_equal(fixture->scope.error.fields->code, "unreadable");
}

static void test_wrong_values(void **state)
{
    static const struct {
        char *variable;
        const char *code;
    } cases[] = {
        {"KEEL_ENV=prod", "choice"},
        {"KEEL_ENV=", "choice"},
        {"KEEL_ENV=development|testing", "choice"},
        {"KEEL_LOG_LEVEL=INFO", "choice"},
        {"KEEL_LOG_LEVEL=info ", "choice"},
        {"KEEL_DB_PREPARED=", "choice"},
        {"KEEL_DB_PREPARED=TRUE", "choice"},
        {"KEEL_DB_PREPARED=2", "choice"},
        {"KEEL_DB_RETRIES=", "range"},
        {"KEEL_DB_RETRIES=-1", "range"},
        {"KEEL_DB_RETRIES=11", "range"},
        {"KEEL_DB_RETRIES=3 ", "range"},
        {"KEEL_DB_RETRIES=3x", "range"},
        {"KEEL_DB_RETRIES=1e1", "range"},
        {"KEEL_DB_RETRIES=99999999999999999999", "range"},
        {"KEEL_DB_STATEMENT_TIMEOUT_MS=0", "range"},
        {"KEEL_ARGON2_MEMORY_KIB=7", "range"},
        {"KEEL_JWT_KID=", "required"},
        {"KEEL_DEFAULT_ROLE=", "required"},
        {"KEEL_JWT_KID=0123456789012345678901234567890123456789012345678901234567890123x", "range"},
        {"KEEL_JWT_ISSUER=a\nb", "text"},
        {"KEEL_JWT_ISSUER=a\x7F", "text"},
        {"KEEL_JWT_ISSUER=\xFF", "text"},
        {"KEEL_BASE_PATH=api", "path"},
        {"KEEL_BASE_PATH=/", "path"},
        {"KEEL_BASE_PATH=/api/", "path"},
        {"KEEL_BASE_PATH=/a//b", "path"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        char name[64];

        snprintf(name, sizeof name, "%.*s", (int)strcspn(cases[i].variable, "="),
                 cases[i].variable);
        if (load(fixture, ENVIRONMENT(cases[i].variable)))
            unit_fail("%s is taken", cases[i].variable);
        assert_field_error(fixture, name, cases[i].code);
    }
}

static void test_bounds(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        const int64_t bounds[] = {key->min, key->max};
        char variable[128];

        for (size_t at = 0; key->kind == CONFIG_INT && at < COUNT(bounds); at++) {
            snprintf(variable, sizeof variable, "%s=%lld", key->variable, (long long)bounds[at]);
            if (!load(fixture, ENVIRONMENT(variable)))
                unit_fail("%s is refused: %s", variable, fixture->scope.error.message);
        }
        if (key->kind != CONFIG_INT)
            continue;
        snprintf(variable, sizeof variable, "%s=%lld", key->variable, (long long)key->max + 1);
        assert_false(load(fixture, ENVIRONMENT(variable)));
        snprintf(variable, sizeof variable, "%s=%lld", key->variable, (long long)key->min - 1);
        assert_false(load(fixture, ENVIRONMENT(variable)));
    }
}

static void test_truth(void **state)
{
    static const struct {
        char *variable;
        bool value;
    } cases[] = {
        {"KEEL_HIDE_ACCOUNTS=true", true}, {"KEEL_HIDE_ACCOUNTS=false", false},
        {"KEEL_HIDE_ACCOUNTS=yes", true},  {"KEEL_HIDE_ACCOUNTS=no", false},
        {"KEEL_HIDE_ACCOUNTS=on", true},   {"KEEL_HIDE_ACCOUNTS=off", false},
        {"KEEL_HIDE_ACCOUNTS=1", true},    {"KEEL_HIDE_ACCOUNTS=0", false},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(load(fixture, ENVIRONMENT(cases[i].variable)));
        assert_int_equal(fixture->config.hide_accounts, cases[i].value);
    }
}

static void test_all_mistakes(void **state)
{
    struct fixture *fixture = *state;
    size_t count = 0;

    assert_false(
        load(fixture, ENVIRONMENT("KEEL_LOG_LEVEL=loud", "KEEL_ENV=prod", "KEEL_DB_RETRIES=many")));
    for (const struct field_error *f = fixture->scope.error.fields; f; f = f->next)
        count++;
    assert_int_equal(count, 3);
    assert_string_equal(fixture->scope.error.fields->field, "KEEL_ENV");
}

static void test_lanes(void **state)
{
    struct fixture *fixture = *state;

    assert_false(load(fixture, ENVIRONMENT("KEEL_ARGON2_MEMORY_KIB=31", "KEEL_ARGON2_LANES=4")));
    assert_field_error(fixture, "KEEL_ARGON2_MEMORY_KIB", "range");
    assert_true(load(fixture, ENVIRONMENT("KEEL_ARGON2_MEMORY_KIB=32", "KEEL_ARGON2_LANES=4")));
}

static void test_migration_url(void **state)
{
    struct fixture *fixture = *state;

    assert_true(load(fixture, ENVIRONMENT("KEEL_DATABASE_URL=dbname=a")));
    assert_string_equal(fixture->config.migration_database_url, "dbname=a");
    assert_true(load(fixture, ENVIRONMENT("KEEL_DATABASE_URL=dbname=a",
                                          "KEEL_MIGRATION_DATABASE_URL=dbname=b")));
    assert_string_equal(fixture->config.database_url, "dbname=a");
    assert_string_equal(fixture->config.migration_database_url, "dbname=b");
}

static void test_production(void **state)
{
    char *const complete[] = {"KEEL_ENV=production",         "KEEL_JWT_SECRET=" STRONG,
                              "KEEL_CURSOR_SECRET=" STRONG,  "KEEL_DATABASE_URL=dbname=a",
                              "KEEL_SESSION_SECRET=" STRONG, "KEEL_MAIL_TRANSPORT=none",
                              "KEEL_METRICS_TOKEN=" STRONG,  NULL};
    static const struct {
        size_t place;
        char *variable;
        const char *field;
        const char *code;
    } cases[] = {
        {1, "X=", "KEEL_JWT_SECRET", "weak"},
        {1, "KEEL_JWT_SECRET=short", "KEEL_JWT_SECRET", "weak"},
        {1, "KEEL_JWT_SECRET=changemechangemechangemechangeme", "KEEL_JWT_SECRET", "weak"},
        {2, "X=", "KEEL_CURSOR_SECRET", "weak"},
        {2, "KEEL_CURSOR_SECRET=short", "KEEL_CURSOR_SECRET", "weak"},
        {3, "X=", "KEEL_DATABASE_URL", "required"},
        {4, "X=", "KEEL_SESSION_SECRET", "weak"},
        {5, "X=", "KEEL_MAIL_TRANSPORT", "required"},
        {5, "KEEL_MAIL_FOLDER=/mails", "KEEL_PUBLIC_URL", "required"},
        {6, "KEEL_METRICS_TOKEN=short", "KEEL_METRICS_TOKEN", "weak"},
    };
    struct fixture *fixture = *state;

    assert_true(load(fixture, complete));
    assert_int_equal(fixture->config.environment, ENV_PRODUCTION);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *environment[COUNT(complete)];

        memcpy(environment, complete, sizeof complete);
        environment[cases[i].place] = cases[i].variable;
        if (load(fixture, environment))
            unit_fail("%s is taken in production", cases[i].variable);
        assert_field_error(fixture, cases[i].field, cases[i].code);
        environment[0] = "KEEL_ENV=development";
        assert_true(load(fixture, environment));
    }
}

/* A folder may hold the key that signs; a secret that is set is to be a good one all the same. */
static void test_keys_in_production(void **state)
{
    char *environment[] = {"KEEL_ENV=production",
                           "KEEL_KEY_FOLDER=/keys",
                           "KEEL_CURSOR_SECRET=" STRONG,
                           "KEEL_DATABASE_URL=dbname=a",
                           "KEEL_SESSION_SECRET=" STRONG,
                           "KEEL_MAIL_TRANSPORT=none",
                           "X=",
                           NULL};
    struct fixture *fixture = *state;

    assert_true(load(fixture, environment));
    environment[6] = "KEEL_JWT_SECRET=short";
    assert_false(load(fixture, environment));
    assert_field_error(fixture, "KEEL_JWT_SECRET", "weak");
}

static void test_mail(void **state)
{
    static const struct {
        char *variables[4];
        const char *field, *code; /* NULL: it is taken */
    } cases[] = {
        {{"KEEL_PUBLIC_URL=https://example.com/app"}, NULL, NULL},
        {{"KEEL_PUBLIC_URL=example.com"}, "KEEL_PUBLIC_URL", "url"},
        {{"KEEL_PUBLIC_URL=https://example.com/"}, "KEEL_PUBLIC_URL", "url"},
        {{"KEEL_PUBLIC_URL=https://example.com/?a"}, "KEEL_PUBLIC_URL", "url"},
        {{"KEEL_PUBLIC_URL=https://exa mple.com"}, "KEEL_PUBLIC_URL", "url"},
        {{"KEEL_MAIL_FROM=Ada, Ltd. <ada@example.com>"}, NULL, NULL},
        {{"KEEL_MAIL_FROM=Ada"}, "KEEL_MAIL_FROM", "address"},
        {{"KEEL_MAIL_FROM=a@b, c@d"}, "KEEL_MAIL_FROM", "address"},
        {{"KEEL_MAIL_TRANSPORT=pigeon"}, "KEEL_MAIL_TRANSPORT", "choice"},
        {{"KEEL_MAIL_TRANSPORT=sendmail"}, NULL, NULL},
        {{"KEEL_MAIL_TRANSPORT=sendmail", "KEEL_MAIL_COMMAND=sendmail -t"},
         "KEEL_MAIL_COMMAND",
         "path"},
        {{"KEEL_MAIL_TRANSPORT=smtp"}, "KEEL_MAIL_SMTP_URL", "url"},
        {{"KEEL_MAIL_TRANSPORT=smtp", "KEEL_MAIL_SMTP_URL=smtp://mx.example.com:587"}, NULL, NULL},
        {{"KEEL_MAIL_TRANSPORT=smtp", "KEEL_MAIL_SMTP_URL=smtp://me:hush@mx.example.com"},
         "KEEL_MAIL_SMTP_URL",
         "url"},
        {{"KEEL_MAIL_TRANSPORT=smtp", "KEEL_MAIL_SMTP_URL=https://mx.example.com"},
         "KEEL_MAIL_SMTP_URL",
         "url"},
        {{"KEEL_MAIL_TRANSPORT=smtp", "KEEL_MAIL_SMTP_URL=smtp://mx", "KEEL_MAIL_SMTP_TLS=off"},
         NULL,
         NULL},
        {{"KEEL_MAIL_TRANSPORT=smtp", "KEEL_MAIL_SMTP_URL=smtp://mx", "KEEL_MAIL_SMTP_TLS=off",
          "KEEL_MAIL_SMTP_PASSWORD=hush"},
         "KEEL_MAIL_SMTP_TLS",
         "unsafe"},
        {{"KEEL_MAIL_TRANSPORT=smtp", "KEEL_MAIL_SMTP_URL=smtps://mx", "KEEL_MAIL_SMTP_TLS=off",
          "KEEL_MAIL_SMTP_PASSWORD=hush"},
         NULL,
         NULL},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        char *environment[COUNT(cases[i].variables) + 1] = {0};

        memcpy(environment, cases[i].variables, sizeof cases[i].variables);
        if (load(fixture, environment) != !cases[i].field)
            unit_fail("case %zu: %s", i, fixture->scope.error.message);
        if (!cases[i].field)
            continue;
        assert_field_error(fixture, cases[i].field, cases[i].code);
        assert_null(strstr(fixture->scope.error.message, "hush"));
    }
}

static void test_mail_in_production(void **state)
{
    char *environment[] = {"KEEL_ENV=production",
                           "KEEL_JWT_SECRET=" STRONG,
                           "KEEL_CURSOR_SECRET=" STRONG,
                           "KEEL_DATABASE_URL=dbname=a",
                           "KEEL_SESSION_SECRET=" STRONG,
                           "KEEL_MAIL_TRANSPORT=sendmail",
                           "KEEL_PUBLIC_URL=https://example.com",
                           "X=",
                           NULL};
    struct fixture *fixture = *state;

    assert_false(load(fixture, environment));
    assert_field_error(fixture, "KEEL_MAIL_FROM", "required");
    environment[7] = "KEEL_MAIL_FROM=keel@example.com";
    assert_true(load(fixture, environment));
}

static void test_secrets_hidden(void **state)
{
    struct fixture *fixture = *state;

    assert_true(
        load(fixture, ENVIRONMENT("KEEL_JWT_SECRET=hush", "KEEL_DATABASE_URL=password=hush")));
    for (size_t i = 0; i < config_key_count; i++)
        assert_null(strstr(fixture->entries[i].value, "hush"));
    assert_string_equal(entry(fixture, "jwt_secret")->value, "(hidden)");
    assert_string_equal(entry(fixture, "cursor_secret")->value, "");
    assert_string_equal(fixture->config.jwt_secret, "hush");
}

static void test_cursor_key(void **state)
{
    struct fixture *fixture = *state;
    uint8_t key[SIPHASH_KEY_SIZE];

    assert_true(load(fixture, ENVIRONMENT("KEEL_CURSOR_SECRET=" STRONG)));
    memcpy(key, fixture->config.cursor_key, sizeof key);
    assert_true(load(fixture, ENVIRONMENT("KEEL_CURSOR_SECRET=" STRONG)));
    assert_memory_equal(fixture->config.cursor_key, key, sizeof key);
    assert_true(load(fixture, ENVIRONMENT("KEEL_CURSOR_SECRET=" STRONG "1")));
    assert_memory_not_equal(fixture->config.cursor_key, key, sizeof key);
}

static void test_secrets_in_errors(void **state)
{
    static char *const variables[] = {"KEEL_JWT_SECRET=hush\n", "KEEL_DATABASE_URL=hush\x01"};
    static const char *const files[] = {"hush\n", "KEEL_JWT_SECRET=a\nKEEL_JWT_SECRET=hush\n",
                                        "KEEL_JWT_SECRTE=hush\n", "a b=hush\n"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT(variables); i++) {
        assert_false(load(fixture, ENVIRONMENT(variables[i])));
        assert_null(strstr(fixture->scope.error.message, "hush"));
    }
    for (size_t i = 0; i < COUNT(files); i++) {
        assert_false(load_file(fixture, files[i]));
        assert_null(strstr(fixture->scope.error.message, "hush"));
    }
    assert_false(load(fixture, ENVIRONMENT("KEEL_ENV=production", "KEEL_JWT_SECRET=hush")));
    for (const struct field_error *f = fixture->scope.error.fields; f; f = f->next)
        assert_null(strstr(f->message, "hush"));
}

/* KEEL_ and the name in capitals, but for `environment`, which people know as KEEL_ENV. */
static void assert_variable(const struct config_key *key)
{
    char expected[128];

    snprintf(expected, sizeof expected, "KEEL_%s",
             strcmp(key->name, "environment") == 0 ? "env" : key->name);
    for (char *at = expected; *at; at++)
        *at = (char)toupper((unsigned char)*at);
    assert_string_equal(key->variable, expected);
}

static void test_table(void **state)
{
    size_t size = 0;

    (void)state;
    assert_non_null(config_keys[0].section);
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];

        assert_variable(key);
        assert_non_null(key->standard);
        assert_true(strlen(key->meaning) > 10);
        assert_int_equal(key->meaning[strlen(key->meaning) - 1], '.');
        assert_true(strcmp(key->readers, "worker") == 0 || strcmp(key->readers, "keelctl") == 0 ||
                    strcmp(key->readers, "worker, keelctl") == 0);
        assert_true(key->kind != CONFIG_INT || key->min < key->max);
        /*
         * In the order of the members, so that none is forgotten: each begins where the one before
         * ends, or aligned.
         */
        assert_true(key->offset >= size && key->offset - size < sizeof(int64_t));
        size = key->offset + (key->kind == CONFIG_TEXT   ? sizeof(char *)
                              : key->kind == CONFIG_INT  ? sizeof(int64_t)
                              : key->kind == CONFIG_BOOL ? sizeof(bool)
                                                         : sizeof(enum config_environment));
    }
    assert_true(offsetof(struct config, cursor_key) - size < sizeof(int64_t));
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(config_environment_name(ENV_DEVELOPMENT), "development");
    assert_string_equal(config_environment_name(ENV_TESTING), "testing");
    assert_string_equal(config_environment_name(ENV_PRODUCTION), "production");
}

static void test_no_memory(void **state)
{
    struct fixture *fixture = *state;

    write_bytes(fixture, "KEEL_ENV=testing\nKEEL_DB_RETRIES=4\n", 35);
    faults_begin();
    while (faults_next()) {
        struct scope scope;
        struct config config;
        struct config_entry *entries;

        scope_begin(&scope, NULL, NULL, NULL);
        bool ok = config_load(&scope, ENVIRONMENT(fixture->variable, "KEEL_JWT_KID=k2"), &config,
                              &entries);

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        assert_int_equal(scope.error.kind, ok ? ERR_NONE : ERR_UNAVAILABLE);
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

/* Each test with a scope and an empty file of its own. */
#define FIXTURE_TEST(sentence, function)                                                           \
    {                                                                                              \
        .name = (sentence), .test_func = (function), .setup_func = begin, .teardown_func = end     \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("without any setting the defaults are in force", test_defaults),
        FIXTURE_TEST("variables of the environment are in force", test_environment),
        FIXTURE_TEST("values outlive the environment they came from", test_copies),
        FIXTURE_TEST("only whole names count, and the first of two", test_environment_names),
        FIXTURE_TEST("the environment goes over the file, the file over the defaults", test_order),
        FIXTURE_TEST("a file is taken literally, line by line", test_file),
        FIXTURE_TEST("an empty file and no file change nothing", test_empty_file),
        FIXTURE_TEST("a mistake in the file is told with file and line", test_file_mistakes),
        FIXTURE_TEST("a file with NUL bytes is refused", test_not_a_text_file),
        FIXTURE_TEST("a file that cannot be read is an error", test_unreadable_file),
        FIXTURE_TEST("a wrong value is an error that names its variable", test_wrong_values),
        FIXTURE_TEST("integers are taken up to their bounds and no further", test_bounds),
        FIXTURE_TEST("yes and no can be said in four ways", test_truth),
        FIXTURE_TEST("all mistakes are told at once", test_all_mistakes),
        FIXTURE_TEST("each lane of password hashing needs its memory", test_lanes),
        FIXTURE_TEST("migrations use the database of the program unless told otherwise",
                     test_migration_url),
        FIXTURE_TEST("production refuses weak secrets and no database", test_production),
        FIXTURE_TEST("settings of mail that cannot work are refused", test_mail),
        FIXTURE_TEST("production needs no secret for tokens where a folder has keys",
                     test_keys_in_production),
        FIXTURE_TEST("production wants to know how and from whom mail goes out",
                     test_mail_in_production),
        FIXTURE_TEST("secrets are hidden in the list of settings", test_secrets_hidden),
        FIXTURE_TEST("the key of cursors is made of their secret", test_cursor_key),
        FIXTURE_TEST("no value of a secret stands in an error", test_secrets_in_errors),
        {.name = "every member of the configuration has its row", .test_func = test_table},
        {.name = "environments have names", .test_func = test_names},
        FIXTURE_TEST("loading without memory fails cleanly", test_no_memory),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
