/* family.c - which processes have started which, as /proc has it */
#include "family.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The parent of a process, from /proc/PID/stat, where its name may hold blanks and parentheses; 0
 * when it has ended.
 */
static long parent_of(const char *pid)
{
    char path[64];
    char line[512] = "";
    FILE *stream;

    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    stream = fopen(path, "re");
    if (!stream)
        return 0;
    if (!fgets(line, sizeof line, stream))
        line[0] = '\0';
    fclose(stream);
    const char *end = strrchr(line, ')');

    /* ") S 4711 ..." */
    return end && strlen(end) > 4 && end[2] != 'Z' ? strtol(end + 4, NULL, 10) : 0;
}

size_t family_children(pid_t parent, pid_t *pids, size_t size)
{
    DIR *folder = parent ? opendir("/proc") : NULL;
    size_t count = 0;

    if (!folder)
        return 0;
    for (struct dirent *entry; count < size && (entry = readdir(folder)) != NULL;) {
        if (isdigit((unsigned char)entry->d_name[0]) && parent_of(entry->d_name) == parent)
            pids[count++] = (pid_t)strtol(entry->d_name, NULL, 10);
    }
    closedir(folder);
    return count;
}

bool family_lives(pid_t pid)
{
    char text[24];

    snprintf(text, sizeof text, "%d", (int)pid);
    return parent_of(text) != 0;
}

pid_t family_recorded(const char *path)
{
    char line[64] = "";
    FILE *stream = fopen(path, "re");

    if (!stream)
        return 0;
    if (!fgets(line, sizeof line, stream))
        line[0] = '\0';
    fclose(stream);
    return (pid_t)strtol(line, NULL, 10);
}
