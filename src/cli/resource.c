/* resource.c - resources by the names that people type */
#include "resource.h"

#include "keel/core/buffer.h"
#include "keel/routes/modules.h"

#include <string.h>

static const struct model *model_of(size_t i, bool (*fits)(const struct model *model))
{
    const struct model *model = keel_modules.list[i]->model;

    return model && model->table && (!fits || fits(model)) ? model : NULL;
}

/* Says which there are. */
static void refuse(struct cli *cli, const char *name, bool (*fits)(const struct model *model))
{
    struct buffer names;

    buffer_init(&names, &cli->scope.arena);
    for (size_t i = 0; i < keel_modules.count; i++) {
        const struct model *model = model_of(i, fits);

        if (model)
            buffer_add_format(&names, "%s%s", names.length ? ", " : "", model->plural);
    }
    if (names.failed)
        fail_memory(&cli->scope);
    else if (name)
        cli_misuse(cli, "There is no resource %s; there are: %s.", name, names.data);
    else
        cli_misuse(cli, "A resource is needed: one of %s.", names.data);
}

const struct model *resource_find(struct cli *cli, const char *name,
                                  bool (*fits)(const struct model *model))
{
    for (size_t i = 0; name && i < keel_modules.count; i++) {
        const struct model *model = model_of(i, fits);

        if (model && strcmp(model->plural, name) == 0)
            return model;
    }
    refuse(cli, name, fits);
    return NULL;
}
