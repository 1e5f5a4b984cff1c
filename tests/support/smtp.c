/* smtp.c - an SMTP server of its own for a test */
#include "smtp.h"

#include "process.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAIL_MAX 65536

static const char *find_script(struct arena *arena)
{
    const char *tests = getenv("KEEL_TESTS");

    return arena_format(arena, "%s/support/smtp_server.py", tests ? tests : "tests");
}

static void make_certificate(struct smtp_server *server)
{
    const char *const arguments[] = {"/usr/bin/openssl",
                                     "req",
                                     "-x509",
                                     "-newkey",
                                     "ec",
                                     "-pkeyopt",
                                     "ec_paramgen_curve:P-256",
                                     "-nodes",
                                     "-days",
                                     "2",
                                     "-subj",
                                     "/CN=localhost",
                                     "-addext",
                                     "subjectAltName=DNS:localhost,IP:127.0.0.1",
                                     "-keyout",
                                     server->key,
                                     "-out",
                                     server->certificate,
                                     NULL};
    const char *const nothing[] = {NULL};
    struct process_output output;
    struct arena arena;

    arena_init(&arena);
    assert_true(
        process_run(&arena, arguments, process_environment(&arena, nothing), NULL, &output));
    if (output.status != 0)
        unit_fail("openssl: %s", output.err);
    arena_free(&arena);
}

/* Only async-signal-safe calls between fork() and exec. */
static void start_program(struct smtp_server *server, char *const *words, int *output)
{
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execv(words[0], words);
        _exit(127);
    }
    close(ends[1]);
    *output = ends[0];
}

void smtp_start(struct smtp_server *server, const char *mood, bool with_tls, const char *user,
                const char *password)
{
    char line[16] = "";
    struct arena arena;
    int output;

    arena_init(&arena);
    folder_make(server->folder);
    snprintf(server->certificate, sizeof server->certificate, "%s/cert.pem", server->folder);
    snprintf(server->key, sizeof server->key, "%s/key.pem", server->folder);
    if (with_tls)
        make_certificate(server);
    const char *const words[] = {"/usr/bin/python3",
                                 find_script(&arena),
                                 server->folder,
                                 mood,
                                 with_tls ? server->certificate : NULL,
                                 server->key,
                                 user,
                                 password,
                                 NULL};
    union {
        const char *const *given;
        char *const *taken; /* execv() changes nothing */
    } program = {words};

    start_program(server, program.taken, &output);
    arena_free(&arena);
    assert_true(read(output, line, sizeof line - 1) > 1);
    close(output);
    server->port = (int)strtol(line, NULL, 10);
    assert_true(server->port > 0);
}

void smtp_stop(struct smtp_server *server)
{
    int status;

    kill(server->pid, SIGKILL);
    while (waitpid(server->pid, &status, 0) < 0 && errno == EINTR)
        ;
    folder_remove(server->folder);
}

const char *smtp_mail(struct arena *arena, const struct smtp_server *server, int number)
{
    const char *path = arena_format(arena, "%s/%d.mail", server->folder, number);
    char *text = arena_alloc(arena, MAIL_MAX);
    FILE *file = fopen(path, "re");

    assert_non_null(text);
    if (!file)
        return NULL;
    assert_true(fread(text, 1, MAIL_MAX - 1, file) > 0);
    fclose(file);
    return text;
}
