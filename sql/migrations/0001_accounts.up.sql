-- Purpose: accounts with roles and permissions, and the trigger that every table's version rests on.

-- Every UPDATE makes a new version: ETag and If-Match compare it.
CREATE FUNCTION touch_row() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TABLE roles (
    name    text NOT NULL,
    summary text NOT NULL,
    CONSTRAINT roles_pkey PRIMARY KEY (name),
    CONSTRAINT roles_name_format CHECK (name ~ '^[a-z][a-z0-9_-]{0,62}$')
);

CREATE TABLE permissions (
    name    text NOT NULL,
    summary text NOT NULL,
    CONSTRAINT permissions_pkey PRIMARY KEY (name),
    CONSTRAINT permissions_name_format CHECK (name ~ '^[a-z][a-z0-9_-]{0,62}:[a-z][a-z0-9_-]{0,62}$')
);

CREATE TABLE role_permissions (
    role       text NOT NULL,
    permission text NOT NULL,
    CONSTRAINT role_permissions_pkey PRIMARY KEY (role, permission),
    CONSTRAINT role_permissions_role_fkey
        FOREIGN KEY (role) REFERENCES roles (name) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT role_permissions_permission_fkey
        FOREIGN KEY (permission) REFERENCES permissions (name) ON UPDATE CASCADE ON DELETE CASCADE
);

-- email is the address as its owner writes it; email_folded is the one that is searched and unique.
CREATE TABLE users (
    id             bigint GENERATED ALWAYS AS IDENTITY,
    email          varchar(255) NOT NULL,
    email_folded   text GENERATED ALWAYS AS (lower(btrim(email))) STORED,
    name           varchar(255),
    password_hash  text NOT NULL,
    is_active      boolean NOT NULL DEFAULT true,
    email_verified boolean NOT NULL DEFAULT false,
    version        integer NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_key UNIQUE (email_folded),
    CONSTRAINT users_email_format CHECK (email_folded ~ '^[^[:space:]@]+@[^[:space:]@]+$'),
    CONSTRAINT users_name_not_blank CHECK (name ~ '[^[:space:]]'),
    CONSTRAINT users_password_hash_not_blank CHECK (password_hash <> '')
);

CREATE TRIGGER users_touch BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION touch_row();

-- A role goes only when nobody has it: removing one must not quietly take away what people may do.
CREATE TABLE user_roles (
    user_id bigint NOT NULL,
    role    text NOT NULL,
    CONSTRAINT user_roles_pkey PRIMARY KEY (user_id, role),
    CONSTRAINT user_roles_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT user_roles_role_fkey
        FOREIGN KEY (role) REFERENCES roles (name) ON UPDATE CASCADE ON DELETE RESTRICT
);

CREATE INDEX user_roles_role_idx ON user_roles (role, user_id);

INSERT INTO roles (name, summary) VALUES
    ('admin',  'May do everything.'),
    ('editor', 'Looks after items and categories.'),
    ('viewer', 'Has an account and changes nothing but that.');

INSERT INTO permissions (name, summary) VALUES
    ('items:write',      'Create, change, delete and restore items.'),
    ('items:deleted',    'See deleted items.'),
    ('categories:write', 'Create, change, delete and restore categories.'),
    ('users:read',       'See all accounts.'),
    ('users:write',      'Create, change and deactivate accounts, and give roles.'),
    ('audit:read',       'See who changed what.'),
    ('jobs:read',        'See background jobs and schedules.'),
    ('jobs:write',       'Retry, cancel and pause background jobs.'),
    ('metrics:read',     'Read metrics from another machine.');

INSERT INTO role_permissions (role, permission)
SELECT 'admin', name FROM permissions;

INSERT INTO role_permissions (role, permission) VALUES
    ('editor', 'items:write'),
    ('editor', 'items:deleted'),
    ('editor', 'categories:write');
