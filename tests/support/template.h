/* template.h - databases that are filled once on a cluster, and copied for each test */
#ifndef KEEL_TESTS_SUPPORT_TEMPLATE_H
#define KEEL_TESTS_SUPPORT_TEMPLATE_H

struct template
{
    const char *name;
    const struct template *base; /* what it is itself a copy of; NULL: empty */
    void (*fill)(const char *url, const void *context); /* fails the test where it cannot */
    const void *context;
};

/* All migrations of the program, and nothing else. */
extern const struct template template_migrated;

/* Makes `database` as a copy, of an empty one where `from` is NULL. The first to copy fills it. */
void template_copy(const struct template *from, const char *database);
void template_drop(const char *database);

/* Runs one statement on the database that `url` names and gives its first value, malloc'ed. */
char *template_ask(const char *url, const char *statement);

#endif
