/* pooler.c - a PgBouncer in transaction mode in front of a PostgreSQL server */
#include "pooler.h"

#include "unit.h"

#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void write_settings(const struct pooler *pooler, const char *database,
                           const struct pooler_target *target)
{
    char text[2048];
    int length;

    length = snprintf(text, sizeof text,
                      "[databases]\n%s = host=%s port=%s dbname=%s pool_size=%d\n"
                      "[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = %s\n"
                      "auth_type = trust\nauth_file = %s/users\npool_mode = transaction\n"
                      "logfile = %s/log\n",
                      database, target->host, target->port, target->database, target->connections,
                      pooler->folder, pooler->folder, pooler->folder);
    assert_in_range(length, 1, (int)sizeof text - 1);
    folder_write(pooler->folder, "ini", text, (size_t)length);
    length = snprintf(text, sizeof text, "\"%s\" \"%s\"\n", target->user, target->password);
    assert_in_range(length, 1, (int)sizeof text - 1);
    folder_write(pooler->folder, "users", text, (size_t)length);
}

/* PgBouncer does not run as root; as another user it must be able to read its folder. */
static void give_away(const struct pooler *pooler, const struct passwd *owner)
{
    static const char *const names[] = {"", "/ini", "/users"};
    char path[FOLDER_PATH_SIZE + 8];

    for (size_t i = 0; owner && i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s%s", pooler->folder, names[i]);
        assert_int_equal(chown(path, owner->pw_uid, owner->pw_gid), 0);
    }
    /* There is a password in the files, and the socket is for workers of another user. */
    for (size_t i = 1; i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s%s", pooler->folder, names[i]);
        assert_int_equal(chmod(path, 0600), 0);
    }
    assert_int_equal(chmod(pooler->folder, 0711), 0);
}

static void become(const struct pooler *pooler, const struct passwd *owner)
{
    char path[FOLDER_PATH_SIZE + 8];

    if (owner && (setgid(owner->pw_gid) != 0 || setuid(owner->pw_uid) != 0))
        _exit(126);
    /* It ends with the test, however that does. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    snprintf(path, sizeof path, "%s/ini", pooler->folder);
    execlp("pgbouncer", "pgbouncer", "-q", path, (char *)NULL);
    execl("/usr/sbin/pgbouncer", "pgbouncer", "-q", path, (char *)NULL);
    _exit(127);
}

/* The socket is there a moment before anybody listens on it. */
static bool is_listening(const struct pooler *pooler)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.6432", pooler->folder);
    bool connected = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;

    close(fd);
    return connected;
}

static void wait_ready(const struct pooler *pooler)
{
    for (int tries = 0; tries < 500; tries++) {
        if (is_listening(pooler))
            return;
        assert_int_equal(waitpid(pooler->pid, NULL, WNOHANG), 0);
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    unit_fail("nobody listens on pgbouncer's socket\n");
}

void pooler_run(struct pooler *pooler)
{
    struct passwd *owner = getuid() == 0 ? getpwnam("postgres") : NULL;

    pooler->pid = fork();
    assert_true(pooler->pid >= 0);
    if (pooler->pid == 0)
        become(pooler, owner);
    wait_ready(pooler);
}

void pooler_halt(struct pooler *pooler)
{
    kill(pooler->pid, SIGTERM);
    waitpid(pooler->pid, NULL, 0);
}

void pooler_open(struct pooler *pooler, const char *database, const struct pooler_target *target)
{
    folder_make(pooler->folder);
    write_settings(pooler, database, target);
    give_away(pooler, getuid() == 0 ? getpwnam("postgres") : NULL);
    pooler_run(pooler);
}

void pooler_start(struct pooler *pooler, const char *database, const char *target)
{
    pooler_open(pooler, database,
                &(struct pooler_target){.host = getenv("PGHOST"),
                                        .port = getenv("PGPORT"),
                                        .user = getenv("PGUSER"),
                                        .password = getenv("PGPASSWORD"),
                                        .database = target,
                                        .connections = 1});
}

void pooler_stop(struct pooler *pooler)
{
    pooler_halt(pooler);
    folder_remove(pooler->folder);
}
