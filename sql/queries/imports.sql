-- imports.sql - imports: ordered, carried out, swept

-- name: imports_add
-- Account, resource, file, whether it is an upload, format, mode, what of conflicts, dry run, bytes.
INSERT INTO imports (user_id, resource, file, is_upload, format, mode, on_conflict, dry_run, bytes_total)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
RETURNING id;

-- name: imports_set_job
UPDATE imports SET job_id = $2 WHERE id = $1;

-- name: imports_cancel
-- One that has a job leaves its state to that.
UPDATE imports SET cancel_requested_at = coalesce(cancel_requested_at, now())
WHERE id = $1 AND status IN ('queued', 'running')
RETURNING job_id;

-- name: imports_find_status
SELECT status FROM imports WHERE id = $1;

-- name: imports_rejects
-- Some refused rows behind that of line $2 and id $3: import, line, id, how many.
SELECT line, id, column_name, code, message, value FROM import_rejects
WHERE import_id = $1 AND (line, id) > ($2, $3)
ORDER BY line, id
LIMIT $4;

-- name: imports_lock
-- Waits for a transaction of whoever carried it out before.
SELECT FROM imports WHERE id = $1 FOR UPDATE;

-- name: imports_take
-- Makes the import the caller's, who is then the only one to go on with it; nothing when it is concluded.
UPDATE imports
SET attempt = attempt + 1, status = 'running', error = NULL, finished_at = NULL, started_at = coalesce(started_at, now())
WHERE id = $1 AND NOT concluded
RETURNING attempt, file, is_upload, format, mode, on_conflict, dry_run, bytes_total, bytes_read, line_read, rows_staged,
          staged_at IS NOT NULL, place_done, rows_total, rows_accepted, rows_updated, rows_unchanged, rows_skipped, rows_rejected;

-- name: imports_hold
-- Whether the import is still that of this attempt, until the transaction ends, and whether it is to be cancelled. What of
-- this transaction is lost with a crash of PostgreSQL is done again, so $3 lets its commit not wait for the disk. Whoever
-- holds a row that is to be written is waited for somewhat longer than by a request: much would be done in vain.
SELECT cancel_requested_at IS NOT NULL,
       set_config('synchronous_commit', CASE WHEN $3 THEN 'off' ELSE current_setting('synchronous_commit') END, true),
       set_config('lock_timeout', '10s', true)
FROM imports WHERE id = $1 AND attempt = $2 FOR KEY SHARE;

-- name: imports_is_cancelled
SELECT cancel_requested_at IS NOT NULL FROM imports WHERE id = $1;

-- name: imports_note_read
-- How far the file is read: id, attempt, bytes, line, rows staged, rows, rows rejected, progress.
UPDATE imports
SET bytes_read = $3, line_read = $4, rows_staged = $5, rows_total = $6, rows_rejected = $7, progress = $8
WHERE id = $1 AND attempt = $2;

-- name: imports_note_staged
-- All is read, and checked as a whole: id, attempt, rows staged, rows rejected.
UPDATE imports SET staged_at = now(), rows_staged = $3, rows_rejected = $4 WHERE id = $1 AND attempt = $2;

-- name: imports_note_written
-- How much is written: id, attempt, place, rows accepted, updated, unchanged, skipped, rejected, progress.
UPDATE imports
SET place_done = $3, rows_accepted = $4, rows_updated = $5, rows_unchanged = $6, rows_skipped = $7, rows_rejected = $8, progress = $9
WHERE id = $1 AND attempt = $2;

-- name: imports_begin_again
-- What was staged is lost, or is none: nothing is read, but what is written stays so, and stays told. Gives the rows that
-- were refused for good.
WITH undone AS (
    DELETE FROM import_rejects WHERE import_id = $1 AND line > (SELECT place_done FROM imports WHERE id = $1) RETURNING line
), kept AS (
    SELECT count(DISTINCT r.line) AS rows FROM import_rejects AS r, imports AS i
    WHERE i.id = $1 AND r.import_id = i.id AND r.line <= i.place_done
)
UPDATE imports
SET bytes_read = 0, line_read = 1, rows_staged = 0, staged_at = NULL, rows_total = 0, rows_rejected = kept.rows
FROM kept WHERE id = $1 AND attempt = $2
RETURNING rows_rejected;

-- name: imports_conclude
-- What became of it: id, attempt, status, error.
UPDATE imports SET concluded = true, status = $3, error = $4, finished_at = now(), progress = 1
WHERE id = $1 AND attempt = $2;

-- name: imports_forget_file
UPDATE imports SET file = NULL WHERE id = $1;

-- name: imports_find_table
-- Whether a table of this name is there: NULL where not.
SELECT to_regclass($1);

-- name: imports_stage
SELECT import_stage($1, $2::regclass, $3::name[], $4);

-- name: imports_index
SELECT import_index($1, $2);

-- name: imports_unstage
SELECT import_unstage($1);

-- name: imports_advance
SELECT import_advance($1::regclass, $2);

-- name: imports_defaults
-- What a table's columns are when nobody says: name, SQL.
SELECT a.attname, pg_get_expr(d.adbin, d.adrelid)
FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE d.adrelid = $1::regclass AND a.attgenerated = '';

-- name: imports_give_up
-- Ends what a job failed at or was cancelled in $1 seconds ago; and of those that keelctl began, what was to be cancelled by
-- then, or was begun $2 seconds ago.
UPDATE imports
SET concluded = true, status = CASE WHEN status = 'failed' THEN status ELSE 'cancelled' END, attempt = attempt + 1,
    finished_at = coalesce(finished_at, now())
WHERE NOT concluded AND (
    coalesce(finished_at, CASE WHEN job_id IS NULL THEN cancel_requested_at END) <= now() - make_interval(secs => $1::float8)
    OR (job_id IS NULL AND coalesce(started_at, created_at) <= now() - make_interval(secs => $2::float8)))
RETURNING id, import_unstage(id);

-- name: imports_needless_files
-- Uploads of what is concluded.
SELECT id, file FROM imports WHERE concluded AND is_upload AND file IS NOT NULL ORDER BY id LIMIT $1;

-- name: imports_remove_old
-- Forgets some that finished so many seconds ago: seconds, how many. A file that is still there first loses its name.
DELETE FROM imports WHERE id IN (
    SELECT id FROM imports
    WHERE concluded AND (file IS NULL OR NOT is_upload) AND finished_at <= now() - make_interval(secs => $1::float8)
    ORDER BY finished_at LIMIT $2)
RETURNING import_unstage(id);

-- name: imports_uses_file
SELECT EXISTS (SELECT FROM imports WHERE file = $1);

-- name: imports_find
-- What keelctl may go on with: of which resource, and whether it is a job's.
SELECT resource, job_id IS NOT NULL AND NOT concluded FROM imports WHERE id = $1;

-- name: imports_report
SELECT status, error, dry_run, rows_total, rows_accepted, rows_updated, rows_unchanged, rows_skipped, rows_rejected
FROM imports WHERE id = $1;

-- name: imports_outcome
-- What became of it, as its job tells it.
SELECT jsonb_build_object('status', status, 'rows_total', rows_total, 'rows_accepted', rows_accepted, 'rows_updated', rows_updated,
                          'rows_unchanged', rows_unchanged, 'rows_skipped', rows_skipped, 'rows_rejected', rows_rejected)
FROM imports WHERE id = $1;
