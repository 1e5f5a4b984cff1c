/* password_input.c - a password from the terminal, stdin or a descriptor */
#include "password_input.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* More than any password that the services take, so that theirs is the error. */
#define LINE_LIMIT 4096

/* One byte at a time: what follows the line in a pipe belongs to somebody else. */
static bool read_line(struct cli *cli, int fd, char *line)
{
    size_t length = 0;

    for (;;) {
        char byte;
        ssize_t size = read(fd, &byte, 1);

        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return fail(&cli->scope, ERR_VALIDATION, "The password could not be read: %s.",
                        strerror(errno));
        if (size == 0 || byte == '\n')
            break;
        if (byte == '\0' || length + 1 == LINE_LIMIT)
            return fail(&cli->scope, ERR_VALIDATION,
                        "The password is too long or holds a zero byte.");
        line[length++] = byte;
    }
    while (length && line[length - 1] == '\r')
        length--;
    line[length] = '\0';
    return length ? true : fail(&cli->scope, ERR_VALIDATION, "The password is empty.");
}

/*
 * A terminal hands over whole lines. Ctrl-C must end the wait, but not the program before the
 * terminal shows again what is typed: so the signal is only seen here, and strikes when it is
 * unblocked.
 */
static bool wait_for_line(struct cli *cli, int fd, const sigset_t *blocked)
{
    int signals = signalfd(-1, blocked, SFD_CLOEXEC);
    struct pollfd wait[] = {{.fd = fd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    bool interrupted = poll(wait, signals < 0 ? 1 : 2, -1) < 0 || wait[1].revents;

    if (signals >= 0)
        close(signals);
    return interrupted ? fail(&cli->scope, ERR_VALIDATION, "Interrupted.") : true;
}

static bool ask_hidden(struct cli *cli, int fd, const char *question, const sigset_t *blocked,
                       char *line)
{
    struct termios shown, hidden;

    if (tcgetattr(fd, &shown) != 0)
        return fail(&cli->scope, ERR_INTERNAL, "The terminal does not answer: %s.",
                    strerror(errno));
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(fd, TCSAFLUSH, &hidden) != 0)
        return fail(&cli->scope, ERR_INTERNAL, "The terminal would show the password: %s.",
                    strerror(errno));
    /* On stderr, so that stdout stays clean. */
    fputs(question, stderr);
    bool done = wait_for_line(cli, fd, blocked) && read_line(cli, fd, line);

    tcsetattr(fd, TCSAFLUSH, &shown);
    fputc('\n', stderr);
    return done;
}

static bool ask(struct cli *cli, int fd, const char *question, char *line)
{
    sigset_t blocked, before;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGQUIT);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGHUP);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    bool done = ask_hidden(cli, fd, question, &blocked, line);

    sigprocmask(SIG_SETMASK, &before, NULL);
    return done;
}

static bool ask_twice(struct cli *cli, int fd, char *line)
{
    char again[LINE_LIMIT];
    bool done = ask(cli, fd, "Password: ", line) && ask(cli, fd, "Again: ", again);

    if (done && strcmp(line, again) != 0)
        done = fail(&cli->scope, ERR_VALIDATION, "The two passwords differ.");
    explicit_bzero(again, sizeof again);
    return done;
}

bool password_input(struct cli *cli, int64_t fd, const char **password)
{
    int source = fd < 0 ? STDIN_FILENO : (int)fd;
    char line[LINE_LIMIT];
    bool done = isatty(source) ? ask_twice(cli, source, line) : read_line(cli, source, line);

    if (done)
        *password = scope_copy(&cli->scope, line, strlen(line));
    explicit_bzero(line, sizeof line);
    return done && *password;
}
