/* mailer.c - sends what lies in the outbox, by whichever transport the settings name */
#include "keel/mailer/mailer.h"

#include "keel/core/clock.h"
#include "keel/core/config.h"
#include "keel/core/mail_address.h"
#include "keel/core/random.h"
#include "keel/db/db.h"
#include "sql.h"
#include "transport.h"

#include <string.h>

#define BACKOFF_FIRST_S 60
#define BACKOFF_GROWTH  3
#define BACKOFF_MOST_S  14400

/* A claim lasts so much longer than sending may take that only a dead process loses it. */
#define CLAIM_MARGIN_S 30

/* A transport in use. */
struct sender {
    const struct transport *transport;
    void *state;
};

/* A mail taken from the outbox. */
struct claim {
    struct message message;
    int64_t attempts; /* this one counted */
    const char *last_error;
};

static const struct transport *const transports[] = {
    &transport_folder,
    &transport_sendmail,
    &transport_smtp,
};

/* The one that the settings name; NULL: failed, recorded. */
static const struct transport *find_transport(struct scope *scope)
{
    const char *wanted = scope->config->mail_transport;

    for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++) {
        if (strcmp(transports[i]->name, wanted) == 0)
            return transports[i];
    }
    fail(scope, ERR_INTERNAL, "No mail is sent here: KEEL_MAIL_TRANSPORT is %s", wanted);
    return NULL;
}

int64_t mail_backoff_s(int64_t attempt, unsigned random)
{
    int64_t delay = BACKOFF_FIRST_S;

    while (--attempt > 0 && delay < BACKOFF_MOST_S)
        delay *= BACKOFF_GROWTH;
    if (delay > BACKOFF_MOST_S)
        delay = BACKOFF_MOST_S;
    return delay - delay * (random & 0xFFFF) / (3 * INT64_C(0x10000));
}

/* `*found` false: nothing is due. */
static bool claim_next(struct scope *scope, struct claim *claim, bool *found)
{
    struct rows rows;

    if (!db_query(scope, &sql_mail_claim,
                  PARAMS(param_int(scope, scope->config->mail_timeout_s + CLAIM_MARGIN_S)), &rows))
        return false;
    *found = rows.count > 0;
    if (!*found)
        return true;
    *claim = (struct claim){
        .message = {.id = row_int(&rows, 0, 0),
                    .to = row_text(&rows, 0, 1),
                    .text = {row_text(&rows, 0, 2), row_text(&rows, 0, 3), row_text(&rows, 0, 4)},
                    .mail_id = row_text(&rows, 0, 5),
                    .created_s = row_int(&rows, 0, 7)},
        .attempts = row_int(&rows, 0, 6),
        .last_error = row_text(&rows, 0, 8),
    };
    return true;
}

/*
 * It is out, so this must not get lost with a connection: else it goes out twice. What can be lost
 * still is a process that is killed in between; then the Message-ID shows that it is one mail.
 */
static bool mark_sent(struct scope *scope, int64_t id)
{
    struct rows rows;

    if (db_query(scope, &sql_mail_mark_sent, PARAMS(param_int(scope, id)), &rows))
        return true;
    if (scope->error.kind != ERR_UNAVAILABLE)
        return false;
    scope_clear_error(scope);
    return db_ensure(scope) &&
           db_query(scope, &sql_mail_mark_sent, PARAMS(param_int(scope, id)), &rows);
}

static bool give_up(struct scope *scope, const struct claim *claim, const char *reason)
{
    struct rows rows;

    return db_query(scope, &sql_mail_give_up,
                    PARAMS(param_int(scope, claim->message.id), param_int(scope, claim->attempts),
                           reason, param_bool(scope->config->mail_retry_s > 0)),
                    &rows);
}

static bool put_off(struct scope *scope, const struct claim *claim, const char *reason)
{
    uint16_t random;
    struct rows rows;

    if (!random_bytes(&random, sizeof random))
        random = 0;
    const int64_t delay_s = mail_backoff_s(claim->attempts, random);

    return db_query(scope, &sql_mail_mark_failed,
                    PARAMS(param_int(scope, claim->message.id), param_int(scope, claim->attempts),
                           reason, param_int(scope, delay_s)),
                    &rows);
}

static bool record(struct scope *scope, const struct claim *claim, const struct delivery *delivery,
                   struct mail_tally *tally)
{
    bool is_last = claim->attempts >= scope->config->mail_attempts;

