/* files_test.c - pipelines from a file to a file: each step, what is wrong, taking up again */
#include "keel/pipeline/builtin.h"
#include "keel/pipeline/pipeline.h"

#include "../support/faults.h"
#include "../support/pieces.h"
#include "../support/thing.h"
#include "../support/unit.h"

#include <string.h>

struct run {
    struct scope scope;
    struct flow flow;
    struct pieces input;
    struct kept output;
    struct buffer rejects;
    struct pipeline_watch watch;
    int batches;   /* that were shown */
    int end_after; /* so many; 0: never */
    char position[64];
    bool ended;
};

static bool note_reject(void *context, const struct row_fault *fault)
{
    struct run *run = context;

    assert_true(*fault->message);
    buffer_add_format(&run->rejects, "%d %s %s <%s>;", (int)fault->line, fault->column, fault->code,
                      fault->value);
    return true;
}

static void note_progress(void *context, const struct pipeline_counts *counts, double fraction)
{
    struct run *run = context;

    assert_true(fraction <= 1);
    assert_int_equal(counts->read, counts->written + counts->rejected + counts->dropped);
    run->batches++;
}

static bool ends(void *context)
{
    struct run *run = context;

    return run->end_after && run->batches > run->end_after;
}

static bool keep_position(void *context, const char *position)
{
    struct run *run = context;

    assert_true(strlen(position) < sizeof run->position);
    memcpy(run->position, position, strlen(position) + 1);
    return true;
}

static void prepare(struct run *run, const char *text)
{
    *run = (struct run){.batches = 0};
    scope_begin(&run->scope, NULL, NULL, NULL);
    run->input = (struct pieces){.scope = &run->scope, .text = text, .length = strlen(text)};
    kept_begin(&run->output, &run->scope);
    buffer_init(&run->rejects, &run->scope.arena);
    buffer_add_text(&run->rejects, "");
    run->watch =
        (struct pipeline_watch){NULL, keep_position, note_progress, ends, note_reject, run};
    run->flow = (struct flow){.scope = &run->scope,
                              .watch = &run->watch,
                              .source = pieces_source(&run->input),
                              .sink = kept_sink(&run->output),
                              .size = (int64_t)strlen(text)};
}

static const struct pipeline copy_csv = {.name = "copy",
                                         .reader = {&csv_reader_part, NULL, "a file"},
                                         .writer = {&csv_writer_part, NULL, "a file"}};

static void expect(const struct pipeline *pipeline, const char *text, const char *written,
                   const char *rejects)
{
    struct run run;

    prepare(&run, text);
    if (!pipeline_run(pipeline, &run.flow, &run.ended))
        unit_fail("%s", run.scope.error.message);
    assert_true(run.ended);
    assert_string_equal(run.output.text.data, written);
    assert_string_equal(run.rejects.data, rejects);
    scope_end(&run.scope);
}

static void test_copy(void **state)
{
    (void)state;
    expect(&copy_csv, "b,a\n1,\"x,y\"\n,\"\"\n=1,\"q\"\"\"\n",
           "b,a\n1,\"x,y\"\n,\"\"\n=1,\"q\"\"\"\n", "");
    expect(&copy_csv, "a,b\n1\n\xFF,2\n3,4\n", "a,b\n3,4\n", "2  ragged <>;3 a invalid_utf8 <>;");
}

static void test_headers(void **state)
{
    static const char *const wrong[] = {"", "a,a\n", "a,\n", "a,\xFF\n"};
    static const char *const codes[] = {"required", "duplicate", "empty_name", "invalid_utf8"};

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct run run;

        prepare(&run, wrong[i]);
        assert_false(pipeline_run(&copy_csv, &run.flow, &run.ended));
        assert_int_equal(run.scope.error.kind, ERR_VALIDATION);
        assert_string_equal(run.scope.error.fields->field, "header");
        assert_string_equal(run.scope.error.fields->code, codes[i]);
        scope_end(&run.scope);
    }
}

static const struct pipeline decode_csv = {
    .name = "decode",
    .reader = {&csv_reader_part, NULL, "a file"},
    .steps = {{&decode_step, &things_model, "as things"}, {&require_step, &things_model, "all"}},
    .writer = {&ndjson_writer_part, &things_model, "a file"}};

