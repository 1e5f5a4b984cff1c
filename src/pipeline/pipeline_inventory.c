/* pipeline_inventory.c - the pipeline inventory.daily: the stock of a day, by category */
#include "pipelines.h"

#include "keel/pipeline/builtin.h"
#include "sql.h"

static const char *const inventory_columns[] = {"day",   "category_id", "items",
                                                "units", "value",       NULL};

const struct pipeline inventory_daily_pipeline = {
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
