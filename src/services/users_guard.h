/* users_guard.h - what holds whenever an account changes: nobody rises, somebody stays in charge */
#ifndef KEEL_SERVICES_USERS_GUARD_H
#define KEEL_SERVICES_USERS_GUARD_H

#include "keel/core/scope.h"

/* An account before its change. */
struct standing {
    bool is_admin; /* and active */
    const char *email;
    bool moves; /* the change gives it another address */
};

/*
 * Locks the account until the transaction ends, and tells how it stands; `email` is the address
 * that it shall get, or NULL. ERR_NOT_FOUND; ERR_FORBIDDEN where the account may do what
 * scope->caller may not: with its address, for example, one would have its permissions too.
 */
bool users_guard_begin(struct scope *scope, int64_t id, const char *email,
                       struct standing *standing);

/*
 * Turns the database's refusal of a role that does not exist into an error of the field "role";
 * returns false.
 */
bool users_explain_role(struct scope *scope, const char *role);

#endif
