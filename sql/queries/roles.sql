-- roles.sql - roles and the permissions they consist of

-- name: roles_list
SELECT r.name, r.summary,
       (SELECT coalesce(json_agg(rp.permission ORDER BY rp.permission), '[]')
        FROM role_permissions rp
        WHERE rp.role = r.name) AS permissions
FROM roles r
ORDER BY r.name;

-- name: roles_look
-- Each of the named roles in their order, its place (from 0), whether it exists, and a row for each of its
-- permissions.
SELECT wanted.name, wanted.place - 1, r.name IS NOT NULL, rp.permission
FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, place)
LEFT JOIN roles r ON r.name = wanted.name
LEFT JOIN role_permissions rp ON rp.role = r.name
ORDER BY wanted.place, rp.permission;

-- name: roles_insert
INSERT INTO roles (name, summary) VALUES ($1, $2);

-- name: roles_delete
DELETE FROM roles
WHERE name = $1 AND NOT EXISTS (SELECT FROM user_roles WHERE role = $1);

-- name: roles_count_users
-- How many accounts have a role; no row where there is no such role.
SELECT (SELECT count(*) FROM user_roles WHERE role = r.name) FROM roles r WHERE r.name = $1;

-- name: roles_grant
INSERT INTO role_permissions (role, permission) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: roles_revoke
DELETE FROM role_permissions WHERE role = $1 AND permission = $2;

-- name: roles_find_permission
-- Whether there is such a permission, and all there are.
SELECT coalesce(bool_or(name = $1), false), string_agg(name, ', ' ORDER BY name) FROM permissions;
