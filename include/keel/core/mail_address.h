/* mail_address.h - addresses of mail as headers and servers want them (RFC 5322, RFC 6532) */
#ifndef KEEL_CORE_MAIL_ADDRESS_H
#define KEEL_CORE_MAIL_ADDRESS_H

#include "keel/core/arena.h"

/* Texts belong to the arena. */
struct mail_address {
    const char *name;   /* what is shown; "" for none */
    const char *spec;   /* local@domain, the local part quoted where it must be */
    const char *domain; /* the part behind the '@' */
};

/*
 * Takes one bare address as somebody gave it: "ada@example.com". Whatever stands in it, it stays
 * one address: a local part with a comma or an angle bracket is quoted. False for what is none
 * (control characters, spaces, no UTF-8, a domain that is no domain), and, with `spec` NULL, when
 * there is no memory.
 */
bool mail_address_take(struct arena *arena, const char *text, struct mail_address *address);

/* The same for "Name <local@domain>" or a bare address, as a setting has it. */
bool mail_address_read(struct arena *arena, const char *text, struct mail_address *address);

#endif
