/* null_fcgi.c - answers constants from the worker's own accept loop: a benchmark's floor */
#include "keel/core/config.h"
#include "keel/http/serve.h"
#include "keel/http/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

struct constant {
    char text[16384];
    size_t length;
};

/* What the accept loop hands to answer(); `app` is first, so that one can be had from the other. */
struct null_app {
    struct app app;
    struct constant row;  /* for a path alone */
    struct constant list; /* for one with a query */
};

static void answer(struct app *app, struct transport *transport)
{
    const struct null_app *null = (const struct null_app *)app;
    const char *uri = transport_variable(transport, "REQUEST_URI");
    const struct constant *constant = uri && strchr(uri, '?') ? &null->list : &null->row;

    transport->write(transport, constant->text, constant->length);
}

static bool read_constant(struct constant *constant, const char *path)
{
    FILE *file = fopen(path, "r");

    if (!file)
        return false;
    constant->length = fread(constant->text, 1, sizeof constant->text, file);
    bool whole = !ferror(file) && constant->length > 0 && constant->length < sizeof constant->text;

    fclose(file);
    return whole;
}

int main(int argc, char **argv)
{
    static const char usage[] = "usage: null_fcgi ROW LIST (CGI answers below 16 KiB); descriptor "
                                "0 is a listening socket\n";
    struct null_app null = {.row = {.length = 0}};
    struct scope scope;

    if (argc != 3 || !read_constant(&null.row, argv[1]) || !read_constant(&null.list, argv[2])) {
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