static const struct pipeline decode_json = {
    .name = "decode",
    .reader = {&ndjson_reader_part, &things_model, "a file"},
    .steps = {{&decode_step, &things_model, "as things"}, {&require_step, &things_model, "all"}},
    .writer = {&csv_writer_part, NULL, "a file"}};

static void test_decode(void **state)
{
    (void)state;
    expect(&decode_csv,
           "price,name,amount,is_open,due_at,parent_id\n"
           "1.50,ok,3,true,2026-01-12T10:00:00Z,\n"
           "1.505,fine,3,true,,\n"
           "1,x,3,true,,\n"
           "1,fine,many,true,,\n"
           "1,fine,3,yes,,\n"
           "1,fine,3,true,soon,\n"
           ",fine,3,true,,\n"
           "1,\"\",3,true,,7\n",
           "{\"price\":1.50,\"name\":\"ok\",\"amount\":3,\"is_open\":true,"
           "\"due_at\":\"2026-01-12T10:00:00Z\",\"parent_id\":null}\n",
           "3 price too_precise <1.505>;4 name too_short <x>;5 amount not_an_integer <many>;"
           "6 is_open not_a_boolean <yes>;7 due_at invalid_time <soon>;8 price not_null <>;"
           "9 name blank <>;");
    expect(&decode_csv, "name\nfine\n", "", "2 price required <>;");
}

static void test_decode_json(void **state)
{
    (void)state;
    expect(&decode_json,
           "[\n{\"name\":\"fine\",\"price\":1.50,\"is_open\":false,\"note\":null},\n"
           "{\"name\":5,\"price\":1},\n{\"name\":\"fine\",\"price\":\"1\"},\n"
           "{\"name\":\"fine\",\"price\":1,\"tags\":[]},\n{\"name\":\"fine\"\n,[1],\n"
           "{\"price\":1}\n]\n",
           "id,name,note,price,amount,parent_id,is_open,due_at,email,is_active,version,"
           "created_at\n,fine,,1.50,,,false,,,,,\n",
           /* What cannot be read is told before the batch is looked at. */
           "5 tags unknown_field <>;6  malformed <>;7  malformed <>;3 name not_a_text <5>;"
           "4 price not_a_number <1>;8 name required <>;");
}

static void test_unknown_column(void **state)
{
    struct run run;

    (void)state;
    prepare(&run, "name,colour\nfine,red\n");
    assert_false(pipeline_run(&decode_csv, &run.flow, &run.ended));
    assert_string_equal(run.scope.error.fields->field, "colour");
    assert_string_equal(run.scope.error.fields->code, "unknown_field");
    scope_end(&run.scope);
}

static const char *make_total(struct scope *scope, const struct batch *batch,
                              const struct batch_row *row)
{
    int a = batch_find(&batch->columns, "a");

    return row->cells[a].kind == CELL_NULL ? NULL : scope_format(scope, "%s!", row->cells[a].text);
}

static bool is_wanted(const struct batch *batch, const struct batch_row *row)
{
    return strcmp(row->cells[batch_find(&batch->columns, "b")].text, "no") != 0;
}

static bool is_short(const struct batch *batch, const struct batch_row *row, const char **code,
                     const char **message)
{
    *code = "too_long";
    *message = "a must be short";
    return row->cells[batch_find(&batch->columns, "a")].length < 4;
}

static const struct pipeline all_steps = {
    .name = "steps",
    .reader = {&csv_reader_part, NULL, "a file"},
    .steps = {{&filter_step, &(const struct row_filter){is_wanted}, "not no"},
              {&validate_step, &(const struct row_check){is_short, "a"}, "short ones"},
              {&derive_step, &(const struct derivation){"total", make_total}, "a total"}},
    .writer = {&json_writer_part, NULL, "a file"}};

static void test_steps(void **state)
{
    struct run run;

    (void)state;
    expect(&all_steps, "a,b\nx,yes\ny,no\nlong,yes\n,yes\n",
           "[\n{\"a\":\"x\",\"b\":\"yes\",\"total\":\"x!\"},\n"
           "{\"a\":null,\"b\":\"yes\",\"total\":null}\n]\n",
           "4 a too_long <long>;");
    expect(&all_steps, "a,b\n", "[\n]\n", "");
    prepare(&run, "a,b,total\n");
    assert_false(pipeline_run(&all_steps, &run.flow, &run.ended));
    assert_string_equal(run.scope.error.fields->code, "duplicate");
    scope_end(&run.scope);
}

