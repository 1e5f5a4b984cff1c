-- users.sql - accounts, their roles and what those permit

-- name: users_insert
-- Adds an account unless its address is taken (no row then).
INSERT INTO users (email, name, password_hash)
VALUES (btrim($1), $2, $3)
ON CONFLICT ON CONSTRAINT users_email_key DO NOTHING
RETURNING id;

-- name: users_find
-- The account of an address, with what signing in needs.
SELECT id, password_hash, is_active
FROM users
WHERE email_folded = lower(btrim($1));

-- name: users_set_password_hash
UPDATE users SET password_hash = $2 WHERE id = $1;

-- name: users_add_role
INSERT INTO user_roles (user_id, role) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: users_remove_role
DELETE FROM user_roles WHERE user_id = $1 AND role = $2;

-- name: permissions_held
-- Every permission that some role has.
SELECT DISTINCT permission FROM role_permissions;
