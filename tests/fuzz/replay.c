/* replay.c - main() of a fuzz target without libFuzzer: runs stored inputs, one after the other */
#include "fuzz.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Without arguments the inputs are those of the target's folder: x_fuzz has
 * $KEEL_TESTS/fuzz/corpus/x. With arguments they are the files named. Either way it is one test of
 * tests/run's: a sanitizer or a claim that does not hold ends it.
 */

#define PATH_SIZE 4096

/* The input gets memory of exactly its size, so that the sanitizer sees reading behind it. */
static bool run_file(const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "rb");

    if (!file || fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode)) {
        if (file)
            fclose(file);
        return false;
    }
    size_t size = (size_t)status.st_size;
    uint8_t *data = malloc(size ? size : 1);
    bool ok = data && fread(data, 1, size, file) == size;

    fclose(file);
    /* Said before it runs: the last one named is the one that ended the program. */
    printf("# %s\n", path);
    fflush(stdout);
    if (ok)
        LLVMFuzzerTestOneInput(data, size);
    free(data);
    return ok;
}

static int run_folder(const char *folder)
{
    DIR *directory = opendir(folder);
    int count = 0;

    if (!directory)
        return 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        char path[PATH_SIZE];

        if (entry->d_name[0] == '.')
            continue;
        int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);

        if (length < 0 || (size_t)length >= sizeof path || !run_file(path)) {
            count = 0;
            break;
        }
        count++;
    }
    closedir(directory);
    return count;
}

static int run_stored(const char *program)
{
    const char *tests = getenv("KEEL_TESTS");
    const char *slash = strrchr(program, '/');
    const char *name = slash ? slash + 1 : program;
    const char *end = strstr(name, "_fuzz");
    char folder[PATH_SIZE];
    int length = snprintf(folder, sizeof folder, "%s/fuzz/corpus/%.*s", tests ? tests : "tests",
                          (int)(end ? end - name : (long)strlen(name)), name);

    return length > 0 && (size_t)length < sizeof folder ? run_folder(folder) : 0;
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? 0 : run_stored(argv[0]);

    for (int i = 1; i < argc; i++) {
        if (!run_file(argv[i])) {
            printf("not ok 1 - %s can be read\n", argv[i]);
            return EXIT_FAILURE;
        }
        count++;
    }
    printf("%s 1 - %d stored inputs are handled without harm\n1..1\n", count > 0 ? "ok" : "not ok",
           count);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
