/* new.h - the kinds of `keelctl new`, and what they have in common */
#ifndef KEEL_CLI_NEW_H
#define KEEL_CLI_NEW_H

#include "cli.h"
#include "form.h"
#include "plan.h"
#include "report_endpoint.h"
#include "template.h"

struct new_call {
    struct cli *cli;
    const char *source; /* the checkout */
    bool takes_back;    /* --remove */
};

bool new_resource(struct new_call *call);
bool new_endpoint(struct new_call *call);
bool new_job(struct new_call *call);
bool new_pipeline(struct new_call *call);

/* What a job or a pipeline is called. */
struct new_name {
    const char *dotted; /* "reports.write" */
    const char *word;   /* the same for files and C: "reports_write" */
    const char *words;  /* "Reports write" */
};

/* Takes the next word as a name; what is none is refused as misuse, with an example of one. */
bool new_read_name(struct new_call *call, const char *example, struct new_name *name);

/* The text of a template, in the arena; NULL, with the scope failed, where something is missing. */
const char *new_render(struct scope *scope, const char *file, const struct template_values *values);

struct new_migration {
    int64_t version; /* of the one that was looked for; 0: there is none */
    const char *up_file;
    int64_t last; /* the highest number of all */
};

/* Looks for a migration by its name among the plan's checkout. */
bool new_find_migration(const struct plan *plan, const char *name, struct new_migration *found);

/*
 * "0018_orders": with the next number, or, where the plan takes back, that of the migration with
 * this name. Fails with ERR_CONFLICT where there is one already.
 */
bool new_label(const struct plan *plan, const char *name, const char **label);

/* The pair of files; a text that is NULL fails it. */
bool new_plan_migration(struct plan *plan, const char *label, const char *up, const char *down);

/* Says that a migration whose files are gone may still be applied somewhere. */
bool new_say_applied(struct new_call *call, const char *label);

/*
 * What a plan that was carried out has done: the report of what was made, with so many tests in it,
 * or a line for each file that is gone or as it was.
 */
bool new_report(struct new_call *call, const struct plan *plan, struct endpoint_report *report,
                size_t tests);

/* The same for a report that was begun otherwise: files, tests and docs are its end. */
bool new_report_form(struct new_call *call, const struct plan *plan, struct form *form,
                     size_t tests, const char *docs);

#endif
