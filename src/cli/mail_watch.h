/* mail_watch.h - sends mails again and again, until it is told to end */
#ifndef KEEL_CLI_MAIL_WATCH_H
#define KEEL_CLI_MAIL_WATCH_H

#include "cli.h"

/*
 * Sends what is due, at most `limit` mails in one go, then looks again after `pause_s` seconds.
 * What fails (the database away, a server that refuses) is told on stderr and tried again. Ends
 * with SIGTERM or SIGINT, behind the mail in hand.
 */
bool mail_watch(struct cli *cli, int64_t limit, int64_t pause_s);

#endif
