/* address.h - which client an IP address belongs to */
#ifndef KEEL_CORE_ADDRESS_H
#define KEEL_CORE_ADDRESS_H

/* Longer than any address as text, with its NUL. */
#define ADDRESS_SIZE 46

/*
 * What all addresses of one client have in common, as text: one IPv6 customer has a whole /64
 * ("2001:db8::"), an IPv4 address counts whole, also as ::ffff:192.0.2.1. Anything else is taken as
 * it is, as far as it fits.
 */
void address_to_client(const char *address, char client[ADDRESS_SIZE]);

#endif
