-- Takes back 0015_users.
DROP INDEX users_created_at_idx;
DROP INDEX users_search_text_idx;
ALTER TABLE users DROP COLUMN search_text;
