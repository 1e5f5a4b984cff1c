-- Purpose: rows that come from files: what was asked for, how far it is, and which rows were refused and why.

-- `status` follows the job until the import is `concluded`: whoever read the file has said what became of it. `attempt` only
-- rises: who has begun later is the one who goes on. The file is read up to `bytes_read` and line `line_read`, and what was
-- read lies in a table of its own, import_<id>, complete since `staged_at`; of that, everything up to `place_done` is
-- written or refused. Nothing refers to accounts or jobs: an import outlives both.
CREATE TABLE imports (
    id                  bigint GENERATED ALWAYS AS IDENTITY,
    job_id              bigint,
    user_id             bigint,
    resource            text NOT NULL,
    file                text,
    is_upload           boolean NOT NULL,
    format              text NOT NULL,
    mode                text NOT NULL,
    on_conflict         text NOT NULL,
    dry_run             boolean NOT NULL,
    status              text NOT NULL DEFAULT 'queued',
    concluded           boolean NOT NULL DEFAULT false,
    error               text,
    attempt             integer NOT NULL DEFAULT 0,
    cancel_requested_at timestamptz,
    bytes_total         bigint NOT NULL,
    bytes_read          bigint NOT NULL DEFAULT 0,
    line_read           bigint NOT NULL DEFAULT 1,
    rows_staged         bigint NOT NULL DEFAULT 0,
    staged_at           timestamptz,
    place_done          bigint NOT NULL DEFAULT 0,
    progress            numeric(5,4) NOT NULL DEFAULT 0,
    rows_total          bigint NOT NULL DEFAULT 0,
    rows_accepted       bigint NOT NULL DEFAULT 0,
    rows_updated        bigint NOT NULL DEFAULT 0,
    rows_skipped        bigint NOT NULL DEFAULT 0,
    rows_rejected       bigint NOT NULL DEFAULT 0,
    created_at          timestamptz NOT NULL DEFAULT now(),
    started_at          timestamptz,
    finished_at         timestamptz,
    CONSTRAINT imports_pkey PRIMARY KEY (id),
    CONSTRAINT imports_format_known CHECK (format IN ('csv', 'ndjson')),
    CONSTRAINT imports_mode_known CHECK (mode IN ('all_or_nothing', 'best_effort')),
    CONSTRAINT imports_on_conflict_known CHECK (on_conflict IN ('error', 'skip', 'update')),
    CONSTRAINT imports_status_known CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    CONSTRAINT imports_progress_range CHECK (progress BETWEEN 0 AND 1),
    CONSTRAINT imports_finished_at_when_done CHECK ((status IN ('queued', 'running')) = (finished_at IS NULL))
);

