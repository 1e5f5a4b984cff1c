/* thing.c - a resource with a column of every kind, for tests of the model engine */
#include "thing.h"

static const struct column columns[] = {
    {INT(struct thing, id), .uses = READ | SORT, .doc = "Identifier."},
    {TEXT(struct thing, name), .uses = READ | CREATE | UPDATE | REQUIRE | SORT | FILTER, .min = 2,
     .max = 8, .doc = "Name."},
    {TEXT(struct thing, note), .uses = READ | CREATE | UPDATE, .nullable = true, .doc = "Note."},
    {DECIMAL(struct thing, price), .uses = READ | CREATE | UPDATE | REQUIRE | SORT | RANGE,
     .digits = 6, .scale = 2, .max = 10000, .doc = "Price."},
    {INT(struct thing, amount), .uses = READ | CREATE | UPDATE | SORT | RANGE, .max = 100,
     .doc = "Amount."},
    {MAYBE_INT(struct thing, parent_id), .uses = READ | CREATE | UPDATE | FILTER,
     .references = &things_model, .doc = "Parent."},
    {BOOL(struct thing, is_open), .uses = READ | CREATE | UPDATE | FILTER, .doc = "Open."},
    {TIME(struct thing, due_at), .uses = READ | CREATE | UPDATE | FILTER, .nullable = true,
     .doc = "Due."},
    {TEXT(struct thing, secret), .uses = CREATE, .format = "password", .nullable = true, .min = 4,
     .max = 6, .doc = "Secret."},
    {TEXT(struct thing, email), .uses = READ | CREATE | UPDATE, .format = "email", .nullable = true,
     .max = 20, .doc = "Address."},
    {JSON(struct thing, tags), .uses = READ, .expression = "SELECT json_build_array(name, amount)",
     .doc = "Computed."},
    {INT(struct thing, children), .uses = READ | ASKED,
     .expression = "SELECT count(*) FROM things AS child WHERE child.parent_id = things.id",
     .doc = "How many have it as their parent."},
    {BOOL(struct thing, is_active), .uses = READ, .doc = "False: deleted."},
    {INT(struct thing, version), .uses = READ, .doc = "Version."},
    {TIME(struct thing, created_at), .uses = READ | SORT | RANGE, .doc = "Made."},
};

const struct model things_model = {
    .name = "Thing",
    .plural = "things",
    .table = "things",
    COLUMNS(columns),
    .size = sizeof(struct thing),
    .order = "-created_at",
    .soft_delete = true,
};

const char things_table[] =
    "CREATE TABLE things (id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT things_pkey PRIMARY "
    "KEY,"
    " name varchar(8) NOT NULL CONSTRAINT things_name_key UNIQUE, note text,"
    " price numeric(6,2) NOT NULL, amount int NOT NULL DEFAULT 7"
    " CONSTRAINT things_amount_range CHECK (amount <> 13),"
    " parent_id bigint CONSTRAINT things_parent_id_fkey REFERENCES things,"
    " is_open boolean NOT NULL DEFAULT true, due_at timestamptz, secret text, email text,"
    " is_active boolean NOT NULL DEFAULT true, version int NOT NULL DEFAULT 1,"
    " created_at timestamptz NOT NULL DEFAULT now())";
