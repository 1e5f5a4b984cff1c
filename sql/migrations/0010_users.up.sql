-- Purpose: accounts found by parts of names and addresses, and listed newest first, however many there are.

ALTER TABLE users ADD COLUMN search_text text
    GENERATED ALWAYS AS (search_fold(email || E'\n' || coalesce(name, ''))) STORED;

CREATE INDEX users_search_text_idx ON users USING gin (search_text gin_trgm_ops)
    WITH (gin_pending_list_limit = 256);

CREATE INDEX users_created_at_idx ON users (created_at, id);
