-- standby.sql - which reads a standby may answer

-- name: standby_position
-- On the database itself: how far its log of changes has come. All that anybody can see lies before that. At the
-- beginning of a page, as behind each switch of the log, the next record's place is behind the page's header (24 or
-- 40 bytes), which no standby reaches before there is a record.
SELECT CASE
    WHEN (written - '0/0'::pg_lsn) % current_setting('wal_block_size')::numeric = 0 AND inserted - written <= 40 THEN written
    ELSE inserted
END
FROM (SELECT pg_current_wal_insert_lsn() AS inserted, pg_current_wal_lsn() AS written) AS now;

-- name: standby_has_replayed
-- On the standby: whether it still is one, and whether it has everything up to a position.
SELECT pg_is_in_recovery(), coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, false);

-- name: standby_has_written
-- On the database itself: whether this account has written anything within so many seconds.
SELECT EXISTS (SELECT FROM audit_log WHERE user_id = $1 AND at > now() - make_interval(secs => $2));
