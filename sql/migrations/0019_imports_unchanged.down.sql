-- Takes back 0019_imports_unchanged: rows that were as the file has them count as updated, as they did before.
UPDATE imports SET rows_updated = rows_updated + rows_unchanged WHERE rows_unchanged > 0;
ALTER TABLE imports DROP COLUMN rows_unchanged;
