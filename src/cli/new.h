/* new.h - the kinds of `keelctl new` */
#ifndef KEEL_CLI_NEW_H
#define KEEL_CLI_NEW_H

#include "cli.h"
#include "plan.h"
#include "report_endpoint.h"

struct new_call {
    struct cli *cli;
    const char *source; /* the checkout */
    bool takes_back;    /* --remove */
};

bool new_resource(struct new_call *call);
bool new_endpoint(struct new_call *call);

/*
 * What a plan that was carried out has done: the report of what was made, with so many tests in it,
 * or a line for each file that is gone or as it was.
 */
bool new_report(struct new_call *call, const struct plan *plan, struct endpoint_report *report,
                size_t tests);

#endif
