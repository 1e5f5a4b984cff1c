/* transport_sendmail.c - mails through a command that reads them, as every host has one */
#include "transport.h"

#include "command.h"
#include "keel/core/config.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static bool open_sendmail(struct scope *scope, void **state)
{
    char **words;

    *state = NULL;
    return command_split(scope, scope->config->mail_command, &words);
}

static void close_sendmail(void *state)
{
    (void)state;
}

/* Claim: the command says that it is about this mail, and not about itself or the moment. */
static bool is_refusal(const struct command_end *end)
{
    return end->how == COMMAND_EXITED &&
           (end->number == EX_DATAERR || end->number == EX_NOUSER || end->number == EX_NOHOST);
}

static bool judge(struct scope *scope, const struct command_end *end, struct delivery *delivery)
{
    const char *said = *end->said ? end->said : "it said nothing";

    switch (end->how) {
    case COMMAND_EXITED:
        if (end->number != 0)
            return delivery_fail(scope, delivery,
                                 is_refusal(end) ? OUTCOME_REFUSED : OUTCOME_FAILED,
                                 "the mail command ended with %d: %s", end->number, said);
        *delivery = (struct delivery){OUTCOME_SENT, NULL};
        return true;
    case COMMAND_KILLED:
        return delivery_fail(scope, delivery, OUTCOME_FAILED,
                             "the mail command was ended by signal %d: %s", end->number, said);
    case COMMAND_TIMED_OUT:
        return delivery_fail(scope, delivery, OUTCOME_FAILED,
                             "the mail command took longer than mail_timeout_s: %s", said);
    case COMMAND_NOT_STARTED:
        break;
    }
    return delivery_fail(scope, delivery, OUTCOME_FAILED, "the mail command cannot be run: %s",
                         said);
}

/* Line ends as programs on Unix have them: sendmail makes CRLF of them by itself. */
static bool send_by_command(struct scope *scope, void *state, const struct message *message,
                            struct delivery *delivery)
{
    const struct config *config = scope->config;
    struct command_end end;
    struct buffer bytes;
    char **words;

    (void)state;
    buffer_init(&bytes, &scope->arena);
    return command_split(scope, config->mail_command, &words) &&
           message_write(scope, message, "\n", &bytes) &&
           command_run(scope, words, &bytes, config->mail_timeout_s, &end) &&
           judge(scope, &end, delivery);
}

/* What it would say to a mail, only a mail shows. */
static bool probe_command(struct scope *scope, void *state, struct delivery *delivery)
{
    char **words;

    (void)state;
    if (!command_split(scope, scope->config->mail_command, &words))
        return false;
    if (access(words[0], X_OK) != 0)
        return delivery_fail(scope, delivery, OUTCOME_FAILED, "%s: %s", words[0], strerror(errno));
    *delivery = (struct delivery){OUTCOME_SENT, NULL};
    return true;
}

const struct transport transport_sendmail = {"sendmail", open_sendmail, send_by_command,
                                             close_sendmail, probe_command};
