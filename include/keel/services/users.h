/* users.h - accounts: what they look like, how they come to be and change */
#ifndef KEEL_SERVICES_USERS_H
#define KEEL_SERVICES_USERS_H

#include "keel/model/store.h"

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

extern const struct model users_model;
extern const struct model registration_model;

/*
 * Adds an account with a role, its password hashed. Fails with ERR_CONFLICT when the address is
 * taken (two at once: the database decides), ERR_VALIDATION for an unknown role or a password that
 * nobody should have (password_check_new). `*id` is the new account.
 */
bool users_create(struct scope *scope, const struct registration *registration, const char *role,
                  int64_t *id);

/*
 * Sets a password without asking for the old one: for operators. ERR_NOT_FOUND for an unknown
 * address, ERR_VALIDATION for a password that nobody should have.
 */
bool users_set_password(struct scope *scope, const char *email, const char *password);

/*
 * Gives or takes a role. ERR_NOT_FOUND for an unknown address, ERR_VALIDATION for an unknown role;
 * `*changed` false: it was so already.
 */
bool users_add_role(struct scope *scope, const char *email, const char *role, bool *changed);
bool users_remove_role(struct scope *scope, const char *email, const char *role, bool *changed);

/*
 * Claim: the address is in example.com, as those of the seeded accounts are. Nobody gets mail there
 * (RFC 2606), and everybody knows their passwords, so production lets none of them in.
 */
bool users_is_demo(const char *email);

/* The id of an address. ERR_NOT_FOUND. */
bool users_find(struct scope *scope, const char *email, int64_t *id);

#endif
