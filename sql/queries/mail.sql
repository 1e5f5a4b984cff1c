-- mail.sql - the outbox: mails written with somebody's transaction, sent by whoever drains it

-- name: mail_queue
INSERT INTO mail_outbox (kind, recipient, subject, text_body, html_body, message_id)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: mail_claim
-- Takes the mail that has been due longest for $1 seconds; others who look at the same time take another one.
UPDATE mail_outbox
SET attempts = attempts + 1, claimed_until = now() + make_interval(secs => $1::float8)
WHERE id = (SELECT id FROM mail_outbox
            WHERE sent_at IS NULL AND failed_at IS NULL AND next_attempt_at <= now()
              AND (claimed_until IS NULL OR claimed_until <= now())
            ORDER BY next_attempt_at, id
            LIMIT 1
            FOR UPDATE SKIP LOCKED)
RETURNING id, recipient, subject, text_body, html_body, message_id, attempts,
          floor(extract(epoch FROM created_at))::bigint, coalesce(last_error, '');

-- name: mail_next_due
-- When the next mail is due that was neither sent nor given up, in microseconds since 1970; one that somebody has in hand,
-- when its claim runs out.
SELECT (extract(epoch FROM min(greatest(next_attempt_at, claimed_until))) * 1000000)::bigint
FROM mail_outbox
WHERE sent_at IS NULL AND failed_at IS NULL;

-- name: mail_mark_sent
-- Whoever sent it, it is sent: also when the claim has run out meanwhile.
UPDATE mail_outbox
SET sent_at = now(), failed_at = NULL, claimed_until = NULL, text_body = NULL, html_body = NULL,
    last_error = NULL
WHERE id = $1 AND sent_at IS NULL;

-- name: mail_mark_failed
-- Attempt $2 failed; the next one is in $4 seconds. Nothing for who has lost the claim.
UPDATE mail_outbox
SET last_error = $3, claimed_until = NULL,
    next_attempt_at = now() + make_interval(secs => $4::float8)
WHERE id = $1 AND attempts = $2 AND sent_at IS NULL AND failed_at IS NULL;

-- name: mail_give_up
-- $4: the text is kept for a while, so that the mail can be tried again by hand.
UPDATE mail_outbox
SET failed_at = now(), last_error = $3, claimed_until = NULL,
    text_body = CASE WHEN $4::boolean THEN text_body END,
    html_body = CASE WHEN $4::boolean THEN html_body END
WHERE id = $1 AND attempts = $2 AND sent_at IS NULL AND failed_at IS NULL;

-- name: mail_retry
-- One mail that is not sent and still has its text is due now, with all its attempts ahead.
UPDATE mail_outbox SET attempts = 0, failed_at = NULL, next_attempt_at = now()
WHERE id = $1 AND sent_at IS NULL AND text_body IS NOT NULL;

-- name: mail_retry_failed
-- All mails whose last attempt failed, given up or not.
UPDATE mail_outbox SET attempts = 0, failed_at = NULL, next_attempt_at = now()
WHERE sent_at IS NULL AND last_error IS NOT NULL AND text_body IS NOT NULL;

-- name: mail_list
-- The newest $2 mails; with $1 only those whose last attempt failed.
SELECT id, kind, recipient,
       CASE WHEN sent_at IS NOT NULL THEN 'sent'
            WHEN failed_at IS NOT NULL THEN 'given up'
            WHEN claimed_until > now() THEN 'being sent'
            WHEN attempts > 0 THEN 'waiting'
            ELSE 'new' END,
       attempts,
       to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       to_char(CASE WHEN failed_at IS NULL THEN coalesce(sent_at, next_attempt_at) ELSE failed_at END,
               'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       coalesce(last_error, '')
FROM mail_outbox
WHERE NOT $1::boolean OR (sent_at IS NULL AND last_error IS NOT NULL)
ORDER BY id DESC
LIMIT $2;

-- name: mail_clear_texts
-- The texts of what was given up more than $1 seconds ago: they hold links.
UPDATE mail_outbox SET text_body = NULL, html_body = NULL
WHERE failed_at < now() - make_interval(secs => $1::float8) AND text_body IS NOT NULL;

-- name: mail_remove_old
-- Removes what was finished more than $1 seconds ago, at most 1000 at a time.
DELETE FROM mail_outbox WHERE id IN (
    SELECT id FROM mail_outbox
    WHERE coalesce(sent_at, failed_at) < now() - make_interval(secs => $1::float8)
    LIMIT 1000);
