/* cgi.h - runs an instance's program as plain CGI, as a web server without FastCGI does */
#ifndef KEEL_TESTS_SUPPORT_CGI_H
#define KEEL_TESTS_SUPPORT_CGI_H

#include "process.h"
#include "site.h"

struct cgi_reply {
    struct process_output output;
    struct http_reply http; /* what the output says */
};

/*
 * Runs the program once with the instance's settings; `variables` (NULL-terminated "NAME=value")
 * are added to the usual ones of a GET and win over them. `body` may be NULL. The test fails where
 * it does not end well or says what is no CGI answer in the envelope. Everything is in the memory
 * of site->http.
 */
const struct cgi_reply *cgi_call(struct site *site, const char *const *variables, const char *body);

/* The same with exactly these variables, and the exit status that is expected. */
const struct cgi_reply *cgi_call_bare(struct site *site, int exit_status,
                                      const char *const *variables, const char *body);

#endif
