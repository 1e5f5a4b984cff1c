/* no_kerberos.c - what libpq asks of Kerberos and LDAP libraries, for a program that goes without
 * them */
#include <stddef.h>

/*
 * Debian's static libpq refers to both. A shared host's database asks for a password, and their
 * libraries are two dozen that each request would load: here every call fails, as it does where
 * there is no ticket, and libpq goes on without. Declared as the linker sees them, by name alone.
 */
#define GSS_FAILURE  ((unsigned)13 << 16)
#define LDAP_FAILURE (-1)

extern const void *const GSS_C_NT_HOSTBASED_SERVICE;
const void *const GSS_C_NT_HOSTBASED_SERVICE = NULL;

/* GSSAPI, version 2 */
unsigned gss_acquire_cred(void);
unsigned gss_delete_sec_context(void);
unsigned gss_display_status(void);
unsigned gss_import_name(void);
unsigned gss_init_sec_context(void);
unsigned gss_release_buffer(void);
unsigned gss_release_cred(void);
unsigned gss_release_name(void);
unsigned gss_unwrap(void);
unsigned gss_wrap(void);
unsigned gss_wrap_size_limit(void);

/* LDAP, as libpq looks a service up in it */
void *ldap_err2string(void);
void *ldap_first_entry(void);
void *ldap_get_values_len(void);
void *ldap_init(void);
int ldap_count_entries(void);
int ldap_msgfree(void);
int ldap_result(void);
int ldap_search_st(void);
int ldap_set_option(void);
int ldap_simple_bind(void);
int ldap_unbind(void);
void ldap_value_free_len(void);

unsigned gss_acquire_cred(void)
{
    return GSS_FAILURE;
}

unsigned gss_delete_sec_context(void)
{
    return GSS_FAILURE;
}

unsigned gss_display_status(void)
{
    return GSS_FAILURE;
}

unsigned gss_import_name(void)
{
    return GSS_FAILURE;
}

unsigned gss_init_sec_context(void)
{
    return GSS_FAILURE;
}

unsigned gss_release_buffer(void)
{
    return GSS_FAILURE;
}

unsigned gss_release_cred(void)
{
    return GSS_FAILURE;
}

unsigned gss_release_name(void)
{
    return GSS_FAILURE;
}

unsigned gss_unwrap(void)
{
    return GSS_FAILURE;
}

unsigned gss_wrap(void)
{
    return GSS_FAILURE;
}

unsigned gss_wrap_size_limit(void)
{
    return GSS_FAILURE;
}

void *ldap_err2string(void)
{
    return NULL;
}

void *ldap_first_entry(void)
{
    return NULL;
}

void *ldap_get_values_len(void)
{
    return NULL;
}

void *ldap_init(void)
{
    return NULL;
}

int ldap_count_entries(void)
{
    return LDAP_FAILURE;
}

int ldap_msgfree(void)
{
    return LDAP_FAILURE;
}

int ldap_result(void)
{
    return LDAP_FAILURE;
}

int ldap_search_st(void)
{
    return LDAP_FAILURE;
}

int ldap_set_option(void)
{
    return LDAP_FAILURE;
}

int ldap_simple_bind(void)
{
    return LDAP_FAILURE;
}

int ldap_unbind(void)
{
    return LDAP_FAILURE;
}

void ldap_value_free_len(void)
{
}
