/* scope.c - what one unit of work owns and may use, and its first error */
#include "keel/core/scope.h"

#include "keel/core/clock.h"

#include <string.h>

void scope_begin(struct scope *scope, const struct config *config, struct db *db, struct log *log)
{
    *scope = (struct scope){.config = config, .db = db, .log = log, .now = clock_now_us()};
    arena_init(&scope->arena);
}

void scope_end(struct scope *scope)
{
    arena_free(&scope->arena);
    scope->error = (struct error){0};
}

void scope_clear_error(struct scope *scope)
{
    scope->error = (struct error){0};
}

bool fail_and_keep(struct scope *scope)
{
    scope->error.keeps = true;
    return false;
}

bool fail_memory(struct scope *scope)
{
    scope->short_of_memory = true;
    if (scope->error.kind == ERR_NONE) {
        /* Nothing may be allocated here, so both texts are constants. */
        scope->error.kind = ERR_UNAVAILABLE;
        scope->error.message = "The server is short of memory; try again";
        scope->error.detail = "out of memory";
        scope->error.retry_after = 1;
    }
    return false;
}

bool fail(struct scope *scope, enum error_kind kind, const char *format, ...)
{
    va_list arguments;

    if (scope->error.kind != ERR_NONE)
        return false;
    va_start(arguments, format);
    const char *message = arena_vformat(&scope->arena, format, arguments);

    va_end(arguments);
    if (!message)
        return fail_memory(scope);
    scope->error.kind = kind;
    scope->error.message = message;
    return false;
}

static const char *name_within(struct scope *scope, const char *field)
{
    if (scope->within)
        return arena_format(&scope->arena, "%s.%s", scope->within, field);
    return arena_copy(&scope->arena, field, strlen(field));
}

/* NULL where there is no memory, also for the message itself. */
static const char *say_within(struct scope *scope, const char *part, const char *message)
{
    return part && message ? arena_format(&scope->arena, "In %s: %s", part, message) : message;
}

bool fail_field(struct scope *scope, const char *field, const char *code, const char *format, ...)
{
    va_list arguments;

    if (scope->error.kind != ERR_NONE && scope->error.kind != ERR_VALIDATION)
        return false;
    if (scope->error.field_count == FIELD_ERROR_MAX)
        return false;
    struct field_error *entry = arena_alloc(&scope->arena, sizeof *entry);

    va_start(arguments, format);
    const char *message = arena_vformat(&scope->arena, format, arguments);

    va_end(arguments);
    const char *name = name_within(scope, field);

    message = say_within(scope, scope->within, message);
    if (!entry || !message || !name)
        return fail_memory(scope);
    *entry = (struct field_error){.field = name, .code = code, .message = message};
    if (scope->error.kind == ERR_NONE) {
        scope->error.kind = ERR_VALIDATION;
        scope->error.message = message;
    }
    if (scope->error.last_field)
        scope->error.last_field->next = entry;
    else
        scope->error.fields = entry;
    scope->error.last_field = entry;
    scope->error.field_count++;
    return false;
}

bool fail_within(struct scope *scope, const char *part)
{
    const char *name = arena_copy(&scope->arena, part, strlen(part));
    const char *message = say_within(scope, part, scope->error.message);

    /* Lack of memory is the fault of no part. */
    if (scope->error.kind == ERR_NONE || scope->error.kind == ERR_UNAVAILABLE ||
        scope->error.fields)
        return false;
    if (!name || !message) {
        scope_clear_error(scope);
        return fail_memory(scope);
    }
    scope->error.part = name;
    scope->error.message = message;
    return false;
}

bool fail_detail(struct scope *scope, const char *format, ...)
{
    va_list arguments;

    if (scope->error.detail)
        return false;
    va_start(arguments, format);
    scope->error.detail = arena_vformat(&scope->arena, format, arguments);
    va_end(arguments);
    return false;
}

bool fail_as(struct scope *scope, const struct scope *part)
{
    const struct error *error = &part->error;

    if (part->short_of_memory)
        scope->short_of_memory = true;
    if (error->kind == ERR_NONE || scope->error.kind != ERR_NONE)
        return false;
    fail(scope, error->kind, "%s", error->message);
    scope->error.retry_after = error->retry_after;
    scope->error.locked = error->locked;
    scope->error.retryable = error->retryable;
    return error->detail ? fail_detail(scope, "%s", error->detail) : false;
}

void *scope_alloc(struct scope *scope, size_t size)
{
    void *memory = arena_alloc(&scope->arena, size);

    if (!memory)
        fail_memory(scope);
    return memory;
}

char *scope_copy(struct scope *scope, const char *text, size_t length)
{
    char *copy = arena_copy(&scope->arena, text, length);

    if (!copy)
        fail_memory(scope);
    return copy;
}

char *scope_format(struct scope *scope, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *text = arena_vformat(&scope->arena, format, arguments);

    va_end(arguments);
    if (!text)
        fail_memory(scope);
    return text;
}

bool scope_may(const struct scope *scope, const char *permission)
{
    if (!scope->caller)
        return false;
    for (size_t i = 0; i < scope->caller->permission_count; i++) {
        if (strcmp(scope->caller->permissions[i], permission) == 0)
            return true;
    }
    return false;
}
