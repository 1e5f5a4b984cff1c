-- audit.sql - who did what to which row

-- name: audit_add
-- One entry for each row that a request wrote: account, session, key, route, method, status, table, address, request,
-- and as arrays the rows' ids and what changed in each.
INSERT INTO audit_log (user_id, session_id, api_key_id, route, method, status, table_name, address, request_id, row_id, changes)
SELECT $1, $2, $3, $4, $5, $6, $7, $8::inet, $9, written.row_id, written.changes
FROM unnest($10::bigint[], $11::jsonb[]) WITH ORDINALITY AS written (row_id, changes, place)
ORDER BY place;

-- name: audit_may_purge
-- Whether this role may remove entries.
SELECT has_table_privilege('audit_log', 'DELETE');

-- name: audit_may_trim
-- Whether this role may have old entries removed.
SELECT has_function_privilege('audit_log_trim(integer, integer)', 'EXECUTE');

-- name: audit_trim
-- Has some of what is older than so many days removed, as the schema lets the application: days, how many at most.
SELECT audit_log_trim($1, $2);

-- name: audit_purge
-- Removes some of what is older than so many days: days, how many at most.
DELETE FROM audit_log WHERE id IN (
    SELECT id FROM audit_log WHERE at < now() - make_interval(days => $1) ORDER BY at LIMIT $2
);

-- name: audit_list
-- For operators: the newest entries, with their accounts' addresses. Account, table, row, time since, how many; NULL
-- asks for any.
SELECT to_char(a.at, 'YYYY-MM-DD HH24:MI:SS'), coalesce(u.email, a.user_id::text), a.api_key_id, a.route, a.status,
       a.table_name || coalesce('/' || a.row_id, ''), host(a.address), a.changes
FROM audit_log a
LEFT JOIN users u ON u.id = a.user_id
WHERE ($1::bigint IS NULL OR a.user_id = $1)
  AND ($2::text IS NULL OR a.table_name = $2)
  AND ($3::bigint IS NULL OR a.row_id = $3)
  AND ($4::timestamptz IS NULL OR a.at >= $4)
ORDER BY a.at DESC, a.id DESC
LIMIT $5;
