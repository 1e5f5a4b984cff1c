-- second_factor.sql - codes of authenticator apps, and recovery codes in place of them

-- name: totp_begin
-- A new secret for an account whose second factor is not on yet; else no row is touched.
INSERT INTO totp_factors AS f (user_id, secret) VALUES ($1, $2)
ON CONFLICT ON CONSTRAINT totp_factors_pkey DO UPDATE
SET secret = excluded.secret, last_step = 0, created_at = now()
WHERE f.confirmed_at IS NULL;

-- name: totp_find
-- The secret of a factor that is on, or ($2 false) only begun. Locked, so that it is still that one when a code of it counts.
SELECT secret FROM totp_factors WHERE user_id = $1 AND (confirmed_at IS NOT NULL) = $2 FOR UPDATE;

-- name: totp_use_step
-- A code counts once, and none counts that is older than one that did: of two at once, the second touches no row.
UPDATE totp_factors SET last_step = $2, confirmed_at = coalesce(confirmed_at, now())
WHERE user_id = $1 AND last_step < $2;

-- name: totp_is_on
SELECT EXISTS (SELECT FROM totp_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL);

-- name: totp_describe
SELECT f.confirmed_at IS NOT NULL, f.confirmed_at, (SELECT count(*) FROM recovery_codes r WHERE r.user_id = u.id)
FROM users u
LEFT JOIN totp_factors f ON f.user_id = u.id
WHERE u.id = $1;

-- name: totp_remove
-- With its recovery codes. A row if there was one, which says whether it was on.
DELETE FROM totp_factors WHERE user_id = $1 RETURNING confirmed_at IS NOT NULL;

-- name: recovery_codes_forget
DELETE FROM recovery_codes WHERE user_id = $1;

-- name: recovery_codes_insert
INSERT INTO recovery_codes (user_id, hash) SELECT $1, unnest($2::bytea[]);

-- name: recovery_codes_use
-- Of two who come with the same one at once, one finds it.
DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2::bytea;
