/* mail_template.h - texts with {{name}} in them, and with parts that are only there with a name */
#ifndef KEEL_SERVICES_MAIL_TEMPLATE_H
#define KEEL_SERVICES_MAIL_TEMPLATE_H

#include "keel/core/buffer.h"
#include "keel/core/scope.h"
#include "keel/services/mail.h"

enum mail_escaping { MAIL_PLAIN, MAIL_HTML };

struct mail_values {
    const struct mail_value *list;
    size_t count;
};

/*
 * Renders `source` into `out`:
 *   {{name}}              the value; in HTML & < > " and ' are escaped
 *   {{#name}}...{{/name}} only where there is a value
 *   {{^name}}...{{/name}} only where there is none
 * Parts may stand in each other. A value is one line of UTF-8: what would end a line becomes a
 * space, so that none can add a header, and a byte that belongs to no character a question mark.
 * `content` is the one name that is put in as it is, lines and all.
 * Fails with ERR_INTERNAL, naming `name` and the line, where a name is not in `values` or not
 * closed.
 */
bool mail_template_render(struct scope *scope, const char *name, const char *source,
                          enum mail_escaping escaping, struct mail_values values,
                          struct buffer *out);

#endif
