-- Purpose: answers kept under the Idempotency-Key of who was given them, so that a request can be repeated safely.

-- A row is claimed by the transaction that carries the request out, and has its answer before that commits: whoever
-- sees one sees the whole of it. A request that fails takes its claim back. The key is compared byte by byte.
CREATE TABLE idempotency_keys (
    user_id      bigint NOT NULL,
    key          text COLLATE "C" NOT NULL,
    request_hash bytea NOT NULL,
    status       smallint,
    headers      text,
    body         text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, key),
    CONSTRAINT idempotency_keys_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT idempotency_keys_key_length CHECK (length(key) BETWEEN 1 AND 255),
    CONSTRAINT idempotency_keys_request_hash_length CHECK (length(request_hash) = 32)
);

-- The oldest go first.
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