-- Lists, newest first: of an account, of a resource. What is finished goes after a while.
CREATE UNIQUE INDEX imports_job_id_key ON imports (job_id);
CREATE INDEX imports_user_id_idx ON imports (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX imports_resource_idx ON imports (resource, id);
CREATE INDEX imports_finished_at_idx ON imports (finished_at) WHERE finished_at IS NOT NULL;

-- Several of one line where several of its cells are wrong. `value` is the cell as it was, cut where it is long.
CREATE TABLE import_rejects (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    import_id   bigint NOT NULL,
    line        bigint NOT NULL,
    column_name text,
    code        text NOT NULL,
    message     text NOT NULL,
    value       text,
    CONSTRAINT import_rejects_pkey PRIMARY KEY (import_id, line, id),
    CONSTRAINT import_rejects_import_id_fkey FOREIGN KEY (import_id) REFERENCES imports (id) ON DELETE CASCADE
);

-- What becomes of the job becomes of the import until that is concluded: it may fail, be cancelled, and be run again.
CREATE FUNCTION imports_follow_job() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE imports
    SET status = NEW.state,
        finished_at = NEW.finished_at,
        error = CASE NEW.state WHEN 'failed' THEN 'It could not be finished, for a reason that does not lie in the file' END,
        cancel_requested_at = CASE NEW.state WHEN 'queued' THEN NULL ELSE cancel_requested_at END
    WHERE job_id = NEW.id AND NOT concluded;
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_followed_by_imports AFTER UPDATE OF state ON jobs
    FOR EACH ROW WHEN (NEW.kind = 'import' AND NEW.state <> 'succeeded' AND NEW.state <> OLD.state)
    EXECUTE FUNCTION imports_follow_job();

-- The application makes no tables, so these functions do it as their owner, for whoever may write imports and the
-- table in question. They work in this schema alone, whatever the caller's search path.
DO $do$
DECLARE
    made record;
BEGIN
    FOR made IN VALUES
    -- An empty table for the rows of an import, with columns as the resource's table has them. Unlogged: a crash of
    -- PostgreSQL empties it, and the file is read again. Logged where the order of the rows is made from
    -- what the database holds, and could come out differently the next time.
    ('import_stage(import bigint, resource regclass, names name[], logged boolean)', $body$
        BEGIN
            PERFORM import_require(resource);
            EXECUTE format('CREATE %s TABLE import_%s AS SELECT 0::bigint AS "import.line", 0::bigint AS "import.place",'
                           ' 0::bigint AS "import.given"%s FROM %s WITH NO DATA',
                           CASE WHEN NOT logged THEN 'UNLOGGED' END, import,
                           (SELECT string_agg(format(', %I', n.name), '' ORDER BY n.place)
                              FROM unnest(names) WITH ORDINALITY AS n (name, place)), resource);
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON import_%s TO %I', import, session_user);
        END
    $body$),
    -- Its rows are all there: what finds them, and what the planner should know.
    ('import_index(import bigint, has_id boolean)', $body$
        BEGIN
            PERFORM import_require('imports');
            EXECUTE format('CREATE UNIQUE INDEX IF NOT EXISTS import_%1$s_place_key ON import_%1$s ("import.place")', import);
            IF has_id THEN
                EXECUTE format('CREATE INDEX IF NOT EXISTS import_%1$s_id_idx ON import_%1$s (id)', import);
            END IF;
            EXECUTE format('ANALYZE import_%s', import);
        END
    $body$),
    ('import_unstage(import bigint)', $body$
        BEGIN
            PERFORM import_require('imports');
            EXECUTE format('DROP TABLE IF EXISTS import_%s', import);
        END
    $body$),
    -- Has the identity go on behind the ids that a file brings along. Others take numbers meanwhile, and setval() could
    -- lead back behind theirs: it is used only where so much lies between that nobody gets that far in a moment.
    ('import_advance(resource regclass, beyond bigint)', $body$
        DECLARE
            numbers regclass := pg_get_serial_sequence(resource::text, 'id');
            reached bigint;
        BEGIN
            PERFORM import_require(resource);
            IF numbers IS NULL OR beyond > 9007199254740991 THEN
                RETURN;
            END IF;
            EXECUTE format('SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END FROM %s', numbers) INTO reached;
            IF beyond - reached > 100000 THEN
                PERFORM setval(numbers, beyond);
            ELSE
                PERFORM nextval(numbers) FROM generate_series(reached + 1, beyond);
            END IF;
        END
    $body$)
    LOOP
        EXECUTE format('CREATE FUNCTION %s RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = %I, pg_temp AS %L',
                       made.column1, current_schema(), made.column2);
    END LOOP;
    EXECUTE format('CREATE FUNCTION import_require(resource regclass) RETURNS void LANGUAGE plpgsql SET search_path = %I, pg_temp AS %L',
                   current_schema(), $body$
        BEGIN
            IF (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = resource) <> quote_ident(current_schema())
               OR NOT has_table_privilege(session_user, 'imports', 'UPDATE')
               OR NOT has_table_privilege(session_user, resource, 'INSERT') THEN
                RAISE insufficient_privilege USING MESSAGE = 'whoever imports must be allowed to write imports and the table';
            END IF;
        END
    $body$);
END
$do$;

INSERT INTO permissions (name, summary) VALUES
    ('imports:read',  'See imports, and which rows they refused.'),
    ('imports:write', 'Cancel imports.');
INSERT INTO role_permissions (role, permission) VALUES
    ('admin', 'imports:read'), ('admin', 'imports:write'), ('editor', 'imports:read'), ('editor', 'imports:write');
