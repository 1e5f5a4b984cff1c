/* openapi_parts.h - what the files that write the OpenAPI document share */
#ifndef KEEL_HTTP_OPENAPI_PARTS_H
#define KEEL_HTTP_OPENAPI_PARTS_H

#include "keel/core/buffer.h"
#include "keel/http/route.h"
#include "keel/model/parameter.h"

/* What a schema among the components is of its model. */
enum openapi_schema_kind {
    SCHEMA_ROW,         /* the READ columns */
    SCHEMA_LIST,        /* a page of rows */
    SCHEMA_WHOLE,       /* all rows there are */
    SCHEMA_REPLY,       /* the envelope around a row */
    SCHEMA_LIST_REPLY,  /* the envelope around a page */
    SCHEMA_WHOLE_REPLY, /* the envelope around them */
    SCHEMA_CREATE,      /* the body that adds */
    SCHEMA_REPLACE,     /* the body of PUT */
    SCHEMA_PATCH,       /* the body of PATCH */
    SCHEMA_BULK,        /* the body of many operations */
    SCHEMA_BULK_RESULT, /* what became of them */
    SCHEMA_BULK_REPLY,  /* the envelope around that */
    SCHEMA_EMPTY,       /* the envelope around nothing; belongs to no model */
    SCHEMA_PAGINATION,  /* the same for all lists */
    SCHEMA_FIELD_ERROR,
    SCHEMA_ERROR_DETAILS,
};

struct openapi_schema {
    const struct model *model;
    enum openapi_schema_kind kind;
};

/* More error answers of different sets of kinds than routes can have. */
#define OPENAPI_ANSWER_MAX 64

/*
 * The document on its way. Components are written last: those that something has referred to by
 * then, so that none is missing and none is there for nothing.
 */
struct openapi {
    struct scope *scope;
    struct modules modules;
    struct buffer *out;
    struct openapi_schema *schemas;
    size_t schema_count, schema_capacity;
    unsigned answers[OPENAPI_ANSWER_MAX]; /* ERROR_BIT()s of one status */
    size_t answer_count;
    unsigned conditions; /* 1u << enum openapi_condition */
    unsigned headers;    /* 1u << enum openapi_header */
};

/* Request headers that several operations take. */
enum openapi_condition {
    CONDITION_IF_MATCH,
    CONDITION_IF_NONE_MATCH,
    CONDITION_IDEMPOTENCY_KEY,
    CONDITION_COUNT
};

/* Headers of answers. */
enum openapi_header {
    HEADER_REQUEST_ID,
    HEADER_ETAG,
    HEADER_LOCATION,
    HEADER_RETRY_AFTER,
    HEADER_CHALLENGE,
    HEADER_REPLAYED,
    HEADER_DISPOSITION,
    HEADER_COUNT
};

/* Where a column's schema stands; a query has no null, and a reply promises less. */
enum openapi_side { SIDE_REPLY, SIDE_BODY, SIDE_QUERY };

/* openapi_column.c */
void openapi_put_column(struct openapi *openapi, const struct column *column,
                        enum openapi_side side, const char *name);

/*
 * openapi_schemas.c: the member $ref of the object that is open, a whole `"name":{"$ref":...}`, and
 * the components that were referred to
 */
void openapi_put_reference(struct openapi *openapi, const struct model *model,
                           enum openapi_schema_kind kind);
void openapi_put_schema(struct openapi *openapi, const char *name, const struct model *model,
                        enum openapi_schema_kind kind);
void openapi_write_schemas(struct openapi *openapi);

/* openapi_rows.c: the schemas of rows and bodies */
void openapi_write_row(struct openapi *openapi, const struct model *model);
void openapi_write_body(struct openapi *openapi, const struct model *model, unsigned use);

/* openapi_bulk.c */
void openapi_write_bulk(struct openapi *openapi, const struct model *model);
void openapi_write_bulk_result(struct openapi *openapi, const struct model *model);

/*
 * openapi_envelope.c: the schemas of what all answers and lists have; a reply without `data` has
 * null there. An envelope's own members stand between its opening and its closing.
 */
void openapi_write_reply(struct openapi *openapi, const struct openapi_schema *data);
void openapi_write_list(struct openapi *openapi, const struct model *model);
void openapi_write_whole(struct openapi *openapi, const struct model *model);
void openapi_write_pagination(struct openapi *openapi);
void openapi_write_field_error(struct openapi *openapi);
void openapi_write_error_details(struct openapi *openapi);
void openapi_open_envelope(struct openapi *openapi, bool success);
void openapi_close_envelope(struct openapi *openapi, bool success);

/* openapi_example.c */
void openapi_put_body_example(struct openapi *openapi, const struct route *route);
void openapi_put_reply_example(struct openapi *openapi, const struct route *route);
void openapi_put_error_example(struct openapi *openapi, enum error_kind kind);

/* openapi_parameters.c */
void openapi_write_parameters(struct openapi *openapi, const struct route *route,
                              const struct module *module);
void openapi_write_conditions(struct openapi *openapi);

/* openapi_query.c */
void openapi_put_query(struct openapi *openapi, const struct parameter *parameter);

/* openapi_replies.c: bodies that are files, by their media types */
void openapi_put_media(struct openapi *openapi, const struct media *media);

/* openapi_replies.c; `set` is of 1u << enum openapi_header, `kinds` of ERROR_BIT()s of one status
 */
void openapi_write_replies(struct openapi *openapi, const struct route *route);
void openapi_put_headers(struct openapi *openapi, unsigned set);
void openapi_write_headers(struct openapi *openapi);
const char *openapi_answer_name(struct openapi *openapi, unsigned kinds);

/* openapi_answers.c */
void openapi_write_answers(struct openapi *openapi);

/* openapi_paths.c */
void openapi_write_paths(struct openapi *openapi);

#endif
