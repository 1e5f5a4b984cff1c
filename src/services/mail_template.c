/* mail_template.c - texts with {{name}} in them, and with parts that are only there with a name */
#include "mail_template.h"

#include "keel/core/text.h"

#include <string.h>

/* How many parts may stand in each other. */
#define DEPTH_MAX 8

/* Bytes of a value; what is longer is cut (what a client calls itself may be kilobytes). */
#define VALUE_SIZE_MAX 2048

struct rendering {
    struct scope *scope;
    const char *name;   /* of the template, for errors */
    const char *source; /* its beginning */
    enum mail_escaping escaping;
    struct mail_values values;
    struct buffer *out;
    struct {
        const char *name;
        size_t length;
        bool is_hidden; /* by itself or by what it stands in */
    } parts[DEPTH_MAX];
    size_t depth;
};

/* What stands between {{ and }}. */
struct tag {
    const char *at;
    char sign; /* '#', '^', '/' or 0 */
    const char *name;
    size_t length;
};

static bool refuse(const struct rendering *rendering, const char *at, const char *why)
{
    size_t line = 1;

    for (const char *c = rendering->source; c < at; c++)
        line += *c == '\n';
    fail(rendering->scope, ERR_INTERNAL, "A mail could not be written");
    return fail_detail(rendering->scope, "%s:%zu: %s", rendering->name, line, why);
}

static const struct mail_value *find_value(const struct rendering *rendering, const struct tag *tag)
{
    for (size_t i = 0; i < rendering->values.count; i++) {
        const struct mail_value *value = &rendering->values.list[i];

        if (strlen(value->name) == tag->length && memcmp(value->name, tag->name, tag->length) == 0)
            return value;
    }
    return NULL;
}

static bool is_hidden(const struct rendering *rendering)
{
    return rendering->depth > 0 && rendering->parts[rendering->depth - 1].is_hidden;
}

/* The entity that HTML wants for a character; NULL for one that may stand as it is. */
static const char *find_entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Claim: it would end or bend the line: a control character (U+0080 to U+009F too), U+2028, U+2029.
 */
static bool breaks_lines(const char *character, size_t size)
{
    unsigned char c = (unsigned char)*character;

    if (size == 2)
        return c == 0xC2 && (unsigned char)character[1] < 0xA0;
    if (size == 3)
        return memcmp(character, "\xE2\x80\xA8", 3) == 0 ||
               memcmp(character, "\xE2\x80\xA9", 3) == 0;
    return size == 1 && (c < ' ' || c == 0x7F);
}

static void add_value(const struct rendering *rendering, const struct mail_value *value)
{
    struct buffer *out = rendering->out;
    const char *text = value->text ? value->text : "";
    size_t length = strnlen(text, VALUE_SIZE_MAX);
    size_t step;

    if (strcmp(value->name, "content") == 0) {
        buffer_add_text(out, text);
        return;
    }
    for (size_t i = 0; i < length; i += step) {
        size_t size = text_measure_character(text + i, length - i);
        const char *entity = rendering->escaping == MAIL_HTML ? find_entity(text[i]) : NULL;

        step = size ? size : 1;
        if (size == 0)
            buffer_add_char(out, '?');
        else if (breaks_lines(text + i, size))
            buffer_add_char(out, ' ');
        else if (entity)
            buffer_add_text(out, entity);
        else
            buffer_add(out, text + i, size);
    }
}

static bool open_part(struct rendering *rendering, const struct tag *tag,
                      const struct mail_value *value)
{
    bool has_value = value->text && *value->text;
    bool hides = tag->sign == '#' ? !has_value : has_value;

    if (rendering->depth == DEPTH_MAX)
        return refuse(rendering, tag->at, "too many parts stand in each other");
    bool hidden = is_hidden(rendering) || hides;

    rendering->parts[rendering->depth].name = tag->name;
    rendering->parts[rendering->depth].length = tag->length;
    rendering->parts[rendering->depth].is_hidden = hidden;
    rendering->depth++;
    return true;
}

static bool close_part(struct rendering *rendering, const struct tag *tag)
{
    size_t last = rendering->depth - 1;

    if (rendering->depth == 0 || rendering->parts[last].length != tag->length ||
        memcmp(rendering->parts[last].name, tag->name, tag->length) != 0)
        return refuse(rendering, tag->at, "this closes nothing that is open");
    rendering->depth--;
    return true;
}

static bool take_tag(struct rendering *rendering, const struct tag *tag)
{
    const struct mail_value *value = find_value(rendering, tag);

    if (tag->sign == '/')
        return close_part(rendering, tag);
    if (!value)
        return refuse(rendering, tag->at, "there is no value of this name");
    if (tag->sign)
        return open_part(rendering, tag, value);
    if (!is_hidden(rendering))
        add_value(rendering, value);
    return true;
}

/* Reads the tag that begins at `at`; the place behind it, or NULL when it has no end. */
static const char *read_tag(const char *at, struct tag *tag)
{
    const char *end = strstr(at, "}}");

    if (!end)
        return NULL;
    *tag = (struct tag){.at = at, .name = at + 2, .length = (size_t)(end - at) - 2};
    if (tag->length > 0 && strchr("#^/", *tag->name)) {
        tag->sign = *tag->name++;
        tag->length--;
    }
    return end + 2;
}

bool mail_template_render(struct scope *scope, const char *name, const char *source,
                          enum mail_escaping escaping, struct mail_values values,
                          struct buffer *out)
{
    struct rendering rendering = {scope, name, source, escaping, values, out, {{0}}, 0};
    const char *at = source;
    struct tag tag = {.at = source};

    while (*at) {
        const char *open = strstr(at, "{{");
        size_t length = open ? (size_t)(open - at) : strlen(at);

        if (!is_hidden(&rendering))
            buffer_add(out, at, length);
        if (!open)
            break;
        at = read_tag(open, &tag);
        if (!at)
            return refuse(&rendering, open, "{{ has no }}");
        if (!take_tag(&rendering, &tag))
            return false;
    }
    if (rendering.depth > 0)
        return refuse(&rendering, tag.at, "a part is not closed");
    return !out->failed || fail_memory(scope);
}
