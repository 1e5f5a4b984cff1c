/* position.c - where the reading of a file goes on */
#include "position.h"

#include "keel/core/text.h"

#include <inttypes.h>
#include <string.h>

bool position_read(const struct flow *flow, struct position *position)
{
    const char *text = flow->position;
    const char *space = text ? strchr(text, ' ') : NULL;

    *position = (struct position){.line = 1};
    if (!text)
        return true;
    if (!space || !text_to_int(text, (size_t)(space - text), &position->offset) ||
        !text_to_int(space + 1, strlen(space + 1), &position->line) || position->offset < 0 ||
        position->line < 1)
        return fail_field(flow->scope, "position", "invalid",
                          "position is not one that the reading of a file gave");
    return true;
}

bool position_keep(struct flow *flow, struct batch *batch, int64_t offset, int64_t line)
{
    batch->position = scope_format(&batch->scope, "%" PRId64 " %" PRId64, offset, line);
    flow->fraction = flow->size > 0 ? (double)offset / (double)flow->size : -1;
    return batch->position != NULL;
}
