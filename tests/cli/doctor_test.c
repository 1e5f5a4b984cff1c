/* doctor_test.c - tests of what the checks of keelctl doctor share: findings, texts, a user's
 * rights */
#include "cli/doctor.h"
#include "cli/doctor_http.h"

#include "support/folder.h"
#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    struct cli cli;
    struct scope scope;
    struct doctor doctor;
};

static int begin(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){0};
    scope_begin(&fixture.cli.scope, &fixture.cli.config, NULL, NULL);
    scope_begin(&fixture.scope, &fixture.cli.config, NULL, NULL);
    fixture.doctor = (struct doctor){.cli = &fixture.cli, .scope = &fixture.scope};
    fixture.doctor.last = &fixture.doctor.findings;
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    scope_end(&fixture->scope);
    scope_end(&fixture->cli.scope);
    return 0;
}

static void test_order(void **state)
{
    struct fixture *fixture = *state;
    struct doctor *doctor = &fixture->doctor;

    doctor_warn(doctor, "mend this", "one %d", 1);
    doctor_ok(doctor, "two");
    doctor_skip(doctor, "three");
    const struct finding *finding = doctor->findings;

    assert_int_equal(finding->verdict, VERDICT_WARNING);
    assert_string_equal(finding->text, "one 1");
    assert_string_equal(finding->mend, "mend this");
    finding = finding->next;
    assert_int_equal(finding->verdict, VERDICT_OK);
    assert_null(finding->mend);
    finding = finding->next;
    assert_int_equal(finding->verdict, VERDICT_SKIPPED);
    assert_null(finding->next);
}

/* libpq's reasons have several lines, and the next statement must not meet this error. */
static void test_report(void **state)
{
    struct fixture *fixture = *state;

    fail(&fixture->scope, ERR_UNAVAILABLE, "It is away");
    fail_detail(&fixture->scope, "first line\nsecond line\n");
    doctor_report(&fixture->doctor, NULL, "The database cannot be reached");
    assert_string_equal(fixture->doctor.findings->text,
                        "The database cannot be reached: first line");
    assert_int_equal(fixture->doctor.findings->verdict, VERDICT_ERROR);
    assert_int_equal(fixture->scope.error.kind, ERR_NONE);
}

static void test_setting(void **state)
{
    struct fixture *fixture = *state;

    assert_string_equal(doctor_setting(&fixture->doctor, "KEEL_X", "7"),
                        "KEEL_X=7   (in the environment)");
    fixture->doctor.file = "/etc/keel/keel.env";
    assert_string_equal(doctor_setting(&fixture->doctor, "KEEL_X", "7"),
                        "KEEL_X=7   (/etc/keel/keel.env)");
}

static void test_header(void **state)
{
    struct fixture *fixture = *state;
    struct answer answer = {0};

    buffer_init(&answer.head, &fixture->scope.arena);
    buffer_add_text(&answer.head, "HTTP/1.1 401 No\r\nX-Allow: no\r\nallow:  GET, HEAD\r\n\r\n");
    assert_string_equal(doctor_header(&fixture->doctor, &answer, "Allow"), "GET, HEAD");
    assert_string_equal(doctor_header(&fixture->doctor, &answer, "Missing"), "");
}

static void test_rights(void **state)
{
    struct fixture *fixture = *state;
    struct doctor *doctor = &fixture->doctor;
    char folder[FOLDER_PATH_SIZE], path[FOLDER_PATH_SIZE + 8];

    folder_make(folder);
    snprintf(path, sizeof path, "%s/file", folder);
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
    assert_true(doctor_find_user(&fixture->cli, getuid() == 0 ? "root" : NULL, &doctor->user));
    assert_int_equal(doctor_may(doctor, path, R_OK | W_OK), 0);
    assert_int_equal(doctor_may(doctor, folder, W_OK | X_OK), 0);
    snprintf(path, sizeof path, "%s/none", folder);
    assert_int_equal(doctor_may(doctor, path, F_OK), ENOENT);
    snprintf(path, sizeof path, "%s/file", folder);
    if (getuid() == 0) {
        assert_true(doctor_find_user(&fixture->cli, "nobody", &doctor->user));
        assert_int_equal(doctor_may(doctor, path, R_OK), EACCES);
        assert_int_equal(chmod(folder, 0755), 0);
        assert_int_equal(doctor_may(doctor, path, F_OK), 0);
        assert_int_equal(doctor_may(doctor, path, R_OK), EACCES);
    }
    folder_remove(folder);
}

static void test_unknown_user(void **state)
{
    struct fixture *fixture = *state;

    assert_false(doctor_find_user(&fixture->cli, "nobody-at-all", &fixture->doctor.user));
    assert_true(fixture->cli.misused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST("findings are kept in order, each with its verdict", test_order),
        FIXTURE_TEST("an error is told by the first line of its reason, and forgotten",
                     test_report),
        FIXTURE_TEST("a setting is shown with the file it belongs into", test_setting),
        FIXTURE_TEST("a header is found by its whole name, in any case", test_header),
        FIXTURE_TEST("a file is looked at with another user's rights", test_rights),
        FIXTURE_TEST("a user that is none is a mistake of the call", test_unknown_user),
    };

    return cmocka_run_group_tests_name("cli/doctor", tests, NULL, NULL);
}
