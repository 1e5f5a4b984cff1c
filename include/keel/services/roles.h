/* roles.h - roles: named sets of permissions */
#ifndef KEEL_SERVICES_ROLES_H
#define KEEL_SERVICES_ROLES_H

#include "keel/db/db.h"
#include "keel/model/model.h"

struct role {
    const char *name;
    const char *summary;
    struct texts permissions;
};

extern const struct model role_model;

/* All roles by name, as rows of role_model's columns. */
bool roles_list(struct scope *scope, struct rows *rows);

/* A role without permissions. ERR_CONFLICT when the name is taken, ERR_VALIDATION for a wrong one.
 */
bool roles_create(struct scope *scope, const char *name, const char *summary);

/*
 * ERR_NOT_FOUND; ERR_CONFLICT for the admin's, for the one that new accounts get, and while
 * accounts have it.
 */
bool roles_delete(struct scope *scope, const char *name);

/*
 * Gives a role a permission, or takes it away; who has the role notices with the next request.
 * ERR_NOT_FOUND for an unknown role or permission; ERR_CONFLICT for taking one from the admin's
 * role. `*changed` false: it was so already.
 */
bool roles_grant(struct scope *scope, const char *role, const char *permission, bool *changed);
bool roles_revoke(struct scope *scope, const char *role, const char *permission, bool *changed);

/*
 * Checks names, as PostgreSQL writes an array, before accounts get them. ERR_VALIDATION, naming
 * each as "roles[1]", for unknown ones; ERR_FORBIDDEN for one with a permission that scope->caller
 * does not have (nobody signed in: all may be given).
 */
bool roles_check(struct scope *scope, const char *names);

#endif
