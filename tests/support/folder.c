/* folder.c - a temporary folder with files in it */
#include "folder.h"

#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void folder_make(char *path)
{
    const char *place = getenv("TMPDIR");
    int length = snprintf(path, FOLDER_PATH_SIZE, "%s/keel_test_XXXXXX", place ? place : "/tmp");

    assert_in_range(length, 1, FOLDER_PATH_SIZE - 1);
    assert_non_null(mkdtemp(path));
}

void folder_write(const char *folder, const char *name, const void *bytes, size_t length)
{
    char path[512];
    FILE *stream;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    stream = fopen(path, "wbe");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, length, stream), length);
    assert_int_equal(fclose(stream), 0);
}

void folder_remove(const char *path)
{
    DIR *stream = opendir(path);
    char file[512];

    assert_non_null(stream);
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            assert_int_equal(unlink(file), 0);
    }
    closedir(stream);
    assert_int_equal(rmdir(path), 0);
}
