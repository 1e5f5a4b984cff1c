/* mail_template_test.c - tests of services/mail_template: values, parts, and what is refused */
#include "services/mail_template.h"

#include "../support/faults.h"
#include "../support/unit.h"

#include <string.h>

static const struct mail_value list[] = {
    {"name", "Ada"},
    {"evil", "<b>\"a\" & 'b'</b>\r\nBcc: x"},
    {"odd", "a\xFF\xC3z\xC2\x85\xE2\x80\xA8\x7F."},
    {"none", NULL},
    {"empty", ""},
    {"content", "<p>\n&</p>"},
    {"name", "not this one"},
};
static const struct mail_values values = {list, COUNT(list)};

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

static bool render(struct scope *scope, const char *source, enum mail_escaping escaping,
                   const char **text)
{
    struct buffer out;

    buffer_init(&out, &scope->arena);
    bool done = mail_template_render(scope, "x.txt", source, escaping, values, &out);

    *text = out.data ? out.data : "";
    return done;
}

static void test_rendered(void **state)
{
    static const struct {
        const char *source, *plain, *html;
    } cases[] = {
        {"", "", ""},
        {"no names { } }}\n", "no names { } }}\n", "no names { } }}\n"},
        {"{{name}}", "Ada", "Ada"},
        {"a{{name}}b{{name}}c", "aAdabAdac", "aAdabAdac"},
        {"{{none}}{{empty}}.", ".", "."},
        {"{{evil}}", "<b>\"a\" & 'b'</b>  Bcc: x",
         "&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/b&gt;  Bcc: x"},
        {"{{odd}}", "a??z   .", "a??z   ."},
        {"{{content}}", "<p>\n&</p>", "<p>\n&</p>"},
        {"Hello{{#name}} {{name}}{{/name}},", "Hello Ada,", "Hello Ada,"},
        {"Hello{{#none}} {{none}}{{/none}},", "Hello,", "Hello,"},
        {"Hello{{#empty}} x{{/empty}},", "Hello,", "Hello,"},
        {"{{^none}}nobody{{/none}}{{^name}}x{{/name}}", "nobody", "nobody"},
        {"{{#none}}a{{#name}}b{{/name}}c{{/none}}d", "d", "d"},
        {"{{#name}}a{{#none}}b{{/none}}c{{/name}}d", "acd", "acd"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *text;

        assert_true(render(*state, cases[i].source, MAIL_PLAIN, &text));
        assert_string_equal(text, cases[i].plain);
        assert_true(render(*state, cases[i].source, MAIL_HTML, &text));
        assert_string_equal(text, cases[i].html);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *source, *detail;
    } cases[] = {
        {"a\nb {{nmae}}", "x.txt:2: there is no value of this name"},
        {"{{}}", "x.txt:1: there is no value of this name"},
        {"{{ name }}", "x.txt:1: there is no value of this name"},
        {"a\n\n{{name", "x.txt:3: {{ has no }}"},
        {"{{#name}}a", "x.txt:1: a part is not closed"},
        {"{{/name}}", "x.txt:1: this closes nothing that is open"},
        {"{{#name}}{{#none}}{{/name}}{{/none}}", "x.txt:1: this closes nothing that is open"},
        {"{{#name}}{{#name}}{{#name}}{{#name}}{{#name}}{{#name}}{{#name}}{{#name}}{{#name}}",
         "x.txt:1: too many parts stand in each other"},
        {"{{#none}}{{nmae}}{{/none}}", "x.txt:1: there is no value of this name"},
    };
    struct scope *scope = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *text;

        assert_false(render(scope, cases[i].source, MAIL_PLAIN, &text));
        assert_int_equal(scope->error.kind, ERR_INTERNAL);
        assert_string_equal(scope->error.detail, cases[i].detail);
        scope_clear_error(scope);
    }
}

static void test_long_value(void **state)
{
    char text[5000];
    const struct mail_value one = {"name", text};
    struct scope *scope = *state;
    struct buffer out;

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    buffer_init(&out, &scope->arena);
    assert_true(mail_template_render(scope, "x", "{{name}}", MAIL_PLAIN,
                                     (struct mail_values){&one, 1}, &out));
    assert_int_equal(out.length, 2048);
}

static void test_no_memory(void **state)
{
    (void)state;
    faults_begin();
    while (faults_next()) {
        struct scope scope;
        const char *text;

        scope_begin(&scope, NULL, NULL, NULL);
        bool ok = render(&scope, "Hello{{#name}} {{name}}{{/name}}{{evil}}", MAIL_HTML, &text);

        faults_stop();
        assert_int_equal(ok, !faults_hit());
        assert_int_equal(scope.error.kind, ok ? ERR_NONE : ERR_UNAVAILABLE);
        scope_end(&scope);
    }
    assert_true(faults_count() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("values stand where they are named, escaped in HTML, on one line",
                     test_rendered),
        FIXTURE_TEST("a template with a mistake is refused with its line", test_refused),
        FIXTURE_TEST("a value is cut where it is long", test_long_value),
        FIXTURE_TEST("without memory it fails cleanly", test_no_memory),
    };

    return cmocka_run_group_tests_name("services/mail_template", tests, NULL, NULL);
}
