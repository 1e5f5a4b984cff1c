-- Purpose: sessions with refresh tokens that rotate, and single-use tokens for mail and the second factor.

-- One row per sign-in. Its refresh tokens are one family: `generation` counts them, and the last one is
-- the only one that is good.
CREATE TABLE sessions (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    user_id      bigint NOT NULL,
    generation   integer NOT NULL DEFAULT 1,
    address      inet,
    agent        varchar(255),
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    end_reason   text,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT sessions_end_reason_known CHECK (end_reason IN ('logout', 'revoked', 'reuse', 'password', 'account')),
    CONSTRAINT sessions_end_reason_with_end CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);

CREATE INDEX sessions_user_id_idx ON sessions (user_id) WHERE ended_at IS NULL;

-- Ended and outlived sessions are removed by their last use.
CREATE INDEX sessions_last_used_at_idx ON sessions (last_used_at);

-- Only hashes: who reads this table can sign in as nobody.
CREATE TABLE refresh_tokens (
    hash       bytea NOT NULL,
    session_id bigint NOT NULL,
    generation integer NOT NULL,
    used_at    timestamptz,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (hash),
    CONSTRAINT refresh_tokens_generation_key UNIQUE (session_id, generation),
    CONSTRAINT refresh_tokens_hash_size CHECK (octet_length(hash) = 32),
    CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
);

-- What a mail's link or a half-done login carries; `purpose` keeps one from standing in for another, and
-- `data` holds what it is about (the new address).
CREATE TABLE single_use_tokens (
    hash       bytea NOT NULL,
    user_id    bigint NOT NULL,
    purpose    text NOT NULL,
    data       text,
    failures   integer NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT single_use_tokens_pkey PRIMARY KEY (hash),
    CONSTRAINT single_use_tokens_hash_size CHECK (octet_length(hash) = 32),
    CONSTRAINT single_use_tokens_purpose_known CHECK (purpose IN ('verify', 'reset', 'email', 'mfa')),
    CONSTRAINT single_use_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX single_use_tokens_user_id_idx ON single_use_tokens (user_id, purpose);
CREATE INDEX single_use_tokens_expires_at_idx ON single_use_tokens (expires_at);
