-- throttle.sql - wrong guesses counted by account and by client

-- name: throttle_find
-- Seconds until both are let in again, NULL where neither is locked: kind of the account's count, account, failures
-- that lock it, client, failures that lock that. 0 failures lock nobody.
SELECT ceil(extract(epoch FROM max(t.expires_at) - now()))::bigint
FROM (VALUES ($1, $2, $3::bigint), ('client', $4, $5::bigint)) AS c (kind, who, most)
JOIN login_throttle t ON t.kind = c.kind AND t.key = sha256(convert_to(lower(btrim(c.who)), 'UTF8'))
WHERE c.most > 0 AND t.failures >= c.most AND t.expires_at > now();

-- name: throttle_count
-- Counts one failure: kind of the account's count, account, failures that lock it, seconds; client, failures that lock
-- that, seconds. A row for each that was counted: who is locked is not. Always the account first: two who count the
-- same ones wait for each other in one order.
INSERT INTO login_throttle AS t (kind, key, failures, expires_at)
SELECT c.kind, sha256(convert_to(lower(btrim(c.who)), 'UTF8')), 1, now() + make_interval(secs => c.seconds)
FROM (VALUES ($1, $2, $3::bigint, $4::float8), ('client', $5, $6::bigint, $7::float8)) AS c (kind, who, most, seconds)
WHERE c.who IS NOT NULL AND c.most > 0
ON CONFLICT ON CONSTRAINT login_throttle_pkey DO UPDATE
SET failures = CASE WHEN t.expires_at <= now() THEN 1 ELSE t.failures + 1 END,
    expires_at = CASE WHEN t.expires_at > now() AND t.failures + 1 < CASE t.kind WHEN 'client' THEN $6 ELSE $3 END
                      THEN t.expires_at ELSE excluded.expires_at END
WHERE t.expires_at <= now() OR t.failures < CASE t.kind WHEN 'client' THEN $6 ELSE $3 END
RETURNING t.failures;

-- name: throttle_forget
-- Ends an account's count of one kind, or ($2 empty) of all.
DELETE FROM login_throttle
WHERE key = sha256(convert_to(lower(btrim($1)), 'UTF8')) AND kind <> 'client' AND ($2 = '' OR kind = $2);

-- name: throttle_purge
DELETE FROM login_throttle WHERE expires_at <= now();
