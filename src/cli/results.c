/* results.c - what the last runs of the tests gave, and how many a change added */
#include "results.h"

#include "keel/core/text.h"
#include "source.h"

#include <inttypes.h>
#include <string.h>

bool results_open(struct scope *scope, const char *source, const char *path,
                  struct results *results)
{
    *results = (struct results){.source = source};
    if (path && *path == '/')
        return source_read(scope, "", path + 1, &results->text);
    return source_read(scope, path ? "." : source, path ? path : "build/test-results",
                       &results->text);
}

/* Claim: the path is that of a test program's source. */
static bool is_test(const char *path)
{
    static const char end[] = "_test.c";
    size_t length = strlen(path);

    return strncmp(path, "tests/", 6) == 0 && length > strlen(end) &&
           strcmp(path + length - strlen(end), end) == 0;
}

size_t results_count_cases(const char *text)
{
    return source_count(text, "        cmocka_unit_test") +
           source_count(text, "        api_unit_test(") +
           source_count(text, "        FIXTURE_TEST(");
}

/* "tests/api/orders_test.c" as the runner calls it: "api/orders_test". */
static const char *program_of(struct scope *scope, const char *file)
{
    const char *name = strncmp(file, "tests/", 6) == 0 ? file + 6 : file;
    size_t length = strlen(name);

    if (length > 2 && strcmp(name + length - 2, ".c") == 0)
        length -= 2;
    return scope_copy(scope, name, length);
}

/* The numbers behind a program's name, one blank in front of each; how many there are. */
static size_t read_numbers(const char *line, int64_t *numbers, size_t max)
{
    size_t count = 0;

    while (count < max && *line == ' ') {
        size_t length = strcspn(++line, " \n");

        if (!text_to_int(line, length, &numbers[count]))
            break;
        count++;
        line += length;
    }
    return count;
}

struct test_run results_find(struct scope *scope, const struct results *results, const char *file)
{
    const char *program = program_of(scope, file);
    int64_t changed_at = source_changed_at(scope, results->source, file);
    struct test_run run = {0};

    for (const char *line = results->text; program && line && *line;) {
        size_t length = strlen(program);
        int64_t numbers[4]; /* passed, failed, skipped, when */

        /* A later line is a later run. */
        if (strncmp(line, program, length) == 0 && read_numbers(line + length, numbers, 4) == 4)
            run = (struct test_run){numbers[3] >= changed_at, numbers[0], numbers[1]};
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return run;
}

static bool add_file(struct scope *scope, const struct results *results,
                     const struct git_changes *changes, const struct git_change *change,
                     const char *after, struct test_sum *sum)
{
    const char *before;

    if (!git_text_before(scope, results->source, changes, change, &before))
        return false;
    size_t now = results_count_cases(after), then = results_count_cases(before);
    struct test_run run = results_find(scope, results, change->path);

    sum->files++;
    sum->added += now > then ? now - then : 0;
    sum->unknown += !run.is_known;
    sum->failed += run.is_known ? run.failed : 0;
    return true;
}

bool results_sum(struct scope *scope, const struct results *results,
                 const struct git_changes *changes,
                 bool (*wants)(const char *path, const char *text, const void *context),
                 const void *context, struct test_sum *sum)
{
    *sum = (struct test_sum){0};
    for (size_t i = 0; i < changes->count; i++) {
        const struct git_change *change = &changes->list[i];
        const char *after;

        if (!is_test(change->path) || change->kind == 'D')
            continue;
        if (!git_text_after(scope, results->source, changes, change, &after))
            return false;
        if (wants && !wants(change->path, after, context))
            continue;
        if (!add_file(scope, results, changes, change, after, sum))
            return false;
    }
    return true;
}

const char *results_state(struct scope *scope, const struct test_sum *sum)
{
    if (sum->files == 0)
        return "no test changed";
    if (sum->failed)
        return scope_format(scope, "%" PRId64 " failing", sum->failed);
    if (sum->unknown)
        return scope_format(scope, "not run since in %zu of %zu files: make test", sum->unknown,
                            sum->files);
    return "all passing";
}
