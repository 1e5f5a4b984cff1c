-- standby.sql - which reads a standby may answer

-- name: standby_position
-- On the database itself: how far its log of changes has come. All that anybody can see lies before that.
SELECT pg_current_wal_insert_lsn();

-- name: standby_has_replayed
-- On the standby: whether it still is one, and whether it has everything up to a position.
SELECT pg_is_in_recovery(), coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, false);

-- name: standby_has_written
-- On the database itself: whether this account has written anything within so many seconds.
SELECT EXISTS (SELECT FROM audit_log WHERE user_id = $1 AND at > now() - make_interval(secs => $2));
