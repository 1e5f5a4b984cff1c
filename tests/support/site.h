/* site.h - what most end-to-end tests begin with: an instance, a client, two signed in */
#ifndef KEEL_TESTS_SUPPORT_SITE_H
#define KEEL_TESTS_SUPPORT_SITE_H

#include "http.h"
#include "instance.h"

struct site {
    struct instance instance;
    struct http http;
    char editor[2048]; /* tokens */
    char viewer[2048];
};

/*
 * For a group's setup and teardown: *state becomes a struct site. `settings` as instance_start()
 * takes them.
 */
int site_begin(void **state, int workers, const char *const *settings);
int site_end(void **state);

/* The answer's request has its line in the program's log; the line. */
struct json_object *site_logged(struct site *site, const struct http_reply *reply);

/* A member of a log line: text, number; the test fails where it is not there. */
const char *site_log_text(struct json_object *line, const char *name);
int64_t site_log_int(struct json_object *line, const char *name);

/* Makes an item as the editor; its id. */
int64_t site_make_item(struct site *site, const char *name);

#endif
