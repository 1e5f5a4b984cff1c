/* report.c - the table of what each fault cost, in the file that KEEL_FAULTS names */
#include "report.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>

static const char head[] =
    "| fault | requests | refused | writes acknowledged | lost | not in the envelope | time until "
    "healthy | verdict |\n|---|---:|---:|---:|---:|---:|---:|---|\n";

bool report_is_wanted(void)
{
    return getenv("KEEL_FAULTS") != NULL;
}

void report_add(const struct trial *trial, const char *verdict)
{
    const struct load_tally *tally = &trial->tally;
    const char *path = getenv("KEEL_FAULTS");
    FILE *stream = path ? fopen(path, "ae") : NULL;
    char healthy[32] = "";

    if (!path)
        return;
    assert_non_null(stream);
    if (ftell(stream) == 0)
        fputs(head, stream);
    if (trial->healthy_us)
        snprintf(healthy, sizeof healthy, "%.2f s",
                 (double)(trial->healthy_us - trial->mended_us) / 1e6);
    fprintf(stream, "| %s | %zu | %zu | %zu | %zu | %zu | %s | %s |\n", trial->fault->name,
            tally->requests, tally->refused, tally->acknowledged, tally->lost, tally->strange,
            healthy, verdict);
    assert_int_equal(fclose(stream), 0);
}
