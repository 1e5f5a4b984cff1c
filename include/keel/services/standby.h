/* standby.h - which reads a standby may answer: it is near enough, and nobody misses their own
 * write */
#ifndef KEEL_SERVICES_STANDBY_H
#define KEEL_SERVICES_STANDBY_H

#include "keel/db/db.h"

struct standby;

/*
 * Makes a handle that connects on first need, never waiting for it. `url` is a libpq connection
 * string. The caller ends it with standby_close(). Fails for memory only.
 */
bool standby_open(struct scope *scope, const char *url, struct standby **standby);
void standby_close(struct standby *standby);

/*
 * The connection on which the scope's caller may read now; NULL where that is to be the database
 * itself (scope->db, which must be connected): the standby is not there, is no standby any more,
 * lacks something that is older than read_lag_s, or the caller has written a moment ago. Records no
 * error.
 */
struct db *standby_for(struct scope *scope, struct standby *standby);

#endif
