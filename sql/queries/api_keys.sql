-- api_keys.sql - keys that stand for an account in programs

-- name: api_keys_lock
-- Whoever adds keys to an account waits for others who do, so that the limit holds; how many it has, a statement behind
-- this one sees.
SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE;

-- name: api_keys_count
SELECT count(*) FROM api_keys WHERE user_id = $1;

-- name: api_keys_excess
-- The first of the scopes that the account does not have itself, and its place from 0.
SELECT wanted.scope, wanted.place - 1
FROM unnest($2::text[]) WITH ORDINALITY AS wanted (scope, place)
WHERE NOT EXISTS (SELECT FROM user_roles ur
                  JOIN role_permissions rp ON rp.role = ur.role
                  WHERE ur.user_id = $1 AND rp.permission = wanted.scope)
ORDER BY wanted.place
LIMIT 1;

-- name: api_keys_insert
-- Without scopes ($5) all that the account has now; each network without the bits that do not count.
INSERT INTO api_keys (user_id, name, prefix, hash, scopes, networks, expires_at)
SELECT $1, $2, $3, $4::bytea,
       ARRAY(SELECT DISTINCT permission
             FROM user_roles ur
             JOIN role_permissions rp ON rp.role = ur.role
             WHERE ur.user_id = $1 AND ($5::text[] IS NULL OR permission = ANY ($5::text[]))
             ORDER BY permission),
       ARRAY(SELECT DISTINCT network(n::inet) FROM unnest($6::text[]) n ORDER BY 1),
       $7::timestamptz
RETURNING id;

-- name: api_keys_find
-- One key of an account, or ($2 is 0) all of them, the newest first, as answers show them.
SELECT id, name, prefix, to_json(scopes), to_json(networks), expires_at, last_used_at, host(last_used_address),
       CASE WHEN previous_until > now() THEN previous_until END, created_at
FROM api_keys
WHERE user_id = $1 AND $2::bigint IN (0, id)
ORDER BY created_at DESC, id DESC;

-- name: api_keys_lock_one
-- The prefix of an account's key, which stays what it is.
SELECT prefix FROM api_keys WHERE id = $1 AND user_id = $2 FOR NO KEY UPDATE;

-- name: api_keys_rotate
-- A new secret; the one before is good for $3 seconds more, the one before that no longer.
UPDATE api_keys
SET previous_hash = CASE WHEN $3::float8 > 0 THEN hash END,
    previous_until = CASE WHEN $3::float8 > 0 THEN now() + make_interval(secs => $3::float8) END,
    hash = $2::bytea
WHERE id = $1;

-- name: api_keys_delete
DELETE FROM api_keys WHERE id = $1 AND user_id = $2;

-- name: api_keys_identify
-- Whom a key stands for: its row, the account, why it may not count (deactivated, over, networks), whether its use was
-- not noted for a minute, and the permissions that the account has now among its scopes.
SELECT k.id, k.user_id, u.email, u.is_active, coalesce(k.expires_at <= now(), false), array_to_string(k.networks, ' '),
       coalesce(k.last_used_at < now() - interval '1 minute', true),
       (SELECT coalesce(string_agg(DISTINCT rp.permission, ' '), '')
        FROM user_roles ur
        JOIN role_permissions rp ON rp.role = ur.role
        WHERE ur.user_id = k.user_id AND rp.permission = ANY (k.scopes))
FROM api_keys k
JOIN users u ON u.id = k.user_id
WHERE k.prefix = $1 AND (k.hash = $2::bytea OR k.previous_hash = $2::bytea AND k.previous_until > now());

-- name: api_keys_note_use
-- Where two come at once, the second finds it noted.
UPDATE api_keys SET last_used_at = now(), last_used_address = $2::inet
WHERE id = $1 AND coalesce(last_used_at < now() - interval '1 minute', true);
