-- users.sql - accounts, their roles and what those permit

-- name: users_insert
-- Adds an account with its first roles unless its address is taken (no row then).
WITH added AS (
    INSERT INTO users (email, name, password_hash, email_verified)
    VALUES (btrim($1), $2, $3, $4)
    ON CONFLICT ON CONSTRAINT users_email_key DO NOTHING
    RETURNING id
), given AS (
    INSERT INTO user_roles (user_id, role)
    SELECT DISTINCT added.id, role FROM added, unnest($5::text[]) AS role
)
SELECT id FROM added;

-- name: users_find
-- The account of an address, with what signing in needs.
SELECT id, password_hash, is_active, email_verified
FROM users
WHERE email_folded = lower(btrim($1));

-- name: users_set_password_hash
UPDATE users SET password_hash = $2 WHERE id = $1;

-- name: users_lock
-- Until the transaction ends nobody else changes the account or gives it a role.
SELECT FROM users WHERE id = $1 FOR UPDATE;

-- name: users_standing
-- Whether an account is one of those in charge, its address, and whether $2 is another one.
SELECT is_active AND EXISTS (SELECT FROM user_roles WHERE user_id = id AND role = 'admin'),
       email, email_folded IS DISTINCT FROM lower(btrim($2))
FROM users
WHERE id = $1;

-- name: users_permissions
SELECT DISTINCT rp.permission
FROM user_roles ur
JOIN role_permissions rp ON rp.role = ur.role
WHERE ur.user_id = $1
ORDER BY 1;

-- name: users_lock_admins
-- Those who take somebody out of charge pass here one by one. A new admin does not have to: the weaker
-- lock lets foreign keys to the role pass.
SELECT FROM roles WHERE name = 'admin' FOR NO KEY UPDATE;

-- name: users_has_admin
SELECT EXISTS (SELECT FROM user_roles ur JOIN users u ON u.id = ur.user_id
               WHERE ur.role = 'admin' AND u.is_active);

-- name: users_set_roles
-- Gives an account just the roles $2. Roles are part of the row that clients see, so its version rises
-- where they change: then there is a row, with the roles before and the roles now, as JSON.
WITH lost AS (
    DELETE FROM user_roles WHERE user_id = $1 AND role <> ALL ($2::text[]) RETURNING role
), won AS (
    INSERT INTO user_roles (user_id, role)
    SELECT $1, role FROM unnest($2::text[]) AS role
    ON CONFLICT DO NOTHING
    RETURNING role
)
UPDATE users SET is_active = is_active
WHERE id = $1 AND (EXISTS (SELECT FROM lost) OR EXISTS (SELECT FROM won))
RETURNING (SELECT coalesce(json_agg(role ORDER BY role), '[]') FROM user_roles WHERE user_id = $1),
          (SELECT coalesce(json_agg(DISTINCT role ORDER BY role), '[]') FROM unnest($2::text[]) AS role);

-- name: users_add_role
WITH won AS (
    INSERT INTO user_roles (user_id, role) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING role
)
UPDATE users SET is_active = is_active WHERE id = $1 AND EXISTS (SELECT FROM won);

-- name: users_remove_role
WITH lost AS (
    DELETE FROM user_roles WHERE user_id = $1 AND role = $2 RETURNING role
)
UPDATE users SET is_active = is_active WHERE id = $1 AND EXISTS (SELECT FROM lost);

-- name: permissions_held
-- Every permission that some role has.
SELECT DISTINCT permission FROM role_permissions;
