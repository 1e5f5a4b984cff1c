-- Purpose: how many rows a table has, and how many per category, kept as they change instead of counted when asked.

-- A total is the sum of its rows here: key_column '' and key 0 stand for the whole table, key_column
-- 'category_id' and key 7 for the rows whose category_id is 7. Deleted rows (is_active false) and
-- NULLs are not counted. There is no unique key on purpose: a writer takes any row of its key that
-- nobody holds and adds one where all are held. So writers neither wait for one another nor deadlock,
-- an import of an hour stands in nobody's way, and there are at most as many rows of a key as there
-- were ever writers of it at once. `keelctl recount` folds them into one again.
--
-- No index holds "rows", and the fill factor leaves room on every page: an update is then a heap-only
-- one, and the versions it leaves behind go with the next look at their page, long before a vacuum.
-- REPLICA IDENTITY FULL: without it a publication of all tables would refuse these updates.
CREATE TABLE row_totals (
    table_name text COLLATE "C" NOT NULL,
    key_column text COLLATE "C" NOT NULL,
    key        bigint NOT NULL,
    rows       bigint NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000);
ALTER TABLE row_totals REPLICA IDENTITY FULL;
CREATE INDEX row_totals_key_idx ON row_totals (table_name, key_column, key);

-- The text of a SELECT that gives a row (key_column, key, change) for every total that each live row
-- of "source" is part of: this alone says what is counted.
CREATE FUNCTION row_totals_select(counted regclass, key_columns name[], source text, change integer) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format('SELECT kept.key_column, kept.key, %s AS change FROM %s AS changed, LATERAL (VALUES (%L, 0::bigint)%s)'
                  ' AS kept (key_column, key) WHERE kept.key IS NOT NULL%s',
                  change, source, '',
                  (SELECT string_agg(format(', (%L, changed.%I::bigint)', k.name, k.name), '' ORDER BY k.place)
                     FROM unnest(key_columns) WITH ORDINALITY AS k (name, place)),
                  (SELECT ' AND changed.is_active' FROM pg_catalog.pg_attribute
                    WHERE attrelid = counted AND attname = 'is_active' AND NOT attisdropped))
$$;

