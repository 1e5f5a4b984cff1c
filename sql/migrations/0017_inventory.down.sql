-- Takes back 0017_inventory: what was in stock until now is forgotten.
DELETE FROM role_permissions WHERE permission = 'reports:read';
DELETE FROM permissions WHERE name = 'reports:read';
DROP TABLE inventory_daily;
