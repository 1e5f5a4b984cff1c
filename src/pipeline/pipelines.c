/* pipelines.c - the pipelines that Keel has: one row each */
#include "keel/pipeline/builtin.h"
#include "keel/pipeline/pipeline.h"

#include "sql.h"

#include <string.h>

static const char *const inventory_columns[] = {"day",   "category_id", "items",
                                                "units", "value",       NULL};

static const struct pipeline inventory_daily = {
    .name = "inventory.daily",
    .summary = "What is in stock today, by category, into inventory_daily.",
    .parameters =
        (const struct pipeline_parameter[]){
            {"day", "The day it is written for, as 2026-01-12; today in UTC if it is not said."},
            {NULL, NULL},
        },
    .reader = {&query_reader_part,
               &(const struct query_reader){&sql_inventory_count, inventory_columns, NULL},
               "items that are not deleted, by category: how many, their units and value"},
    .writer = {&statement_writer_part,
               &(const struct statement_writer){&sql_inventory_keep, inventory_columns},
               "inventory_daily, in place of what the day has had there"},
};

static const struct pipeline *const list[] = {
    &inventory_daily,
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
