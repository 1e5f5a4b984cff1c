/* load_wide_test.c - tests of pipeline/load: a table of as many columns as there may be */
#include "loading.h"

#include "keel/model/selection.h"

#define CELLS     (SELECTION_COLUMN_MAX - 1)
#define NAME_SIZE 16

static const char make_table[] =
    "DO $$ BEGIN EXECUTE 'CREATE TABLE wide (id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT "
    "wide_pkey PRIMARY KEY, ' || (SELECT string_agg('c' || n || ' integer DEFAULT 5', ', ' ORDER "
    "BY n) FROM generate_series(1, 63) AS n) || ')'; END $$";

struct wide {
    int64_t id;
    struct maybe_int cell;
};

static struct column columns[SELECTION_COLUMN_MAX] = {{INT(struct wide, id), .uses = READ | SORT}};

static const struct model wide = {.name = "Wide",
                                  .plural = "wide",
                                  .table = "wide",
                                  COLUMNS(columns),
                                  .size = sizeof(struct wide)};

/* id, c1 ... c63; the last one has the last bit of those that say what a row has. */
static void name_columns(void)
{
    static char names[CELLS][NAME_SIZE];

    for (int i = 0; i < CELLS; i++) {
        snprintf(names[i], NAME_SIZE, "c%d", i + 1);
        columns[i + 1] =
            (struct column){MAYBE_INT(struct wide, cell), .uses = READ | CREATE | UPDATE};
        columns[i + 1].name = names[i];
    }
}

static void test_last_column(void **state)
{
    struct loading *loading = *state;
    static const struct loading_case added = {
        .model = &wide,
        .format = "ndjson",
        .file = "{\"c1\":1}\n{\"c63\":63}\n{\"c63\":null}\n{\"c62\":62}\n",
        .outcome = "succeeded 4 4 0 0 0"};
    static const struct loading_case changed = {.model = &wide,
                                                .format = "ndjson",
                                                .on_conflict = "update",
                                                .file =
                                                    "{\"id\":1,\"c63\":7}\n{\"id\":2,\"c1\":2}\n",
                                                .outcome = "succeeded 2 2 2 0 0"};
    static const char cells[] = "SELECT string_agg(concat_ws(':', c1, c62, coalesce(c63, 0)), ' ' "
                                "ORDER BY id) FROM wide";

    name_columns();
    asking_text(loading_renew(loading), make_table);
    loading_expect(loading, &added);
    asking_expect(&loading->database->scope, cells, "1:5:5 5:5:63 5:5:0 5:62:5");
    loading_expect(loading, &changed);
    asking_expect(&loading->database->scope, cells, "1:5:7 2:5:63 5:5:0 5:62:5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOADING_TEST("The last of all columns is told apart from one that is not there",
                     test_last_column),
    };

    return cmocka_run_group_tests_name("pipeline/load_wide", tests, NULL, NULL);
}