    if (delivery->outcome == OUTCOME_SENT) {
        tally->sent++;
        return mark_sent(scope, claim->message.id);
    }
    if (delivery->outcome == OUTCOME_REFUSED || is_last) {
        tally->given_up++;
        return give_up(scope, claim, delivery->reason);
    }
    tally->failed++;
    return put_off(scope, claim, delivery->reason);
}

/* A mail whose senders all died before they could say anything must not go on killing them. */
static bool deliver(struct scope *scope, const struct sender *sender, const struct claim *claim,
                    struct delivery *delivery)
{
    if (claim->attempts <= scope->config->mail_attempts)
        return sender->transport->send(scope, sender->state, &claim->message, delivery);
    return delivery_fail(scope, delivery, OUTCOME_REFUSED, "%s",
                         *claim->last_error ? claim->last_error
                                            : "no attempt to send it came to an end");
}

static bool send_next(struct scope *scope, const struct sender *sender,
                      const struct mail_drain *drain, struct mail_tally *tally, bool *found)
{
    struct delivery delivery = {OUTCOME_FAILED, NULL};
    struct claim claim = {0};

    if (!claim_next(scope, &claim, found))
        return false;
    if (!*found)
        return true;
    if (!deliver(scope, sender, &claim, &delivery) || !record(scope, &claim, &delivery, tally))
        return false;
    if (delivery.outcome != OUTCOME_SENT && drain->report)
        drain->report(drain->state, claim.message.id, delivery.reason);
    return true;
}

static bool drain_with(struct scope *scope, const struct sender *sender,
                       const struct mail_drain *drain, struct mail_tally *tally)
{
    bool found = true, ok = true;

    for (int64_t i = 0; ok && found && i < drain->limit; i++) {
        struct scope part;

        if (drain->is_stopped && drain->is_stopped(drain->state))
            return true;
        /* Each mail's memory goes with it. */
        scope_begin(&part, scope->config, scope->db, scope->log);
        ok = send_next(&part, sender, drain, tally, &found) || fail_as(scope, &part);
        scope_end(&part);
    }
    return ok;
}

bool mail_send_due(struct scope *scope, const struct mail_drain *drain, struct mail_tally *tally)
{
    struct sender sender = {.transport = find_transport(scope)};

    *tally = (struct mail_tally){0};
    if (!sender.transport || !sender.transport->open(scope, &sender.state))
        return false;
    bool done = drain_with(scope, &sender, drain, tally);

    sender.transport->close(sender.state);
    return done;
}

/* The recipient as a header has it, or a failure. */
static bool take_recipient(struct scope *scope, const char *to, const char **recipient)
{
    struct mail_address address;

    if (mail_address_take(&scope->arena, to, &address)) {
        *recipient = address.spec;
        return true;
    }
    return address.spec ? fail(scope, ERR_VALIDATION, "%s is no address of mail", to)
                        : fail_memory(scope);
}

static bool judge_delivery(struct scope *scope, const struct delivery *delivery, const char *what)
{
    if (delivery->outcome == OUTCOME_SENT)
        return true;
    fail(scope, ERR_UNAVAILABLE, "%s", what);
    return fail_detail(scope, "%s", delivery->reason);
}

bool mail_send_now(struct scope *scope, const char *to, const struct mail_text *text)
{
    struct message message = {.created_s = clock_now_us() / 1000000, .text = *text};
    struct delivery delivery = {OUTCOME_FAILED, NULL};
    struct sender sender = {.transport = find_transport(scope)};

    if (!sender.transport || !take_recipient(scope, to, &message.to))
        return false;
    message.mail_id = mail_make_id(scope);
    if (!message.mail_id || !sender.transport->open(scope, &sender.state))
        return false;
    bool done = sender.transport->send(scope, sender.state, &message, &delivery);

    sender.transport->close(sender.state);
    return done && judge_delivery(scope, &delivery, "The mail could not be sent");
}

bool mail_probe(struct scope *scope)
{
    struct delivery delivery = {OUTCOME_FAILED, NULL};
    struct sender sender = {.transport = find_transport(scope)};

    if (!sender.transport || !sender.transport->open(scope, &sender.state))
        return false;
    bool done = sender.transport->probe(scope, sender.state, &delivery);

    sender.transport->close(sender.state);
    return done && judge_delivery(scope, &delivery, "Mail cannot be sent");
}

bool mail_tidy(struct scope *scope)
{
    const struct config *config = scope->config;
    struct rows rows;

    return db_query(scope, &sql_mail_clear_texts, PARAMS(param_int(scope, config->mail_retry_s)),
                    &rows) &&
           db_query(scope, &sql_mail_remove_old, PARAMS(param_int(scope, config->mail_keep_s)),
                    &rows);
}
