/* git.c - what git says of a checkout */
#include "git.h"

#include "program.h"
#include "source.h"

#include <string.h>

#define WORD_MAX 16

bool git_read(struct scope *scope, const char *folder, const char *const *words, const char **text)
{
    /* Without core.quotePath=false a name outside ASCII would come in octal. */
    const char *list[WORD_MAX] = {"git", "-c", "core.quotePath=false", "-C", folder};
    size_t count = 5;
    int status;

    for (size_t i = 0; words[i] && count + 1 < WORD_MAX; i++)
        list[count++] = words[i];
    if (!program_read(scope, list, text, &status))
        return false;
    return status == 0 || fail(scope, ERR_INTERNAL,
                               "git %s failed; the report is made from git's history.", words[0]);
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
