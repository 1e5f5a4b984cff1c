/* api.c - the worker: settings, log, database, then the accept loop, or one request as CGI */
#include "keel/core/metrics.h"
#include "keel/core/process.h"
#include "keel/core/slots.h"
#include "keel/http/serve.h"
#include "keel/middleware/limiter.h"
#include "keel/middleware/measure.h"
#include "keel/middleware/pipeline.h"
#include "keel/routes/modules.h"
#include "keel/services/standby.h"
#include "keel/services/token_keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_USAGE 2

static bool open_log(struct scope *scope, struct app *app)
{
    const struct config *config = &app->config;
    enum log_level level = LOG_LEVEL_INFO;
    struct log log;

    if (!log_level_from_name(config->log_level, &level))
        return fail(scope, ERR_INTERNAL, "There is no log level %s", config->log_level);
    if (!log_open(&log, config->log, level))
        return fail(scope, ERR_INTERNAL, "The log %s cannot be opened: %s", config->log,
                    strerror(errno));
    app->log = log;
    return true;
}

/*
 * Outside production config_load() lets them be empty, because keelctl needs none; a worker that
 * signs with nothing is an open door.
 */
static bool check_secrets(struct scope *scope, const struct config *config)
{
    if (*config->jwt_secret == '\0' && *config->key_folder == '\0')
        return fail(scope, ERR_INTERNAL,
                    "KEEL_JWT_SECRET is not set; it takes 32 random bytes or more");
    if (*config->session_secret == '\0')
        return fail(scope, ERR_INTERNAL,
                    "KEEL_SESSION_SECRET is not set; it takes 32 random bytes or more");
    if (*config->cursor_secret == '\0')
        return fail(scope, ERR_INTERNAL,
                    "KEEL_CURSOR_SECRET is not set; it takes 32 random bytes or more");
    return true;
}

static bool open_limiter(struct scope *scope, struct app *app)
{
    const char *path = app->config.rate_file;

    if (*path == '\0' || limiter_open(path, &app->limiter))
        return true;
    return fail(scope, ERR_INTERNAL, "The rate limits' file %s cannot be used: %s", path,
                strerror(errno));
}

/* Asked at the start, so that it is not the first login that fails. */
static bool check_hash_file(struct scope *scope, const struct config *config)
{
    const char *path = config->hash_file;

    if (*path == '\0' || slots_are_usable(path))
        return true;
    return fail(scope, ERR_INTERNAL, "The file of hashing slots %s cannot be used: %s", path,
                strerror(errno));
}

/* Here and not in settings alone: a folder that is missing must not be found by an upload first. */
static bool check_transfers(struct scope *scope, const struct config *config)
{
    const char *folder = config->upload_folder, *file = config->export_file;

    if (*folder && !upload_folder_is_usable(folder))
        return fail(scope, ERR_INTERNAL, "The folder of uploads %s cannot be used: %s", folder,
                    strerror(errno));
    if (*file && !slots_are_usable(file))
        return fail(scope, ERR_INTERNAL, "The file of export slots %s cannot be used: %s", file,
                    strerror(errno));
    return true;
}

/* CGI has gone before the standby was reached: nobody waits for that. */
static bool open_standby(struct scope *scope, struct app *app, enum serve_start start)
{
    const char *url = app->config.database_read_url;

    return *url == '\0' || start == START_CGI || standby_open(scope, url, &app->standby);
}

/*
 * Everything in `app`; its texts belong to `scope`. What was opened before a failure stays for
 * take_down().
 */
static bool set_up(struct scope *scope, struct app *app, enum serve_start start)
{
    app->modules = keel_modules;
    return config_load(scope, environ, &app->config, NULL) && open_log(scope, app) &&
           check_secrets(scope, &app->config) && token_keys_open(scope, &app->token_keys) &&
           db_open(scope, app->config.database_url, &app->db) && open_standby(scope, app, start) &&
           open_limiter(scope, app) && check_hash_file(scope, &app->config) &&
           check_transfers(scope, &app->config) && request_check_settings(scope) &&
           routes_check(scope, app->modules) && measure_open(scope, app);
}

static void take_down(struct app *app)
{
    metrics_close(app->metrics);
    limiter_close(app->limiter);
    token_keys_close(app->token_keys);
    standby_close(app->standby);
    db_close(app->db);
    log_close(&app->log);
}

static void report_failure(const struct scope *scope, struct app *app)
{
    const struct error *error = &scope->error;
    struct log_line line;

    if (log_begin(&app->log, &line, LOG_LEVEL_ERROR, "The worker cannot start.")) {
        log_add_text(&line, "reason", error->message);
        log_add_text(&line, "detail", error->detail);
        log_end(&line);
    }
    if (!error->fields)
        fprintf(stderr, "keel: %s\n", error->message);
    for (const struct field_error *field = error->fields; field; field = field->next)
        fprintf(stderr, "keel: %s\n", field->message);
}

static bool serve(struct app *app, enum serve_start start, int listen_fd, bool ready)
{
    if (start == START_CGI)
        return cgi_serve(app, ready ? api_serve : serve_refusal) && ready;
    return ready && fastcgi_serve(app, listen_fd, api_serve);
}

int main(void)
{
    struct app app = {0};
    struct scope scope;
    int listen_fd;

    if (!process_prepare()) {
        perror("keel: the process cannot be made safe");
        return EXIT_FAILURE;
    }
    enum serve_start start = serve_find_start(&listen_fd);

    if (start == START_UNKNOWN) {
        fputs("keel: a web server's supervisor starts this program with a listening socket as "
              "standard input, or a web server as CGI; `make up` does so here.\n",
              stderr);
        return EXIT_USAGE;
    }
    /* So that even a bad setting can be logged. */
    (void)log_open(&app.log, "auto", LOG_LEVEL_INFO);
    scope_begin(&scope, &app.config, NULL, &app.log);
    bool ready = set_up(&scope, &app, start);

    if (!ready)
        report_failure(&scope, &app);
    bool ok = serve(&app, start, listen_fd, ready);

    take_down(&app);
    scope_end(&scope);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
