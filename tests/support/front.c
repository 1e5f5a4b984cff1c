/* front.c - a web server in front of an instance, configured by the files that operators copy */
#include "front.h"

#include "keel/core/buffer.h"

#include "http.h"
#include "process.h"
#include "unit.h"
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define APACHE          "/usr/sbin/apache2"
#define APACHE_MODULES  "/usr/lib/apache2/modules"
#define LIGHTTPD        "/usr/sbin/lighttpd"
#define SETPRIV         "/usr/bin/setpriv"
#define START_TIMEOUT_S 20

struct front_kind {
    const char *name;
    unsigned has;
    const char *program; /* NULL: the instance's own nginx */
    const char *needed;  /* a file of the last of its Debian packages */
    const char *modules; /* of Apache, beside those of keel-common.conf */
    const char *file;    /* of Apache, below deploy/apache */
};

static const struct front_kind kinds[] = {
    {"nginx", FRONT_SOCKET | FRONT_BUFFERS, NULL, NULL, NULL, NULL},
    {"Apache with mod_proxy_fcgi", FRONT_SOCKET, APACHE, APACHE, "mpm_event proxy proxy_fcgi",
     "keel-proxy.conf"},
    {"Apache with mod_fcgid", FRONT_BUFFERS, APACHE, APACHE_MODULES "/mod_fcgid.so",
     "mpm_event fcgid", "keel-fcgid.conf"},
    {"Apache with mod_cgi", FRONT_BUFFERS, APACHE, APACHE, "mpm_prefork cgi", "keel-cgi.conf"},
    {"Apache with mod_cgid", FRONT_BUFFERS, APACHE, APACHE, "mpm_event cgid", "keel-cgi.conf"},
    {"lighttpd", FRONT_SOCKET | FRONT_BUFFERS, LIGHTTPD, "/usr/lib/lighttpd/mod_magnet.so", NULL,
     NULL},
};

const struct front_kind *front_kind(size_t index)
{
    return index < COUNT(kinds) ? &kinds[index] : NULL;
}

const char *front_name(const struct front_kind *kind)
{
    return kind->name;
}

unsigned front_has(const struct front_kind *kind)
{
    return kind->has;
}

static void add_modules(struct buffer *text, const char *names)
{
    for (size_t length; (length = strcspn(names, " ")) > 0; names += length) {
        buffer_add_format(text, "LoadModule %.*s_module " APACHE_MODULES "/mod_%.*s.so\n",
                          (int)length, names, (int)length, names);
        length += names[length] == ' ';
    }
}

/* What Debian's own apache2.conf says, and the values of this instance in front of Keel's file. */
static void add_apache(struct buffer *text, const struct instance *instance,
                       const struct front *front)
{
    const char *var = instance->var;

    add_modules(text, front->kind->modules);
    add_modules(text, "alias authz_core dir env headers include mime reqtimeout unique_id");
    buffer_add_format(text,
                      "ServerRoot \"%s\"\nServerName localhost\nListen 127.0.0.1:%d\n"
                      "PidFile \"%s/pid\"\nErrorLog \"%s/error.log\"\nMutex \"file:%s\" default\n"
                      "TypesConfig /etc/mime.types\nStartServers 1\n%s",
                      front->folder, front->port, front->folder, front->folder, front->folder,
                      getuid() == 0 ? "User www-data\nGroup www-data\n" : "");
    if (strstr(front->kind->modules, "cgid"))
        buffer_add_format(text,
                          "<IfModule cgid_module>\nScriptSock \"%s/cgid.sock\"\n</IfModule>\n"
                          "<IfModule fcgid_module>\nFcgidIPCDir \"%s\"\n"
                          "FcgidProcessTableFile \"%s/processes\"\n</IfModule>\n",
                          front->folder, front->folder, front->folder);
    buffer_add_format(text,
                      "Define keel_folder \"%s/apache\"\nDefine keel_docs \"%s/docs\"\n"
                      "Define keel_socket \"%s/run/api.sock\"\n"
                      "Define keel_auth_socket \"%s/run/auth.sock\"\n"
                      "Define keel_program \"%s/bin/api\"\nDefine keel_config \"%s/keel.env\"\n"
                      "Define keel_workers 1\nInclude \"%s/apache/%s\"\n",
                      front->folder, var, var, var, var, front->folder, front->folder,
                      front->kind->file);
}

static void add_lighttpd(struct buffer *text, const struct instance *instance,
                         const struct front *front)
{
    const char *var = instance->var;

    buffer_add_format(text,
                      "server.port = %d\nserver.bind = \"127.0.0.1\"\nserver.modules = ()\n"
                      "server.document-root = \"%s\"\nserver.errorlog = \"%s/error.log\"\n"
                      "server.upload-dirs = ( \"%s\" )\nvar.keel_folder = \"%s/lighttpd\"\n"
                      "var.keel_socket = \"%s/run/api.sock\"\n"
                      "var.keel_auth_socket = \"%s/run/auth.sock\"\nvar.keel_docs = \"%s/docs\"\n"
                      "include \"%s/lighttpd/keel.conf\"\n",
                      front->port, front->folder, front->folder, front->folder, front->folder, var,
                      var, var, front->folder);
}

