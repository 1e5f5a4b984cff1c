/* json_scan.h - says whether a text is one JSON value (RFC 8259), without building it */
#ifndef KEEL_CORE_JSON_SCAN_H
#define KEEL_CORE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* What a scan found. */
struct json_facts {
    size_t start;        /* the value without the white space around it: from this byte ... */
    size_t end;          /* ... up to this one */
    size_t members;      /* of all objects together, duplicates counted */
    size_t elements;     /* of all arrays together */
    size_t containers;   /* objects and arrays */
    const char *problem; /* NULL, or what is wrong (a constant) ... */
    size_t at;           /* ... and at which byte, counted from 0 */
};

/*
 * Claim: `text` is one JSON value within the limits of json.h. All that json_parse() refuses is
 * refused here, but for duplicate keys. Takes no memory; its recursion ends at JSON_MAX_DEPTH.
 */
bool json_scan(const char *text, size_t length, struct json_facts *facts);

#endif
