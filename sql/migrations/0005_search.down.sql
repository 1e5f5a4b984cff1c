-- Takes back 0005_search. An extension stays that somebody else made or uses.
DROP INDEX items_deleted_created_at_idx;
DROP INDEX items_category_id_idx;
CREATE INDEX items_active_category_id_idx ON items (category_id, id) WHERE is_active;
DROP INDEX items_active_category_id_created_at_idx;
ALTER TABLE items DROP COLUMN search_text;
DROP FUNCTION search_pattern(text);
DROP FUNCTION search_fold(text);
DO $$
DECLARE
    extension text;
BEGIN
    FOREACH extension IN ARRAY ARRAY['pg_trgm', 'unaccent'] LOOP
        BEGIN
            EXECUTE format('DROP EXTENSION IF EXISTS %I', extension);
        EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
            NULL;
        END;
    END LOOP;
END
$$;
