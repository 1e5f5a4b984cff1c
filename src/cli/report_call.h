/* report_call.h - the kinds of `keelctl report` */
#ifndef KEEL_CLI_REPORT_CALL_H
#define KEEL_CLI_REPORT_CALL_H

#include "cli.h"
#include "results.h"

struct report_call {
    struct cli *cli;
    const char *source; /* the checkout */
    bool as_json;
    struct results results;
};

bool report_of_endpoint(struct report_call *call);
bool report_of_migration(struct report_call *call);
bool report_of_fix(struct report_call *call);

#endif
