/* git.c - what git says of a checkout */
#include "git.h"

#include "keel/core/buffer.h"
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORD_MAX   16
#define READ_CHUNK 16384

static bool start(struct scope *scope, const char *folder, const char *const *words, int out,
                  pid_t *pid)
{
    /* Without core.quotePath=false a name outside ASCII would come in octal. */
    const char *list[WORD_MAX] = {"git", "-c", "core.quotePath=false", "-C", folder};
    size_t count = 5;
    posix_spawn_file_actions_t actions;

    while (*words && count + 1 < WORD_MAX)
        list[count++] = *words++;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return fail_memory(scope);
    /* posix_spawn() takes the words as char * and changes none of them. */
    char *const *argv = (char *const *)(uintptr_t)list;
    int problem = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);

    if (problem == 0)
        problem = posix_spawnp(pid, "git", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return problem == 0 || fail(scope, ERR_INTERNAL, "git cannot be run: %s.", strerror(problem));
}

static bool read_to_end(struct scope *scope, int fd, const char **text)
{
    struct buffer out;
    ssize_t count;

    buffer_init(&out, &scope->arena);
    do {
        if (!buffer_reserve(&out, READ_CHUNK))
            return fail_memory(scope);
        count = read(fd, out.data + out.length, READ_CHUNK);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(scope, ERR_INTERNAL, "git cannot be read: %s.", strerror(errno));
        out.length += (size_t)count;
    } while (count != 0);
    out.data[out.length] = '\0';
    *text = out.data;
    return true;
}

static bool wait_for(struct scope *scope, pid_t pid, const char *word)
{
    int status;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return fail(scope, ERR_INTERNAL, "git is lost: %s.", strerror(errno));
    }
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           fail(scope, ERR_INTERNAL, "git %s failed; the report is made from git's history.", word);
}

bool git_read(struct scope *scope, const char *folder, const char *const *words, const char **text)
{
    int ends[2];
    pid_t pid = 0;

    *text = "";
    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail(scope, ERR_INTERNAL, "There is no pipe to git: %s.", strerror(errno));
    bool started = start(scope, folder, words, ends[1], &pid);

    close(ends[1]);
    bool done = started && read_to_end(scope, ends[0], text);

    close(ends[0]);
    /* Waited for in any case, so that nothing is left behind. */
    return started && wait_for(scope, pid, words[0]) && done;
}

static size_t count_lines(const char *text)
{
    return source_count(text, "\n");
}

/* "M\tpath" of diff-tree, " M path" and "?? path" of status. */
static bool read_line(struct scope *scope, const char *line, size_t length, bool is_commit,
                      struct git_change *change)
{
    size_t lead = is_commit ? 2 : 3;
    const char *flags = is_commit ? "AMD" : "?AMD";

    if (length <= lead)
        return false;
    change->kind = 'M';
    for (const char *flag = flags; *flag; flag++) {
        if (!memchr(line, *flag, lead - 1))
            continue;
        change->kind = *flag;
        if (*flag == '?')
            change->kind = 'A';
    }
    change->path = scope_copy(scope, line + lead, length - lead);
    return change->path != NULL;
}

bool git_changes_of(struct scope *scope, const char *folder, const char *commit,
                    struct git_changes *changes)
{
    const char *const of_commit[] = {"show",         "--format=", "--name-status",
                                     "--no-renames", commit,      NULL};
    const char *const of_tree[] = {"status", "--porcelain", "--untracked-files=all", "--no-renames",
                                   NULL};
    const char *text;

    if (!git_read(scope, folder, commit ? of_commit : of_tree, &text))
        return false;
    struct git_change *list = scope_alloc(scope, (count_lines(text) + 1) * sizeof *list);

    *changes = (struct git_changes){.commit = commit, .list = list};
    while (list && *text) {
        size_t length = strcspn(text, "\n");

        changes->count += read_line(scope, text, length, commit != NULL, &list[changes->count]);
        text += length + (text[length] == '\n');
    }
    return list && scope->error.kind == ERR_NONE;
}

static bool read_version(struct scope *scope, const char *folder, const char *version,
                         const char *path, const char **text)
{
    const char *name = scope_format(scope, "%s:%s", version, path);
    const char *const words[] = {"show", name, NULL};

    return name && git_read(scope, folder, words, text);
}

bool git_text_before(struct scope *scope, const char *folder, const struct git_changes *changes,
                     const struct git_change *change, const char **text)
{
    *text = "";
    if (change->kind == 'A')
        return true;
    if (!changes->commit)
        return read_version(scope, folder, "HEAD", change->path, text);
    const char *parent = scope_format(scope, "%s^", changes->commit);

    return parent && read_version(scope, folder, parent, change->path, text);
}

bool git_text_after(struct scope *scope, const char *folder, const struct git_changes *changes,
                    const struct git_change *change, const char **text)
{
    *text = "";
    if (change->kind == 'D')
        return true;
    if (changes->commit)
        return read_version(scope, folder, changes->commit, change->path, text);
    if (!source_read(scope, folder, change->path, text))
        return false;
    *text = *text ? *text : "";
    return true;
}
