/* dashboard_test.c - what deploy/grafana/keel.json shows is what a scrape has */
#include "support/api.h"

#include "support/process.h"
#include "support/scrape.h"

#include "keel/core/clock.h"
#include "keel/core/json.h"
#include "keel/core/metrics.h"
#include "keel/middleware/measure.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPRESSION_MAX 100

struct dashboard {
    const char *scrape;
    const char *expressions[EXPRESSION_MAX];
    size_t count;
};

static int make(void **state)
{
    struct api *api;
    int made = api_make(state);

    api = *state;
    api->app.config.metrics_file = api_format(api, "%s/metrics", api->folder);
    assert_true(measure_open(&api->scope, &api->app));
    metrics_enter(api->app.metrics, "api", clock_now_us());
    return made;
}

static int drop(void **state)
{
    struct api *api = *state;

    metrics_close(api->app.metrics);
    return api_drop(state);
}

static struct json_object *read_json(struct api *api)
{
    const char *path = api_format(api, "%s/../deploy/grafana/keel.json", getenv("KEEL_TESTS"));
    FILE *stream = fopen(path, "re");
    struct json_object *json;
    struct buffer text;
    size_t count;

    assert_non_null(stream);
    buffer_init(&text, &api->scope.arena);
    do {
        assert_true(buffer_reserve(&text, 4096));
        count = fread(text.data + text.length, 1, 4096, stream);
        text.length += count;
    } while (count > 0);
    fclose(stream);
    if (!json_parse(&api->scope, text.data, text.length, &json))
        unit_fail("%s: %s", path, api->scope.error.message);
    return json;
}

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    if (!json_object_object_get_ex(object, name, &value))
        unit_fail("there is no %s in %s", name, json_object_to_json_string(object));
    return value;
}

/* The queries of all panels, and a scrape of an instance that has answered something. */
static struct dashboard read_dashboard(struct api *api)
{
    static const char *const local[] = {"REMOTE_ADDR=127.0.0.1", NULL};
    struct json_object *panels = member(read_json(api), "panels");
    struct dashboard made = {0};

    for (size_t i = 0; i < json_object_array_length(panels); i++) {
        struct json_object *panel = json_object_array_get_idx(panels, i), *targets;

        if (!json_object_object_get_ex(panel, "targets", &targets))
            continue;
        for (size_t t = 0; t < json_object_array_length(targets); t++) {
            assert_true(made.count < EXPRESSION_MAX);
            made.expressions[made.count++] =
                json_object_get_string(member(json_object_array_get_idx(targets, t), "expr"));
        }
    }
    assert_true(made.count > 0);
    api_expect(api, 200, "GET", "/api/items/1", NULL, NULL);
    made.scrape =
        api_send(api, &(struct api_request){.target = "/api/metrics", .variables = local})->body;
    return made;
}

/* The next name of a metric in an expression; NULL behind the last. */
static const char *next_metric(const char *at, size_t *length)
{
    at = strstr(at, "keel_");
    if (at)
        *length = strspn(at, "abcdefghijklmnopqrstuvwxyz_");
    return at;
}

static void every_metric_that_it_asks_for_is_there(void **state)
{
    struct dashboard dashboard = read_dashboard(*state);
    size_t length = 0;

    for (size_t i = 0; i < dashboard.count; i++) {
        const char *at = next_metric(dashboard.expressions[i], &length);

        assert_non_null(at);
        for (; at; at = next_metric(at + length, &length)) {
            if (!scrape_has(dashboard.scrape, at, length))
                unit_fail("there is no %.*s", (int)length, at);
        }
    }
}

static void every_metric_that_is_there_is_shown(void **state)
{
    struct dashboard dashboard = read_dashboard(*state);

    for (const char *line = dashboard.scrape; (line = strstr(line, "# TYPE ")); line++) {
        size_t length = strcspn(line + 7, " ");
        bool is_shown = false;

        for (size_t i = 0; i < dashboard.count; i++)
            is_shown = is_shown || memmem(dashboard.expressions[i],
                                          strlen(dashboard.expressions[i]), line + 7, length);
        if (!is_shown)
            unit_fail("%.*s is on no panel", (int)length, line + 7);
    }
}

