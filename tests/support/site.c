/* site.c - a running instance, a client, two who are signed in */
#include "site.h"

#include "unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

static void sign_in(struct site *site, const char *name, char *token, size_t size)
{
    const char *given = http_login(&site->http, http_format(&site->http, "%s@example.com", name),
                                   http_format(&site->http, "%s-password-1", name));
    int length = snprintf(token, size, "%s", given);

    assert_true(length > 0 && (size_t)length < size);
}

int site_begin(void **state, int workers, const char *const *settings)
{
    struct site *site = calloc(1, sizeof *site);

    assert_non_null(site);
    *state = site;
    instance_start(&site->instance, workers, settings);
    http_open(&site->http, site->instance.port);
    sign_in(site, "editor", site->editor, sizeof site->editor);
    sign_in(site, "viewer", site->viewer, sizeof site->viewer);
    return 0;
}

int site_end(void **state)
{
    struct site *site = *state;

    if (!site)
        return 0;
    if (site->http.curl)
        http_close(&site->http);
    bool stopped = instance_stop(&site->instance);

    free(site);
    return stopped ? 0 : 1;
}

struct json_object *site_logged(struct site *site, const struct http_reply *reply)
{
    const char *id = http_header(&site->http, reply, "X-Request-Id");

    assert_non_null(id);
    struct json_object *line = instance_logged(&site->instance, id);

    if (!line)
        unit_fail("the log has nothing of %s", id);
    return line;
}

static struct json_object *member(struct json_object *line, const char *name, enum json_type type)
{
    struct json_object *value = NULL;

    if (!json_object_object_get_ex(line, name, &value) || !json_object_is_type(value, type))
        unit_fail("there is no %s in %s", name, json_object_to_json_string(line));
    return value;
}

const char *site_log_text(struct json_object *line, const char *name)
{
    return json_object_get_string(member(line, name, json_type_string));
}

int64_t site_log_int(struct json_object *line, const char *name)
{
    return json_object_get_int64(member(line, name, json_type_int));
}

int64_t site_make_item(struct site *site, const char *name)
{
    const char *body = http_format(&site->http, "{\"name\":\"%s\",\"price\":1.50}", name);

    return http_int(http_expect(&site->http, 201, "POST", "/api/items", site->editor, body),
                    "/data/id");
}
