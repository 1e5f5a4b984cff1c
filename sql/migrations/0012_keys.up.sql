-- Purpose: API keys, and a second factor (TOTP) with recovery codes.

-- `prefix` is the part of a key that is no secret: it finds the row, and people tell keys apart by it. Of the secret there
-- is only a hash. After a rotation the one before is good until previous_until. What a key may do is what stands in
-- `scopes` and its owner may at that moment; no network means any.
CREATE TABLE api_keys (
    id                bigint GENERATED ALWAYS AS IDENTITY,
    user_id           bigint NOT NULL,
    name              varchar(100) NOT NULL,
    prefix            text COLLATE "C" NOT NULL,
    hash              bytea NOT NULL,
    previous_hash     bytea,
    previous_until    timestamptz,
    scopes            text[] NOT NULL,
    networks          cidr[] NOT NULL DEFAULT '{}',
    expires_at        timestamptz,
    last_used_at      timestamptz,
    last_used_address inet,
    created_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_prefix_key UNIQUE (prefix),
    CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT api_keys_name_not_blank CHECK (name ~ '[^[:space:]]'),
    CONSTRAINT api_keys_hash_size CHECK (octet_length(hash) = 32),
    CONSTRAINT api_keys_previous_hash_size CHECK (octet_length(previous_hash) = 32),
    CONSTRAINT api_keys_previous_hash_with_end CHECK ((previous_hash IS NULL) = (previous_until IS NULL))
);

CREATE INDEX api_keys_user_id_idx ON api_keys (user_id, id);

-- An account's second factor; without confirmed_at it was begun, and nobody is asked for it yet. The secret has to be read
-- again, so it is encrypted with a key that the database does not know. A code counts once: last_step is the period of the
-- last one.
CREATE TABLE totp_factors (
    user_id      bigint NOT NULL,
    secret       text NOT NULL,
    last_step    bigint NOT NULL DEFAULT 0,
    confirmed_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT totp_factors_pkey PRIMARY KEY (user_id),
    CONSTRAINT totp_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT totp_factors_secret_form CHECK (secret ~ '^v[0-9]+\.')
);

-- Each is good once, in place of a code, and goes with the factor.
CREATE TABLE recovery_codes (
    user_id bigint NOT NULL,
    hash    bytea NOT NULL,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, hash),
    CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES totp_factors (user_id) ON DELETE CASCADE,
    CONSTRAINT recovery_codes_hash_size CHECK (octet_length(hash) = 32)
);
