-- single_use.sql - tokens that are good once: links of mails, the second step of a login

-- name: single_use_issue
-- In place of those of the same account and purpose.
WITH forgotten AS (
    DELETE FROM single_use_tokens WHERE user_id = $2 AND purpose = $3
)
INSERT INTO single_use_tokens (hash, user_id, purpose, data, expires_at)
VALUES ($1::bytea, $2, $3, $4, now() + make_interval(secs => $5::float8));

-- name: single_use_take
-- Two who come with the same token at once: one gets the row, the other none.
DELETE FROM single_use_tokens
WHERE hash = $1::bytea AND purpose = $2 AND expires_at > now()
RETURNING user_id, data;

-- name: single_use_find
SELECT user_id, data, failures
FROM single_use_tokens
WHERE hash = $1::bytea AND purpose = $2 AND expires_at > now();

-- name: single_use_attempt
-- Counts before what is attempted is looked at: however many come at once, no more than $3 get through.
UPDATE single_use_tokens SET failures = failures + 1
WHERE hash = $1::bytea AND purpose = $2 AND expires_at > now() AND failures < $3
RETURNING user_id, data, failures;

-- name: single_use_forget
-- The tokens of an account, of one purpose or ($2 empty) of all.
DELETE FROM single_use_tokens WHERE user_id = $1 AND ($2 = '' OR purpose = $2);

-- name: single_use_remove_old
DELETE FROM single_use_tokens WHERE hash IN (
    SELECT hash FROM single_use_tokens WHERE expires_at < now() LIMIT 1000);
