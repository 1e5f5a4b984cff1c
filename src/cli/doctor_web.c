/* doctor_web.c - the way through the web server: does a request arrive as it was sent? */
#include "doctor_http.h"

#include "keel/core/build.h"

#include <json-c/json.h>
#include <string.h>
#include <strings.h>

static const char *member_of(struct json_object *object, const char *name)
{
    struct json_object *member = NULL;

    if (object)
        json_object_object_get_ex(object, name, &member);
    return member ? json_object_get_string(member) : "";
}

/* Claim: the program itself has answered. Else an error says who has. */
static bool is_ours(struct doctor *doctor, const struct question *question,
                    const struct answer *answer)
{
    if (answer->status == 502 || answer->status == 503 || answer->status == 504) {
        const char *why = *answer->message ? answer->message : "no worker behind its socket";

        doctor_error(doctor, "systemctl start keel.target   (then: journalctl -u 'keel-worker@*')",
                     "%s%s is answered with %ld: %s.", doctor->url, question->path, answer->status,
                     why);
        return false;
    }
    if (answer->is_envelope)
        return true;
    doctor_error(doctor,
                 "In nginx's http block: include keel/keel.conf; and rm "
                 "/etc/nginx/sites-enabled/default. docs/OPERATIONS.md has Apache and lighttpd. "
                 "Where it is elsewhere: keelctl doctor --url URL",
                 "%s%s is answered with %ld, but not by this program: the path does not lead to "
                 "it.",
                 doctor->url, question->path, answer->status);
    return false;
}

static bool ask_version(struct doctor *doctor, struct answer *answer)
{
    const struct question question = {.path = "/version"};

    return doctor_ask(doctor, &question, answer) && is_ours(doctor, &question, answer);
}

bool doctor_is_served(struct doctor *doctor)
{
    struct answer answer;

    if (!doctor->was_asked) {
        struct finding **end = doctor->last;

        doctor->is_served = ask_version(doctor, &answer);
        doctor->was_asked = true;
        /* What is wrong with it the check "web" says. */
        doctor->last = end;
        *end = NULL;
    }
    if (!doctor->is_served)
        doctor_skip(doctor, "The program does not answer at %s.", doctor->url);
    return doctor->is_served;
}

static void check_build(struct doctor *doctor, const struct answer *answer)
{
    const char *version = member_of(answer->data, "version");
    const char *commit = member_of(answer->data, "commit");

    if (strcmp(version, build_version) != 0 || strcmp(commit, build_commit) != 0)
        doctor_warn(doctor, "keelctl workers restart",
                    "The workers run %s (%s), this keelctl is %s (%s).", version, commit,
                    build_version, build_commit);
    else
        doctor_ok(doctor, "%s (%s) answers at %s, in %.1f ms.", version, commit, doctor->url,
                  answer->ms);
}

void doctor_check_web(struct doctor *doctor)
{
    const struct question ready = {.path = "/health/ready"};
    struct answer answer;

    doctor->was_asked = true;
    doctor->is_served = ask_version(doctor, &answer);
    if (!doctor->is_served)
        return;
    check_build(doctor, &answer);
    if (!doctor_ask(doctor, &ready, &answer))
        return;
    if (answer.status != 200)
        doctor_error(doctor, "keelctl doctor database schema   (as the workers' user)",
                     "The workers are not ready: %s.", answer.message);
}

/*
 * Both are refused, but for different reasons if the program has seen the header: one says that it
 * is wrong, the other that it is missing.
 */
void doctor_check_authorization(struct doctor *doctor)
{
    const struct question without = {.path = "/users/me"};
    const struct question with = {.path = "/users/me",
                                  .headers = {"Authorization: Bearer keelctl-doctor"}};
    struct answer missing, wrong;

    if (!doctor_is_served(doctor) || !doctor_ask(doctor, &without, &missing) ||
        !doctor_ask(doctor, &with, &wrong))
        return;
    if (missing.status != 401 || wrong.status != 401)
        doctor_warn(doctor, NULL, "GET %s/users/me is answered with %ld where 401 is expected.",
                    doctor->url, missing.status != 401 ? missing.status : wrong.status);
    else if (strcmp(missing.message, wrong.message) == 0)
        doctor_error(
            doctor,
            "Apache: CGIPassAuth On, in the <Directory> or .htaccess. nginx: fastcgi_param "
            "HTTP_AUTHORIZATION $http_authorization if_not_empty;",
            "The header Authorization does not reach the program: nobody can sign in.");
    else
        doctor_ok(doctor, "The header Authorization reaches the program.");
}

/* What is to come back; `mend` where something else does. */
struct expectation {
    struct question question;
    long status;
    const char *what;
    const char *mend;
};

static bool check_expectation(struct doctor *doctor, const struct expectation *expected)
{
    struct answer answer;

    if (!doctor_ask(doctor, &expected->question, &answer))
        return false;
    /* A web server's own 405 may be in the envelope too, but does not know what is allowed. */
    bool is_right = answer.status == expected->status && answer.is_envelope &&
                    (answer.status != 405 || *doctor_header(doctor, &answer, "Allow"));

    if (is_right)
        return true;
    doctor_error(doctor, expected->mend, "%s (%s %s is answered with %ld%s).", expected->what,
                 expected->question.method ? expected->question.method : "GET",
                 expected->question.path, answer.status,
                 answer.is_envelope ? "" : ", not by the program");
    return false;
}

/* The program routes on REQUEST_URI as it was sent; a path decoded on its way names another row. */
void doctor_check_paths(struct doctor *doctor)
{
    static const char raw[] =
        "nginx: fastcgi_param REQUEST_URI $request_uri; Apache: AllowEncodedSlashes NoDecode, and "
        "nocanon behind ProxyPass";
    static const struct expectation expectations[] = {
        {{.path = "/version?q=%2Fhealth"}, 200, "A query changes what is found", raw},
        {{.path = "/health%2Fready"}, 404, "A slash that was escaped arrives as a slash", raw},
        {{.path = "/%2576ersion"}, 404, "A path arrives decoded, and is decoded once more", raw},
        {{.path = "/keelctl-doctor"}, 404, "An unknown path is not the program's to answer", raw},
        {{.method = "DELETE", .path = "/version"},
         405,
         "A method other than GET and POST does not arrive",
         "Look for <Limit>, limit_except, or a proxy in front that allows only some methods."},
    };
    bool are_good = true;

    if (!doctor_is_served(doctor))
        return;
    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++)
        are_good = check_expectation(doctor, &expectations[i]) && are_good;
    if (are_good)
        doctor_ok(doctor, "Methods, paths and queries arrive as they were sent.");
}
