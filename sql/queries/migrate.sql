-- migrate.sql - the migrator's record of what was applied, and its lock

-- name: migrate_table_exists
-- Whether this database has ever been migrated; asking makes nothing.
SELECT to_regclass('schema_migrations') IS NOT NULL;

-- name: migrate_table_create
-- Made by the migrator itself: it must be there before the first migration.
CREATE TABLE IF NOT EXISTS schema_migrations (
    version     bigint      NOT NULL CONSTRAINT schema_migrations_pkey PRIMARY KEY,
    name        text        NOT NULL,
    checksum    text        NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT now(),
    duration_us bigint      NOT NULL,
    applied_by  text        NOT NULL DEFAULT current_user,
    changes     text        NOT NULL DEFAULT ''
);

-- name: migrate_table_has_changes
SELECT EXISTS (SELECT FROM pg_attribute
                WHERE attrelid = to_regclass('schema_migrations') AND attname = 'changes' AND NOT attisdropped);

-- name: migrate_table_add_changes
-- Tables that an older migrator made do not have it.
ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS changes text NOT NULL DEFAULT '';

-- name: migrate_version
-- The newest version applied, 0 for none.
SELECT coalesce(max(version), 0) FROM schema_migrations;

-- name: migrate_applied
-- Everything applied, oldest first; times in microseconds since 1970.
SELECT version, name, checksum, (extract(epoch FROM applied_at) * 1000000)::bigint, duration_us, applied_by
  FROM schema_migrations
 ORDER BY version;

-- name: migrate_record
-- version, name, checksum, duration in microseconds
INSERT INTO schema_migrations (version, name, checksum, applied_at, duration_us)
VALUES ($1, $2, $3, clock_timestamp(), $4);

-- name: migrate_keep_changes
-- What the migration did to the schema, as its report said it: nobody can find that out afterwards.
UPDATE schema_migrations SET changes = $2 WHERE version = $1;

-- name: migrate_changes
-- '' where nothing is known: of a baseline, or of what an older migrator applied. As JSON, so that this
-- statement fits a table without the column too.
SELECT coalesce(to_jsonb(m) ->> 'changes', '') FROM schema_migrations AS m WHERE version = $1;

-- name: migrate_forget
DELETE FROM schema_migrations WHERE version = $1;

-- name: migrate_try_lock
-- One migrator at a time per database. Held by the session, so a migrator that dies gives it back.
SELECT pg_try_advisory_lock($1);

-- name: migrate_lock_holder
-- Who has the lock now: process id, user, application, seconds since it last said something.
SELECT a.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''),
       coalesce(extract(epoch FROM clock_timestamp() - a.state_change), 0)::bigint
  FROM pg_locks l
  JOIN pg_stat_activity a USING (pid)
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND (l.classid::bigint << 32) | l.objid::bigint = $1;

-- name: migrate_notice_lost_client
-- Lets the server end a statement whose client is gone (PostgreSQL 14 and later; older ones have no such row).
SELECT set_config(name, '1000', false) FROM pg_settings WHERE name = 'client_connection_check_interval';

-- name: migrate_invalid_index
-- What an interrupted CREATE INDEX CONCURRENTLY leaves behind: an index that costs and never serves.
SELECT c.relname
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = current_schema() AND NOT i.indisvalid
 ORDER BY c.relname
 LIMIT 1;
