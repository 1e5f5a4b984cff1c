/* load_step.c - some rows into the model's table, or refused one by one */
#include "load_step.h"

#include "keel/core/clock.h"
#include "keel/db/db.h"

/*
 * Places that are written at once: so many that a statement costs little beside its rows, so few
 * that nobody waits long for it to end. Both in time, as rows cost what their table's indexes do.
 */
#define STEP_MIN 64
#define STEP_MAX 16384
#define LONG_US  1500000
#define SHORT_US 400000

static bool run(struct scope *part, const char *name, const char *statement, int64_t from,
                int64_t to, struct rows *rows)
{
    const struct sql sql = {name, statement, 2};

    *rows = (struct rows){0};
    return !statement ||
           db_query_once(part, &sql, PARAMS(param_int(part, from), param_int(part, to)), rows);
}

/* Rows that are there are changed first: what they give free, new ones can take. */
static bool carry_out(void *context, struct scope *part, int64_t from, int64_t to)
{
    struct load_writing *writing = context;
    struct load *load = writing->load;
    struct load_counts *counts = &writing->counts;
    struct rows count, updated = {0}, with_ids = {0}, without = {0};

    if (!run(part, "load_count", load->sql.count, from, to, &count))
        return false;
    int64_t rows = row_int(&count, 0, 0), ids = row_int(&count, 0, 1);

    if ((ids && !run(part, "load_update", load->sql.update, from, to, &updated)) ||
        (ids && !run(part, "load_insert_ids", load->sql.insert_ids, from, to, &with_ids)) ||
        (rows > ids && !run(part, "load_insert", load->sql.insert, from, to, &without)))
        return false;
    int64_t there = ids - with_ids.affected;

    counts->accepted += with_ids.affected + without.affected;
    if (load->plan.updates) {
        counts->accepted += there;
        counts->updated += updated.affected;
        counts->unchanged += there - updated.affected;
    } else {
        counts->skipped += there;
    }
    return true;
}

/* The values of a refused row, as texts. */
struct refused {
    struct load *load;
    struct scope *part;
    int64_t place;
};

static const char *value_of(void *context, const char *column)
{
    const struct refused *refused = context;
    struct buffer text;
    struct rows rows;

    if (load_plan_find(&refused->load->plan, column) == SIZE_MAX)
        return NULL;
    buffer_init(&text, &refused->part->arena);
    buffer_add_format(&text, "SELECT %s::text FROM %s WHERE \"import.place\" = $1", column,
                      refused->load->table);
    if (!load_ask(refused->part, "load_value", &text,
                  PARAMS(param_int(refused->part, refused->place)), &rows))
        return NULL;
    return rows.count == 0 || row_is_null(&rows, 0, 0) ? NULL : row_text(&rows, 0, 0);
}

static bool refuse(void *context, struct scope *part, int64_t place, const struct error *why)
{
    struct load_writing *writing = context;
    struct load *load = writing->load;
    struct refused refused = {load, part, place};
    struct buffer text;
    struct rows rows;

    buffer_init(&text, &part->arena);
    buffer_add_format(&text, "SELECT \"import.line\" FROM %s WHERE \"import.place\" = $1",
                      load->table);
    if (!load_ask(part, "load_line", &text, PARAMS(param_int(part, place)), &rows))
        return false;
    load_reject_error(load, row_int(&rows, 0, 0), why, value_of, &refused);
    writing->counts.rejected++;
    return part->error.kind == ERR_NONE;
}

static int64_t end_of_step(const struct load_writing *writing)
{
    return writing->end - writing->from > writing->step ? writing->from + writing->step
                                                        : writing->end;
}

static void adapt_step(struct load_writing *writing, int64_t took_us)
{
    if (took_us > LONG_US && writing->step > STEP_MIN)
        writing->step /= 2;
    else if (took_us < SHORT_US && writing->step < STEP_MAX)
        writing->step *= 2;
}

bool load_step(struct load_writing *writing, struct scope *part)
{
    const struct load_work work = {writing, carry_out, refuse};
    int64_t start = clock_monotonic_us(), to = end_of_step(writing);
    bool done = writing->careful ? load_split(part, writing->load->model, &work, writing->from, to)
                                 : carry_out(writing, part, writing->from, to);

    if (!done)
        return false;
    writing->from = to;
    adapt_step(writing, clock_monotonic_us() - start);
    return true;
}
