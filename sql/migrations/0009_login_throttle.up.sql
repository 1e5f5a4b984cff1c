-- Purpose: wrong passwords and codes counted by account and by client, for all nodes.

-- A row counts from its first failure until expires_at; when the count reaches what locks, expires_at is the end of the
-- lock. `key` is the hash of the folded address, which may have no account, or of the client's network: people type
-- other things into that field, too, and who reads this table learns none of it.
CREATE TABLE login_throttle (
    kind       text NOT NULL,
    key        bytea NOT NULL,
    failures   integer NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT login_throttle_pkey PRIMARY KEY (key, kind),
    CONSTRAINT login_throttle_kind_known CHECK (kind IN ('password', 'code', 'client')),
    CONSTRAINT login_throttle_key_size CHECK (octet_length(key) = 32),
    CONSTRAINT login_throttle_failures_positive CHECK (failures > 0)
);

-- Counts that are over are removed.
CREATE INDEX login_throttle_expires_at_idx ON login_throttle (expires_at);
