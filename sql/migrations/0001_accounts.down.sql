-- Takes back 0001_accounts: all accounts, roles and permissions are lost.
DROP TABLE user_roles;
DROP TABLE users;
DROP TABLE role_permissions;
DROP TABLE permissions;
DROP TABLE roles;
DROP FUNCTION touch_row();
