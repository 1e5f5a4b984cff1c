/* pipelines.c - the pipelines that Keel has: one row each */
#include "pipelines.h"

#include <string.h>

static const struct pipeline *const list[] = {
    &inventory_daily_pipeline,
};

const struct pipelines keel_pipelines = {list, sizeof list / sizeof list[0]};

const struct pipeline *pipeline_find(const char *name)
{
    for (size_t i = 0; i < keel_pipelines.count; i++) {
        if (strcmp(keel_pipelines.list[i]->name, name) == 0)
            return keel_pipelines.list[i];
    }
    return NULL;
}
