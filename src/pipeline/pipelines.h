/* pipelines.h - the pipelines by their files, for the table of pipelines */
#ifndef KEEL_PIPELINE_PIPELINES_H
#define KEEL_PIPELINE_PIPELINES_H

#include "keel/pipeline/pipeline.h"

extern const struct pipeline inventory_daily_pipeline;

#endif
