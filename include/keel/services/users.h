/* users.h - accounts: what they look like, how they come to be, change and go */
#ifndef KEEL_SERVICES_USERS_H
#define KEEL_SERVICES_USERS_H

#include "keel/model/store.h"

/* Who has it may do everything; there is always an active account that does. */
#define ROLE_ADMIN "admin"

/* Roles that one account may have. */
#define USER_ROLES_MAX 32

/* An account as clients see it; never with its hash. */
struct user {
    int64_t id;
    const char *email;
    const char *name; /* NULL: none given */
    struct json_text roles;
    bool is_active;
    bool email_verified;
    int64_t version;
    struct instant created_at;
    struct instant updated_at;
};

/* What makes one. */
struct registration {
    const char *email;
    const char *password;
    const char *name;
};

/* One that is made for somebody else. */
struct new_user {
    const char *email;
    const char *password; /* NULL: none yet; its owner is mailed a link to choose one */
    const char *name;
    struct texts roles; /* NULL: the setting default_role */
    bool email_verified;
};

/* What those who look after accounts may change of one. */
struct user_change {
    const char *email;
    const char *name;
    bool is_active;
    bool email_verified;
};

/* The body that gives an account just these roles. */
struct role_choice {
    struct texts roles;
};

extern const struct model users_model;
extern const struct model registration_model;
extern const struct model new_user_model;
extern const struct model user_change_model;
extern const struct model role_choice_model;

/*
 * Adds an account with a role, its password hashed. Fails with ERR_CONFLICT when the address is
 * taken (two at once: the database decides), ERR_VALIDATION for an unknown role or a password that
 * nobody should have (password_check_new). `*id` is the new account.
 */
bool users_create(struct scope *scope, const struct registration *registration, const char *role,
                  int64_t *id);

/*
 * The same for somebody else, by scope->caller: roles that are named must be ones that
 * users_set_roles() would give. Without a password it wants a transaction, as a mail goes out.
 */
bool users_add(struct scope *scope, const struct new_user *user, int64_t *id);

/*
 * The three that follow are for those who look after accounts, and want a transaction.
 * ERR_NOT_FOUND for an unknown id, ERR_FORBIDDEN where scope->caller may do less than the account,
 * or than the roles to be given: nobody rises by way of others. With nobody signed in (keelctl)
 * that is not asked. ERR_CONFLICT where no active admin would be left.
 */

/*
 * Changes what `change` (of user_change_model) holds; `rows` is then the account as store_update()
 * gives it, and `*changes` what was changed (model/changes.h). A deactivated account's sessions
 * end. Another address counts as unverified unless the change says otherwise, and mails sent to the
 * old one are good for nothing any more.
 */
bool users_change(struct scope *scope, int64_t id, const struct input *change, struct rows *rows,
                  const char **changes);

/* users_change() of is_active alone. */
bool users_set_active(struct scope *scope, int64_t id, bool is_active);

/*
 * Removes an account with all that is its own: sessions, keys, tokens, roles. Its address is free
 * again; its id is never given to another one. ERR_CONFLICT where other rows refer to it.
 */
bool users_remove(struct scope *scope, int64_t id);

/*
 * Gives an account just these roles, as PostgreSQL writes an array; `*changes` as above.
 * ERR_VALIDATION for an unknown one.
 */
bool users_set_roles(struct scope *scope, int64_t id, const char *roles, const char **changes);

/*
 * Gives or takes a role, for operators; wants a transaction. ERR_NOT_FOUND for an unknown address,
 * ERR_VALIDATION for an unknown role, ERR_CONFLICT where no active admin would be left; `*changed`
 * false: it was so already.
 */
bool users_add_role(struct scope *scope, const char *email, const char *role, bool *changed);
bool users_remove_role(struct scope *scope, const char *email, const char *role, bool *changed);

/*
 * Comes after a change that took somebody out of charge, in its transaction: fails with
 * ERR_CONFLICT where no active admin is left. Those who do so at once pass one by one.
 */
bool users_require_admin_left(struct scope *scope);

/*
 * Sets a password without asking for the old one: for operators. ERR_NOT_FOUND for an unknown
 * address, ERR_VALIDATION for a password that nobody should have.
 */
bool users_set_password(struct scope *scope, const char *email, const char *password);

/*
 * Claim: the address is in example.com, as those of the seeded accounts are. Nobody gets mail there
 * (RFC 2606), and everybody knows their passwords, so production lets none of them in.
 */
bool users_is_demo(const char *email);

/* The id of an address. ERR_NOT_FOUND. */
bool users_find(struct scope *scope, const char *email, int64_t *id);

#endif
