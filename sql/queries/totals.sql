-- totals.sql - what row_totals keeps, compared with what is there, and mended

-- name: totals_compare
-- The table's own total first, then those of its key columns that differ. $2 is an array of their names.
SELECT key_column, key, kept, actual
  FROM row_totals_compare($1::regclass, VARIADIC $2::name[])
 WHERE key_column = '' OR kept <> actual;

-- name: totals_mend
-- The same, and mends them.
SELECT key_column, key, kept, actual
  FROM row_totals_mend($1::regclass, VARIADIC $2::name[])
 WHERE key_column = '' OR kept <> actual;

-- name: totals_fold
CALL row_totals_fold($1::regclass);
