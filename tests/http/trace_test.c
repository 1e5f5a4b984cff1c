/* trace_test.c - tests of http/trace: the trace that a request is part of */
#include "keel/http/trace.h"

#include "../support/faults.h"
#include "../support/unit.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN  "00f067aa0ba902b7"

static int begin(void **state)
{
    static struct scope scope;

    scope_begin(&scope, NULL, NULL, NULL);
    *state = &scope;
    return 0;
}

static int end(void **state)
{
    scope_end(*state);
    return 0;
}

static void test_taken(void **state)
{
    static const char *const headers[] = {
        "00-" TRACE "-" SPAN "-01",
        "00-" TRACE "-" SPAN "-00",
        /* What later versions say behind is theirs. */
        "cc-" TRACE "-" SPAN "-01",
        "cc-" TRACE "-" SPAN "-01-what the future brings",
        "fe-" TRACE "-" SPAN "-ff-",
    };
    struct trace trace;

    for (size_t i = 0; i < COUNT(headers); i++) {
        assert_true(trace_read(*state, headers[i], &trace));
        if (!trace.id || !trace.span)
            unit_fail("%s is not taken", headers[i]);
        assert_string_equal(trace.id, TRACE);
        assert_string_equal(trace.span, SPAN);
    }
}

static void test_ignored(void **state)
{
    static const char *const headers[] = {
        NULL,
        "",
        "00",
        "00-",
        TRACE,
        "00-" TRACE "-" SPAN,
        "00-" TRACE "-" SPAN "-",
        "00-" TRACE "-" SPAN "-0",
        "00-" TRACE "-" SPAN "-1g",
        "00-" TRACE "-" SPAN "-01-",
        "00-" TRACE "-" SPAN "-01-more",
        "00-" TRACE "-" SPAN "-01x",
        "cc-" TRACE "-" SPAN "-01x",
        "ff-" TRACE "-" SPAN "-01",
        "0g-" TRACE "-" SPAN "-01",
        " 00-" TRACE "-" SPAN "-01",
        "00-" TRACE "-" SPAN "-01 ",
        "00_" TRACE "-" SPAN "-01",
        "00-" TRACE "_" SPAN "-01",
        "00-" TRACE "-" SPAN "_01",
        "00-00000000000000000000000000000000-" SPAN "-01",
        "00-" TRACE "-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01",
        "00-" TRACE "-00F067AA0BA902B7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473\"-" SPAN "-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-" SPAN "-01x",
        /* Sent twice. */
        "00-" TRACE "-" SPAN "-01, 00-" TRACE "-" SPAN "-01",
    };
    struct trace trace;

    for (size_t i = 0; i < COUNT(headers); i++) {
        trace = (struct trace){"left", "over"};
        assert_true(trace_read(*state, headers[i], &trace));
        if (trace.id || trace.span)
            unit_fail("<%s> is taken", headers[i] ? headers[i] : "nothing");
    }
}

static void test_no_memory(void **state)
{
    struct scope *scope = *state;
    struct trace trace;

    faults_begin();
    while (faults_next()) {
        bool ok = trace_read(scope, "00-" TRACE "-" SPAN "-01", &trace);

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        assert_int_equal(trace.id != NULL, ok);
        scope_clear_error(scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("a traceparent gives trace and span, of later versions too", test_taken),
        FIXTURE_TEST("a malformed one is as good as none", test_ignored),
        FIXTURE_TEST("fails without memory", test_no_memory),
    };

    return cmocka_run_group_tests_name("http/trace", tests, NULL, NULL);
}