static void write_config(const struct instance *instance, const struct front *front,
                         const char *path)
{
    struct arena arena;
    struct buffer text;
    FILE *stream = fopen(path, "we");

    assert_non_null(stream);
    arena_init(&arena);
    buffer_init(&text, &arena);
    if (strcmp(front->kind->program, APACHE) == 0)
        add_apache(&text, instance, front);
    else
        add_lighttpd(&text, instance, front);
    assert_false(text.failed);
    assert_int_equal(fwrite(text.data, 1, text.length, stream), text.length);
    assert_int_equal(fclose(stream), 0);
    arena_free(&arena);
}

/* Settings for the programs that the server starts itself. */
static void add_settings(const struct front *front, const char *const *settings)
{
    char path[200];
    FILE *stream;

    snprintf(path, sizeof path, "%s/keel.env", front->folder);
    stream = fopen(path, "ae");
    assert_non_null(stream);
    for (; settings && *settings; settings++)
        fprintf(stream, "%s\n", *settings);
    assert_int_equal(fclose(stream), 0);
}

/* Copies, as the web server's user need not be able to read the source tree. */
static void make_folder(struct instance *instance, const struct front *front)
{
    static const char text[] =
        "mkdir -m 0755 \"$1\" && cp -r \"$2\"/../deploy/apache \"$2\"/../deploy/lighttpd \"$1\" && "
        "chmod -R a+rX \"$1\" && cp \"$3\"/worker.env \"$1\"/keel.env && if [ \"$(id -u)\" = 0 ]; "
        "then chown -R www-data \"$1\"; fi";
    const char *const arguments[] = {
        "/bin/sh", "-c", text, "sh", front->folder, getenv("KEEL_TESTS"), instance->var, NULL};
    const char *const none[] = {NULL};
    struct arena *arena = &instance->scope.arena;
    struct process_output output = {.status = -1};

    assert_true(process_run(arena, arguments, process_environment(arena, none), NULL, &output));
    if (output.status != 0)
        unit_fail("%s", output.err);
}

/*
 * The kernel ends the server when this process ends, however it does. As root, Apache changes its
 * user itself; lighttpd would lose that bond by it, and begins as www-data.
 */
static pid_t start_server(const struct front *front, const char *config)
{
    bool is_apache = strcmp(front->kind->program, APACHE) == 0;
    bool becomes_other = !is_apache && getuid() == 0;
    const char *const as_self[] = {SETPRIV,
                                   "--pdeathsig",
                                   "TERM",
                                   "--",
                                   front->kind->program,
                                   is_apache ? "-DFOREGROUND" : "-D",
                                   "-f",
                                   config,
                                   NULL};
    const char *const as_other[] = {SETPRIV,       "--reuid",
                                    "www-data",    "--regid",
                                    "www-data",    "--clear-groups",
                                    "--pdeathsig", "TERM",
                                    "--",          front->kind->program,
                                    "-D",          "-f",
                                    config,        NULL};
    union {
        const char *const *given;
        char *const *taken; /* execv() changes nothing */
    } words = {becomes_other ? as_other : as_self};
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        /* Apache ends its whole process group. */
        setsid();
        execv(SETPRIV, words.taken);
        _exit(127);
    }
    return pid;
}

static void wait_ready(const struct front *front)
{
    const struct http http = {.port = front->port};

    for (int tries = 0; tries < START_TIMEOUT_S * 50; tries++) {
        int fd = http_connect(&http);

        if (fd >= 0) {
            close(fd);
            return;
        }
        if (waitpid(front->pid, NULL, WNOHANG) != 0)
            break;
        sleep_ms(20);
    }
    unit_fail("%s does not listen; see %s", front->kind->name, front->folder);
}

bool front_start(struct instance *instance, const struct front_kind *kind,
                 const char *const *settings, struct front *front)
{
    char config[200];

    *front = (struct front){.kind = kind, .port = instance->port};
    if (!kind->program)
        return true;
    if (access(kind->needed, R_OK) != 0)
        return false;
    front->port = instance_find_port();
    snprintf(front->folder, sizeof front->folder, "%s/front-%d", instance->var, front->port);
    snprintf(config, sizeof config, "%s/server.conf", front->folder);
    make_folder(instance, front);
    add_settings(front, settings);
    write_config(instance, front, config);
    front->pid = start_server(front, config);
    wait_ready(front);
    return true;
}

void front_stop(struct front *front)
{
    if (front->pid <= 0)
        return;
    kill(front->pid, SIGTERM);
    while (waitpid(front->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    front->pid = 0;
}
