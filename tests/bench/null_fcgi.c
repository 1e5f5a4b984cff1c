/* null_fcgi.c - answers one constant from the worker's own accept loop: a benchmark's floor */
#include "keel/core/config.h"
#include "keel/http/serve.h"
#include "keel/http/transport.h"

#include <stdio.h>
#include <stdlib.h>

extern char **environ;

/* What the accept loop hands to answer(); `app` is first, so that one can be had from the other. */
struct null_app {
    struct app app;
    char answer[16384];
    size_t length;
};

static void answer(struct app *app, struct transport *transport)
{
    const struct null_app *null = (const struct null_app *)app;

    transport->write(transport, null->answer, null->length);
}

static bool read_answer(struct null_app *null, const char *path)
{
    FILE *file = fopen(path, "r");

    if (!file)
        return false;
    null->length = fread(null->answer, 1, sizeof null->answer, file);
    bool whole = !ferror(file) && null->length > 0 && null->length < sizeof null->answer;

    fclose(file);
    return whole;
}

int main(int argc, char **argv)
{
    static const char usage[] =
        "usage: null_fcgi FILE (a CGI answer below 16 KiB); descriptor 0 is a listening socket\n";
    struct null_app null = {.length = 0};
    struct scope scope;

    if (argc != 2 || !read_answer(&null, argv[1])) {
        fputs(usage, stderr);
        return 2;
    }
    scope_begin(&scope, &null.app.config, NULL, NULL);
    bool served = config_load(&scope, environ, &null.app.config, NULL) &&
                  log_open(&null.app.log, "stderr", LOG_LEVEL_WARN) &&
                  fastcgi_serve(&null.app, 0, answer);

    scope_end(&scope);
    return served ? EXIT_SUCCESS : EXIT_FAILURE;
}
