/* openapi.h - the forms of `keelctl openapi` */
#ifndef KEEL_CLI_OPENAPI_H
#define KEEL_CLI_OPENAPI_H

#include "cli.h"
#include "contract.h"
#include "keel/core/buffer.h"

/* The contract of this program, with a line for each member. */
bool openapi_own(struct cli *cli, struct buffer *text);

/* `diff OLD [NEW]` */
bool openapi_diff(struct cli *cli);

/* `publish DIR [--check]` */
bool openapi_publish(struct cli *cli);

#endif
