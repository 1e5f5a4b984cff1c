/* replica.c - a streaming standby of the temporary cluster */
#include "replica.h"

#include "process.h"
#include "template.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void replica_control(const struct replica *replica, const char *command)
{
    struct arena arena;
    struct process_output output = {.status = -1};

    arena_init(&arena);
    const char *script = arena_format(&arena, "%s/support/standby", getenv("KEEL_TESTS"));
    const char *const arguments[] = {script, command, replica->folder, NULL};
    const char *const more[] = {arena_format(&arena, "PGHOST=%s", getenv("PGHOST")),
                                arena_format(&arena, "PGPORT=%s", getenv("PGPORT")),
                                arena_format(&arena, "PGUSER=%s", getenv("PGUSER")),
                                arena_format(&arena, "PGPASSWORD=%s", getenv("PGPASSWORD")), NULL};
    bool done = process_run(&arena, arguments, process_environment(&arena, more), NULL, &output) &&
                output.status == 0;

    if (!done)
        unit_fail("standby %s: %s%s", command, output.out, output.err);
    arena_free(&arena);
}

void replica_make(struct replica *replica)
{
    folder_make(replica->folder);
    replica_control(replica, "make");
}

void replica_remove(struct replica *replica)
{
    replica_control(replica, "remove");
}

char *replica_ask(const struct replica *replica, const char *database, const char *statement)
{
    char url[256];

    snprintf(url, sizeof url, "host=%s dbname=%s", replica->folder, database);
    return template_ask(url, statement);
}