-- What is kept and what is there, for every total of the table, its own first. One statement reads both,
-- so of one moment, whoever writes meanwhile: a difference is an error, and a further row that holds it
-- mends it.
CREATE FUNCTION row_totals_compare(counted regclass, VARIADIC key_columns name[] DEFAULT '{}')
RETURNS TABLE (key_column text, key bigint, kept bigint, actual bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY EXECUTE (
        SELECT format('SELECT key_column, key, coalesce(k.rows, 0)::bigint, coalesce(a.rows, 0)::bigint'
                      ' FROM (SELECT t.key_column, t.key, sum(t.rows) AS rows FROM %s.row_totals AS t'
                      '        WHERE t.table_name = %L GROUP BY 1, 2) AS k'
                      ' FULL JOIN (SELECT s.key_column, s.key, sum(s.change) AS rows'
                      '              FROM (%s UNION ALL SELECT %L, 0, 0) AS s GROUP BY 1, 2) AS a'
                      ' USING (key_column, key) ORDER BY 1, 2',
                      relnamespace::regnamespace, relname,
                      row_totals_select(counted, key_columns, counted::text, 1), '')
          FROM pg_catalog.pg_class WHERE oid = counted);
END
$$;

-- The same, and mends what differs.
CREATE FUNCTION row_totals_mend(counted regclass, VARIADIC key_columns name[] DEFAULT '{}')
RETURNS TABLE (key_column text, key bigint, kept bigint, actual bigint)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY
    WITH found AS MATERIALIZED (
        SELECT c.* FROM row_totals_compare(counted, VARIADIC key_columns) AS c
    ), mended AS (
        INSERT INTO row_totals
        SELECT relname, f.key_column, f.key, f.actual - f.kept
          FROM found AS f, pg_catalog.pg_class WHERE oid = counted AND f.kept <> f.actual
    )
    SELECT f.* FROM found AS f;
END
$$;

-- Folds the rows of each total into one, but for those that a writer holds, and takes away totals of 0.
-- Only what this statement deleted goes into the new row, so no writer's change can be lost or doubled.
CREATE PROCEDURE row_totals_fold(counted regclass)
LANGUAGE sql AS $$
    WITH free AS MATERIALIZED (
        SELECT t.ctid FROM row_totals AS t, pg_catalog.pg_class AS c
         WHERE c.oid = counted AND t.table_name = c.relname AND (t.key_column, t.key) IN (
            SELECT s.key_column, s.key FROM row_totals AS s
             WHERE s.table_name = c.relname
             GROUP BY s.key_column, s.key HAVING count(*) > 1 OR sum(s.rows) = 0)
           FOR NO KEY UPDATE OF t SKIP LOCKED
    ), gone AS (
        DELETE FROM row_totals AS t USING free WHERE t.ctid = free.ctid RETURNING t.*
    )
    INSERT INTO row_totals
    SELECT table_name, key_column, key, sum(rows) FROM gone GROUP BY 1, 2, 3 HAVING sum(rows) <> 0
$$;

-- TRUNCATE has no rows to show, and leaves none.
CREATE FUNCTION row_totals_truncate() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DELETE FROM %I.row_totals WHERE table_name = $1', TG_TABLE_SCHEMA) USING TG_TABLE_NAME;
    RETURN NULL;
END
$$;

-- Has the table counted from now on, as a whole and per value of each key column (of a whole type). The
-- triggers fire once per statement, however many rows it writes; for each the table gets a function with
-- its own columns in it, as a plan is kept for fixed SQL only. Their arguments name the key columns for
-- `keelctl check`. The function locks a row first and updates it in a second statement, which sees what
-- was committed until the lock was taken; a single one would miss it.
CREATE PROCEDURE count_rows(counted regclass, VARIADIC key_columns name[] DEFAULT '{}')
LANGUAGE plpgsql AS $count$
DECLARE
    home text;
    name text;
    event record;
BEGIN
    SELECT relnamespace::regnamespace, relname INTO home, name FROM pg_catalog.pg_class WHERE oid = counted;
    FOR event IN
        SELECT v.name, v.tables, concat_ws(' UNION ALL ',
                   CASE WHEN v.tables ~ 'new_rows' THEN row_totals_select(counted, key_columns, 'new_rows', 1) END,
                   CASE WHEN v.tables ~ 'old_rows' THEN row_totals_select(counted, key_columns, 'old_rows', -1) END) AS changes
          FROM (VALUES ('insert', 'NEW TABLE AS new_rows'),
                       ('update', 'OLD TABLE AS old_rows NEW TABLE AS new_rows'),
                       ('delete', 'OLD TABLE AS old_rows')) AS v (name, tables)
    LOOP
        EXECUTE format($create$
            CREATE FUNCTION %1$s.%2$I() RETURNS trigger LANGUAGE plpgsql AS $body$
            DECLARE
                total record;
                place tid;
            BEGIN
                FOR total IN
                    SELECT key_column, key, sum(change) AS change
                      FROM (%3$s) AS changes GROUP BY key_column, key HAVING sum(change) <> 0
                LOOP
                    SELECT ctid INTO place FROM %1$s.row_totals AS t
                     WHERE t.table_name = %4$L AND t.key_column = total.key_column AND t.key = total.key
                     LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
                    IF FOUND THEN
                        UPDATE %1$s.row_totals SET rows = rows + total.change WHERE ctid = place;
                    ELSE
                        INSERT INTO %1$s.row_totals VALUES (%4$L, total.key_column, total.key, total.change);
                    END IF;
                END LOOP;
                RETURN NULL;
            END
            $body$;
            CREATE TRIGGER %2$I AFTER %5$s ON %6$s REFERENCING %7$s
                FOR EACH STATEMENT EXECUTE FUNCTION %1$s.%2$I(%8$s)
            $create$, home, name || '_count_' || event.name, event.changes, name, event.name, counted, event.tables,
            (SELECT string_agg(quote_literal(k), ', ') FROM unnest(key_columns) AS k));
    END LOOP;
    EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION row_totals_truncate()',
                   name || '_count_truncate', counted);
    PERFORM row_totals_mend(counted, VARIADIC key_columns);
END
$count$;

-- Takes count_rows() back.
CREATE PROCEDURE count_rows_stop(counted regclass)
LANGUAGE plpgsql AS $$
DECLARE
    home text;
    name text;
    event text;
BEGIN
    SELECT relnamespace::regnamespace, relname INTO home, name FROM pg_catalog.pg_class WHERE oid = counted;
    EXECUTE format('DROP TRIGGER %I ON %s', name || '_count_truncate', counted);
    FOREACH event IN ARRAY ARRAY['insert', 'update', 'delete'] LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', name || '_count_' || event, counted);
        EXECUTE format('DROP FUNCTION %s.%I()', home, name || '_count_' || event);
    END LOOP;
    EXECUTE format('DELETE FROM %s.row_totals WHERE table_name = %L', home, name);
END
$$;

CALL count_rows('categories');
CALL count_rows('items', 'category_id');

INSERT INTO permissions (name, summary) VALUES ('categories:deleted', 'See deleted categories.');
INSERT INTO role_permissions (role, permission) VALUES ('admin', 'categories:deleted'), ('editor', 'categories:deleted');
