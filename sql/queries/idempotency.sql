-- idempotency.sql - answers kept under the Idempotency-Key of who was given them

-- name: idempotency_claim
-- Makes a key this transaction's, a new one or one that is over: user, key, hash, hours. No row: it was used. Waits
-- for a transaction that has it and may yet give it back. Whichever way, the row is locked. One without an answer
-- was claimed by a request that was refused, with a change that had to stay nevertheless.
INSERT INTO idempotency_keys AS k (user_id, key, request_hash)
VALUES ($1, $2, $3)
ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO UPDATE
SET request_hash = excluded.request_hash, created_at = excluded.created_at, status = NULL, headers = NULL, body = NULL
WHERE k.status IS NULL OR k.created_at <= now() - make_interval(hours => $4)
RETURNING true;

-- name: idempotency_find
-- Whether the request with this user and key had this hash, and its answer.
SELECT request_hash = $3, status, headers, body FROM idempotency_keys WHERE user_id = $1 AND key = $2;

-- name: idempotency_keep
-- Completes a claimed key: user, key, status, headers, body, hours. Takes two away that are over, if there are any:
-- so the table never holds much more than is good, whether or not somebody purges it.
WITH over AS (
    SELECT user_id, key FROM idempotency_keys WHERE created_at <= now() - make_interval(hours => $6)
    ORDER BY created_at LIMIT 2 FOR UPDATE SKIP LOCKED
), taken_away AS (
    DELETE FROM idempotency_keys k USING over WHERE k.user_id = over.user_id AND k.key = over.key
)
UPDATE idempotency_keys SET status = $3, headers = $4, body = $5 WHERE user_id = $1 AND key = $2;

-- name: idempotency_purge
-- Takes away all that are over: hours.
DELETE FROM idempotency_keys WHERE created_at <= now() - make_interval(hours => $1);
