-- Purpose: of rows that an import found, those that it changed are told from those that were as the file has them.

ALTER TABLE imports ADD COLUMN rows_unchanged bigint NOT NULL DEFAULT 0;