/* Claim: some series of this metric has the label, or Prometheus gives it to all. */
static bool has_label(const char *scrape, const char *metric, size_t length, const char *label,
                      size_t label_length)
{
    if (label_length == 8 && strncmp(label, "instance", 8) == 0)
        return true;
    char first[64], further[64];

    snprintf(first, sizeof first, "{%.*s=\"", (int)label_length, label);
    snprintf(further, sizeof further, ",%.*s=\"", (int)label_length, label);
    for (const char *line = scrape; *line; line += strcspn(line, "\n") + 1) {
        size_t size = strcspn(line, "\n");

        if (strncmp(line, metric, length) == 0 && line[length] == '{' &&
            (memmem(line, size, first, strlen(first)) ||
             memmem(line, size, further, strlen(further))))
            return true;
    }
    return false;
}

/* The labels of one metric's braces: {a="x",b=~"y"}. */
static void check_selector(const char *scrape, const char *metric, size_t length)
{
    const char *at = metric + length;

    assert_int_equal(*at, '{');
    while (*at == '{' || *at == ',') {
        size_t size = strspn(++at, "abcdefghijklmnopqrstuvwxyz_");

        if (!has_label(scrape, metric, length, at, size))
            unit_fail("%.*s has no label %.*s", (int)length, metric, (int)size, at);
        at = strchr(strchr(at, '"') + 1, '"') + 1;
    }
    assert_int_equal(*at, '}');
}

/* Those that an expression groups by, of its first metric. */
static void check_groups(const char *scrape, const char *expression)
{
    size_t length = 0;
    const char *metric = next_metric(expression, &length);

    for (const char *at = expression; (at = strstr(at, " by ("));) {
        for (at += 4; *at == '(' || *at == ',';) {
            at += 1 + strspn(at + 1, " ");
            size_t size = strspn(at, "abcdefghijklmnopqrstuvwxyz_");

            if (!has_label(scrape, metric, length, at, size))
                unit_fail("%.*s has no label %.*s", (int)length, metric, (int)size, at);
            at += size;
        }
    }
}

static void every_label_that_it_asks_for_is_there(void **state)
{
    struct dashboard dashboard = read_dashboard(*state);
    size_t length = 0;

    for (size_t i = 0; i < dashboard.count; i++) {
        const char *at = next_metric(dashboard.expressions[i], &length);

        for (; at; at = next_metric(at + length, &length))
            check_selector(dashboard.scrape, at, length);
        check_groups(dashboard.scrape, dashboard.expressions[i]);
    }
}

/* Grafana's own variables, as they come to Prometheus. */
static const char *fill_in(struct api *api, const char *expression)
{
    static const struct {
        const char *name, *value;
    } variables[] = {{"$__rate_interval", "1m"}, {"$instance", ".*"}, {"$route", ".*"}};
    struct buffer out;

    buffer_init(&out, &api->scope.arena);
    while (*expression) {
        size_t i = 0;

        while (i < COUNT(variables) &&
               strncmp(expression, variables[i].name, strlen(variables[i].name)) != 0)
            i++;
        if (i == COUNT(variables)) {
            buffer_add_char(&out, *expression++);
            continue;
        }
        buffer_add_text(&out, variables[i].value);
        expression += strlen(variables[i].name);
    }
    assert_non_null(out.data);
    assert_null(strchr(out.data, '$'));
    return out.data;
}

static void prometheus_understands_every_query(void **state)
{
    struct api *api = *state;
    struct dashboard dashboard = read_dashboard(api);
    const char *path = api_format(api, "%s/rules.yml", api->folder);
    const char *const arguments[] = {"/usr/bin/promtool", "check", "rules", path, NULL};
    const char *const nothing[] = {NULL};
    struct process_output output;
    struct buffer rules;

    buffer_init(&rules, &api->scope.arena);
    buffer_add_text(&rules, "groups:\n- name: dashboard\n  rules:\n");
    for (size_t i = 0; i < dashboard.count; i++)
        buffer_add_format(&rules, "  - record: keel:query_%zu\n    expr: |\n      %s\n", i,
                          fill_in(api, dashboard.expressions[i]));
    assert_false(rules.failed);
    folder_write(api->folder, "rules.yml", rules.data, rules.length);
    assert_true(process_run(&api->scope.arena, arguments,
                            process_environment(&api->scope.arena, nothing), NULL, &output));
    if (output.status != 0)
        unit_fail("promtool says %d: %s%s", output.status, output.out, output.err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_that_it_asks_for_is_there),
        cmocka_unit_test(every_metric_that_is_there_is_shown),
        cmocka_unit_test(every_label_that_it_asks_for_is_there),
        cmocka_unit_test(prometheus_understands_every_query),
    };

    return cmocka_run_group_tests_name("the dashboard", tests, make, drop);
}
