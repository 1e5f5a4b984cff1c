/* apache.c - Debian's Apache, running an instance's program by mod_cgid */
#include "apache.h"

#include "keel/core/buffer.h"
#include "keel/core/clock.h"

#include "process.h"
#include "unit.h"
#include "worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "/usr/sbin/apache2"
#define MODULES "/usr/lib/apache2/modules"

/*
 * CGIPassAuth: without it Apache keeps Authorization to itself. NoDecode: %2F is the program's to
 * judge.
 */
static const char text[] = "ServerRoot \"${keel}\"\n"
                           "ServerName localhost\n"
                           "PidFile \"${keel}/apache.pid\"\n"
                           "ErrorLog \"${keel}/log/apache-error.log\"\n"
                           "Mutex file:${keel}/state default\n"
                           "LoadModule mpm_event_module " MODULES "/mod_mpm_event.so\n"
                           "LoadModule authz_core_module " MODULES "/mod_authz_core.so\n"
                           "LoadModule alias_module " MODULES "/mod_alias.so\n"
                           "LoadModule env_module " MODULES "/mod_env.so\n"
                           "LoadModule cgid_module " MODULES "/mod_cgid.so\n"
                           "ScriptSock \"${keel}/run/cgid.sock\"\n"
                           "StartServers 1\n"
                           "AllowEncodedSlashes NoDecode\n"
                           "ScriptAlias /api \"${keel}/bin/api\"\n"
                           "<Location /api>\n"
                           "    Require all granted\n"
                           "    CGIPassAuth On\n"
                           "    SetEnv KEEL_CONFIG \"${keel}/worker.env\"\n"
                           "</Location>\n";

/* The instance's own user, so that the program may write to the log. */
static const char *user_of(void)
{
    return getuid() == 0 ? "User www-data\nGroup www-data\n" : "";
}

static void write_config(struct instance *instance, struct apache *apache)
{
    FILE *stream;

    snprintf(apache->config, sizeof apache->config, "%s/apache.conf", instance->var);
    stream = fopen(apache->config, "we");
    assert_non_null(stream);
    assert_true(fprintf(stream, "Define keel \"%s\"\nListen 127.0.0.1:%d\n%s%s", instance->var,
                        apache->port, user_of(), text) > 0);
    assert_int_equal(fclose(stream), 0);
}

static long pid_of(struct instance *instance)
{
    return strtol(instance_read(instance, "apache.pid"), NULL, 10);
}

bool apache_start(struct instance *instance, struct apache *apache)
{
    struct process_output output;
    const char *const arguments[] = {PROGRAM, "-f", apache->config, "-k", "start", NULL};
    const char *const none[] = {NULL};
    struct arena *arena = &instance->scope.arena;

    if (access(PROGRAM, X_OK) != 0)
        return false;
    apache->port = instance_find_port();
    write_config(instance, apache);
    assert_true(process_run(arena, arguments, process_environment(arena, none), NULL, &output));
    if (output.status != 0)
        unit_fail("%s%s%s", output.out, output.err,
                  instance_read(instance, "log/apache-error.log"));
    return true;
}

/* Claim: the process has not ended; one that only waits to be collected by its parent has. */
static bool is_running(long pid)
{
    char path[64], stat[512] = "";

    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "r");

    if (!file)
        return false;
    size_t length = fread(stat, 1, sizeof stat - 1, file);

    fclose(file);
    stat[length] = '\0';
    const char *name_end = strrchr(stat, ')');

    return name_end && strncmp(name_end, ") Z", 3) != 0;
}

void apache_stop(struct instance *instance)
{
    int64_t deadline = clock_monotonic_us() + 10000000;
    long pid = pid_of(instance);

    if (pid <= 1)
        return;
    kill((pid_t)pid, SIGTERM);
    while (is_running(pid) && clock_monotonic_us() < deadline)
        sleep_ms(20);
    assert_false(is_running(pid));
}
