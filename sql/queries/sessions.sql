-- sessions.sql - sign-ins, their refresh tokens, and who a token stands for

-- name: sessions_open
-- A new session with its first refresh token.
WITH opened AS (
    INSERT INTO sessions (user_id, address, agent) VALUES ($1, $2::inet, left($3, 255)) RETURNING id
), token AS (
    INSERT INTO refresh_tokens (hash, session_id, generation) SELECT $4::bytea, id, 1 FROM opened
)
SELECT id FROM opened;

-- name: sessions_identify
-- A living session's account with its roles' permissions, each once, separated by spaces. $3 and $4 are
-- the seconds that a session may last, and may lie unused.
SELECT u.email,
       (SELECT coalesce(string_agg(DISTINCT rp.permission, ' '), '')
        FROM user_roles ur
        JOIN role_permissions rp ON rp.role = ur.role
        WHERE ur.user_id = u.id)
FROM sessions s
JOIN users u ON u.id = s.user_id
WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND u.is_active
  AND s.created_at > now() - make_interval(secs => $3::float8)
  AND s.last_used_at > now() - make_interval(secs => $4::float8);

-- name: sessions_find_token
-- The session of a refresh token, locked: those who come with the same token wait here, and see what the
-- first of them did. How many generations the token is behind, and the seconds since it was used up.
SELECT s.id, s.user_id, s.generation - t.generation,
       coalesce(extract(epoch FROM clock_timestamp() - t.used_at), 0)::bigint,
       s.ended_at IS NULL AND u.is_active
           AND s.created_at > now() - make_interval(secs => $2::float8)
           AND s.last_used_at > now() - make_interval(secs => $3::float8)
FROM refresh_tokens t
JOIN sessions s ON s.id = t.session_id
JOIN users u ON u.id = s.user_id
WHERE t.hash = $1::bytea
FOR UPDATE OF s, t;

-- name: sessions_rotate
-- Uses up a session's token $2 and puts $3 in its place.
WITH used AS (
    UPDATE refresh_tokens SET used_at = clock_timestamp() WHERE hash = $2::bytea
), moved AS (
    UPDATE sessions
    SET generation = generation + 1, last_used_at = clock_timestamp(),
        address = coalesce($4::inet, address), agent = coalesce(left($5, 255), agent)
    WHERE id = $1
    RETURNING generation
)
INSERT INTO refresh_tokens (hash, session_id, generation)
SELECT $3::bytea, $1, generation FROM moved;

-- name: sessions_end
-- Ends one session of an account.
UPDATE sessions SET ended_at = now(), end_reason = $3
WHERE id = $1 AND user_id = $2 AND ended_at IS NULL;

-- name: sessions_end_others
-- Ends all sessions of an account but $2 (0: all of them).
UPDATE sessions SET ended_at = now(), end_reason = $3
WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL;

-- name: sessions_list
-- The living sessions of an account, the one used last first.
SELECT id, host(address), agent, id = $2 AS current, created_at, last_used_at
FROM sessions
WHERE user_id = $1 AND ended_at IS NULL
  AND created_at > now() - make_interval(secs => $3::float8)
  AND last_used_at > now() - make_interval(secs => $4::float8)
ORDER BY last_used_at DESC, id DESC
LIMIT 100;

-- name: sessions_is_new_place
-- Whether an account that has signed in before never did so from this kind of agent or this address.
SELECT EXISTS (SELECT FROM sessions WHERE user_id = $1 AND id <> $2)
   AND NOT EXISTS (SELECT FROM sessions
                   WHERE user_id = $1 AND id <> $2
                     AND agent IS NOT DISTINCT FROM left($4, 255)
                     AND address IS NOT DISTINCT FROM $3::inet);

-- name: sessions_remove_old
-- Removes what ended or was outlived a while ago ($3 seconds), at most 1000 at a time.
DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions
    WHERE last_used_at < now() - make_interval(secs => $3::float8)
      AND (ended_at < now() - make_interval(secs => $3::float8)
           OR created_at < now() - make_interval(secs => $1::float8 + $3::float8)
           OR last_used_at < now() - make_interval(secs => $2::float8 + $3::float8))
    LIMIT 1000);
