/* standby.c - which reads a standby may answer: it is near enough, and nobody misses their own
 * write */
#include "keel/services/standby.h"

#include "keel/core/clock.h"
#include "keel/core/config.h"
#include "keel/core/log.h"
#include "sql.h"

#include <stdio.h>
#include <stdlib.h>

/* A standby that is behind, or none, is not asked again for each request. */
#define LOOK_PAUSE_US 50000

/* What is no standby any more is not connected to again and again. */
#define LEAVE_PAUSE_US 1000000

/* One that comes and goes does not fill the log. */
#define SAY_PAUSE_US 60000000

/* "FFFFFFFF/FFFFFFFF" */
#define POSITION_SIZE 20

/* What the log was told last. */
enum told { TOLD_NOTHING, TOLD_USED, TOLD_UNUSED };

/*
 * A mark is where the database was at some time. What the standby gives once it has replayed up to
 * there is no older than that time, whatever its clock says, whoever it follows, and whether or not
 * anybody writes: how far behind a standby is cannot be asked of itself.
 */
struct standby {
    struct db *db;
    int64_t fresh_at_us; /* time of the newest mark that it has reached; 0: none. All monotonic */
    char mark[POSITION_SIZE]; /* the next one; "": none was set */
    int64_t mark_at_us;
    int64_t look_at_us; /* no question to anybody before */
    int64_t say_at_us;
    enum told told;
};

bool standby_open(struct scope *scope, const char *url, struct standby **standby)
{
    struct standby *made = calloc(1, sizeof *made);

    if (!made)
        return fail_memory(scope);
    if (!db_open(scope, url, &made->db)) {
        free(made);
        return false;
    }
    *standby = made;
    return true;
}

void standby_close(struct standby *standby)
{
    if (!standby)
        return;
    db_close(standby->db);
    free(standby);
}

/* Whatever goes wrong here is no fault of the request's: it has a scope of its own. */
static void begin(struct scope *own, const struct scope *scope, struct db *db)
{
    scope_begin(own, scope->config, db, scope->log);
}

static void end(struct scope *own, struct scope *scope)
{
    scope->queries += own->queries;
    scope->database_us += own->database_us;
    scope_end(own);
}

static void say(struct scope *scope, struct standby *standby, const char *why)
{
    enum told state = why ? TOLD_UNUSED : TOLD_USED;
    int64_t now = clock_monotonic_us();
    struct log_line line;

    if (standby->told == state || now < standby->say_at_us)
        return;
    standby->told = state;
    standby->say_at_us = now + SAY_PAUSE_US;
    if (!log_begin(scope->log, &line, why ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
                   why ? "The standby answers no reads." : "The standby answers reads."))
        return;
    log_add_text(&line, "reason", why);
    log_end(&line);
}

static bool approach(struct scope *scope, struct standby *standby)
{
    struct scope own;

    begin(&own, scope, standby->db);
    bool is_there = db_approach(&own);

    if (!is_there) {
        /* Another one may come in its place. */
        standby->fresh_at_us = 0;
        standby->mark[0] = '\0';
    }
    if (own.error.kind != ERR_NONE)
        say(scope, standby, own.error.detail ? own.error.detail : own.error.message);
    end(&own, scope);
    return is_there;
}

/* The time is that before the question: the answer may take a while. */
static bool set_mark(struct scope *scope, struct standby *standby, int64_t now)
{
    struct scope own;
    struct rows rows;

    begin(&own, scope, scope->db);
    bool done = db_query(&own, &sql_standby_position, NO_PARAMS, &rows) && rows.count == 1;

    if (done) {
        snprintf(standby->mark, sizeof standby->mark, "%s", row_text(&rows, 0, 0));
        standby->mark_at_us = now;
    }
    end(&own, scope);
    return done;
}

/* What has become the primary is left, so that the next connection finds a standby again. */
static void look(struct scope *scope, struct standby *standby)
{
    struct scope own;
    struct rows rows;

    begin(&own, scope, standby->db);
    bool answered = db_query(&own, &sql_standby_has_replayed, PARAMS(standby->mark), &rows);
    bool is_standby = answered && row_bool(&rows, 0, 0);

    if (is_standby && row_bool(&rows, 0, 1)) {
        standby->fresh_at_us = standby->mark_at_us;
        standby->mark[0] = '\0';
    }
    end(&own, scope);
    if (answered && !is_standby) {
        db_disconnect(standby->db);
        standby->fresh_at_us = 0;
        standby->mark[0] = '\0';
        standby->look_at_us = clock_monotonic_us() + LEAVE_PAUSE_US;
        say(scope, standby, "it is no standby any more");
    }
}

/*
 * Half of the time that answers may be old is for setting a mark and reaching it; the other half is
 * free of questions.
 */
static bool is_fresh(struct scope *scope, struct standby *standby)
{
    int64_t now = clock_monotonic_us();
    int64_t lag_us = scope->config->read_lag_s * 1000000;

    if (standby->fresh_at_us && now - standby->fresh_at_us < lag_us / 2)
        return true;
    if (now >= standby->look_at_us) {
        bool is_late = standby->mark[0] && now - standby->mark_at_us > lag_us;

        standby->look_at_us = now + LOOK_PAUSE_US;
        if (is_late)
            say(scope, standby, "it is too far behind");
        if ((standby->mark[0] && !is_late) || set_mark(scope, standby, now))
            look(scope, standby);
    }
    return standby->fresh_at_us && now - standby->fresh_at_us <= lag_us;
}

/*
 * Each write is in the audit log, so that no other host and no other worker needs telling. Its time
 * is that of the beginning: a request that writes ends within request_timeout_s, and is then older
 * than what the standby may lack.
 */
static bool has_written(struct scope *scope)
{
    const struct config *config = scope->config;
    int64_t seconds = config->read_lag_s + config->request_timeout_s;
    struct scope own;
    struct rows rows;

    if (!scope->caller)
        return false;
    begin(&own, scope, scope->db);
    bool done =
        db_query(&own, &sql_standby_has_written,
                 PARAMS(param_int(&own, scope->caller->user_id), param_int(&own, seconds)), &rows);
    bool wrote = !done || row_bool(&rows, 0, 0);

    end(&own, scope);
    return wrote;
}

struct db *standby_for(struct scope *scope, struct standby *standby)
{
    /* What has turned out to be no standby is left alone for a while. */
    if (clock_monotonic_us() + LOOK_PAUSE_US < standby->look_at_us)
        return NULL;
    if (!approach(scope, standby) || !is_fresh(scope, standby))
        return NULL;
    say(scope, standby, NULL);
    return has_written(scope) ? NULL : standby->db;
}