/* "n\n0\n1\n...": more than two batches of it. */
static const char *make_numbers(struct scope *scope, int count)
{
    struct buffer text;

    buffer_init(&text, &scope->arena);
    buffer_add_text(&text, "n\n");
    for (int i = 0; i < count; i++)
        buffer_add_format(&text, "%d\n", i);
    return text.data;
}

static void test_resume(void **state)
{
    struct scope scope;
    struct run run, rest;
    int runs = 1;

    (void)state;
    scope_begin(&scope, NULL, NULL, NULL);
    const char *text = make_numbers(&scope, 2500);

    prepare(&run, text);
    run.end_after = 1;
    assert_true(pipeline_run(&copy_csv, &run.flow, &run.ended));
    assert_false(run.ended);
    assert_int_equal(run.flow.counts.read, 1000);
    for (bool ended = false; !ended; runs++) {
        prepare(&rest, text);
        rest.flow.position = run.position;
        rest.end_after = 1;
        assert_true(pipeline_run(&copy_csv, &rest.flow, &rest.ended));
        ended = rest.ended;
        /* Behind its header each writes what the one before has not. */
        buffer_add_text(&run.output.text, rest.output.text.data + strlen("n\n"));
        if (*rest.position)
            memcpy(run.position, rest.position, sizeof run.position);
        scope_end(&rest.scope);
    }
    assert_true(runs >= 3);
    assert_string_equal(run.output.text.data, text);
    scope_end(&run.scope);
    prepare(&run, text);
    run.flow.position = "nonsense";
    assert_false(pipeline_run(&copy_csv, &run.flow, &run.ended));
    assert_string_equal(run.scope.error.fields->field, "position");
    scope_end(&run.scope);
    scope_end(&scope);
}

static void test_broken(void **state)
{
    struct run run;

    (void)state;
    prepare(&run, "a,b\n1,2\n3");
    run.input.breaks = true;
    assert_false(pipeline_run(&copy_csv, &run.flow, &run.ended));
    assert_string_equal(run.scope.error.message, "the source broke");
    scope_end(&run.scope);
    prepare(&run, "a,b\n1,2\n");
    run.output.limit = 2;
    assert_false(pipeline_run(&copy_csv, &run.flow, &run.ended));
    assert_string_equal(run.scope.error.message, "the sink is full");
    scope_end(&run.scope);
}

static void test_no_memory(void **state)
{
    static const char text[] = "name,price\nfine,1.5\nx,2\n";

    (void)state;
    faults_begin();
    while (faults_next()) {
        struct run run;

        prepare(&run, text);
        bool done = pipeline_run(&decode_csv, &run.flow, &run.ended);

        faults_stop();
        assert_true(done || faults_hit());
        assert_true(!done || run.scope.error.kind == ERR_NONE);
        assert_true(done || run.scope.error.kind != ERR_NONE);
        scope_end(&run.scope);
    }
    assert_true(faults_count() > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"rows go from file to file as they are, and bad ones aside", test_copy, NULL, NULL, NULL},
        {"a first line that names no columns ends it", test_headers, NULL, NULL, NULL},
        {"values are checked by their columns, and told as they were", test_decode, NULL, NULL,
         NULL},
        {"JSON tells numbers from texts, and an array is read by its lines", test_decode_json, NULL,
         NULL, NULL},
        {"a column that the model does not have ends it", test_unknown_column, NULL, NULL, NULL},
        {"rows are filtered, validated, and given further columns", test_steps, NULL, NULL, NULL},
        {"a run is taken up again behind any batch", test_resume, NULL, NULL, NULL},
        {"a source or sink that fails ends it with its error", test_broken, NULL, NULL, NULL},
        {"lack of memory ends it with an error", test_no_memory, NULL, NULL, NULL},
    };

    return cmocka_run_group_tests_name("pipeline/files", tests, NULL, NULL);
}
