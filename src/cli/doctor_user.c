/* doctor_user.c - files as the workers' user sees them */
#include "doctor.h"

#include "arguments.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whom deploy/systemd and deploy/spawn-fcgi run the workers as. */
#define USUAL_USER "keel"

static void take(struct cli *cli, const struct passwd *found, struct workers_user *user)
{
    user->name = scope_copy(&cli->scope, found->pw_name, strlen(found->pw_name));
    user->uid = found->pw_uid;
    user->gid = found->pw_gid;
    user->is_known = user->name != NULL;
}

bool doctor_find_user(struct cli *cli, const char *name, struct workers_user *user)
{
    const struct passwd *found;

    *user = (struct workers_user){.name = "", .uid = geteuid(), .gid = getegid()};
    if (name && geteuid() != 0)
        return cli_misuse(cli, "Only root can look with another user's eyes.");
    if (name || geteuid() == 0)
        found = getpwnam(name ? name : USUAL_USER);
    else
        found = getpwuid(geteuid());
    if (!found && name)
        return cli_misuse(cli, "There is no user %s.", name);
    if (found)
        take(cli, found, user);
    else
        user->is_known = geteuid() != 0;
    return true;
}

/* In a process of its own, which gives its rights away: nothing else says what ACLs allow. */
static int ask_as(const struct workers_user *user, const char *path, int mode)
{
    if (user->uid != geteuid() && (initgroups(user->name, user->gid) != 0 ||
                                   setgid(user->gid) != 0 || setuid(user->uid) != 0))
        return EPERM;
    return access(path, mode) == 0 ? 0 : errno;
}

int doctor_may(const struct doctor *doctor, const char *path, int mode)
{
    pid_t pid = fork();
    int status;

    if (pid < 0)
        return errno;
    if (pid == 0)
        _exit(ask_as(&doctor->user, path, mode));
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return errno;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}
