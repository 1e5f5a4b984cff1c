/* report_endpoint.h - the report API ENDPOINT ADDED, of one endpoint or of a resource's */
#ifndef KEEL_CLI_REPORT_ENDPOINT_H
#define KEEL_CLI_REPORT_ENDPOINT_H

#include "cli.h"
#include "form.h"
#include "keel/http/route.h"

struct report_file {
    const char *path;
    bool is_new;
};

struct endpoint_report {
    const char *purpose;
    const struct route *routes;
    size_t route_count;
    const struct report_file *files;
    size_t file_count;
    const char *tests; /* "9 tests added, all passing" */
    const char *docs;  /* "API_REFERENCE.md updated" */
};

/* The list of files, as every report has it. */
void report_add_files(struct form *form, const struct report_file *files, size_t count);

/* Prints it; what is asked of the caller and what is answered comes out of the rows. */
bool report_endpoint_print(struct cli *cli, const struct endpoint_report *report, bool as_json);

#endif
