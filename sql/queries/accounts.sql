-- accounts.sql - what people do to their own account: password, address, mails about it

-- name: accounts_find
-- The account of an address. Mail goes to the address as it is stored, never as somebody typed it: what folds to the
-- same need not be the same mailbox.
SELECT id, email, name, is_active, email_verified
FROM users
WHERE email_folded = lower(btrim($1));

-- name: accounts_get
SELECT id, email, name, is_active, email_verified FROM users WHERE id = $1;

-- name: accounts_lock
-- An active account. Until the transaction ends nobody else changes it, or signs in to it.
SELECT id, email, name, is_active, email_verified
FROM users
WHERE id = $1 AND is_active
FOR NO KEY UPDATE;

-- name: accounts_hold
-- A row if the account still is what a password was compared with; until the transaction ends it stays so.
SELECT id
FROM users
WHERE id = $1 AND is_active AND password_hash = $2
FOR SHARE;

-- name: accounts_set_password
-- $3: the owner came by a mail, so the address is theirs.
UPDATE users SET password_hash = $2, email_verified = email_verified OR $3::boolean WHERE id = $1;

-- name: accounts_renew_hash
-- A new hash of the same password, unless it is another one by now.
UPDATE users SET password_hash = $2 WHERE id = $1 AND password_hash = $3;

-- name: accounts_verify_email
UPDATE users SET email_verified = true WHERE id = $1;

-- name: accounts_set_email
UPDATE users SET email = btrim($2), email_verified = true WHERE id = $1;

-- name: accounts_may_mail
-- A row if the last mail of the kind was sent $3 seconds ago or more; this one counts then. Of two at once the second
-- waits, and gets none.
INSERT INTO account_mails AS m (user_id, kind, sent_at) VALUES ($1, $2, now())
ON CONFLICT ON CONSTRAINT account_mails_pkey DO UPDATE
SET sent_at = excluded.sent_at
WHERE m.sent_at <= excluded.sent_at - make_interval(secs => $3::float8)
RETURNING true;

-- name: accounts_mail_pause
-- Seconds until another mail of the kind may be sent.
SELECT ceil(extract(epoch FROM sent_at - now()) + $3)::bigint
FROM account_mails
WHERE user_id = $1 AND kind = $2;
