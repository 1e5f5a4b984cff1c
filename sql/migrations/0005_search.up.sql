-- Purpose: search in items by parts of words, whatever their accents and case, and indexes for lists by category and of deleted items.

-- Both extensions are trusted: the owner of the database may create them, no superuser is needed.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE EXTENSION IF NOT EXISTS unaccent;
EXCEPTION
    WHEN feature_not_supported OR undefined_file THEN
        RAISE EXCEPTION 'Search needs the extensions pg_trgm and unaccent, which this PostgreSQL server does not have. '
                        'On its machine, as root: apt-get install postgresql-contrib. Then run this again. (%)', SQLERRM;
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'Search needs the extensions pg_trgm and unaccent, and the role % may not create them. '
                        'As a superuser (on Debian: sudo -u postgres psql -d %), run: CREATE EXTENSION pg_trgm; '
                        'CREATE EXTENSION unaccent; Then run this again. (%)', current_user, current_database(), SQLERRM;
END
$$;

-- What search compares: composed, without accents, in small letters. It does not depend on the database's
-- locale, of which lower() alone would know no more than ASCII where that is C. Accents go before case, else
-- the dot of a Turkish capital would stay behind as a letter of its own; a sigma is one letter wherever it
-- stands. unaccent() is not immutable by its word, as somebody may edit the dictionary: whoever does builds
-- the column and its index anew. It is named with its schema, which a restored dump does not search.
DO $$
BEGIN
    EXECUTE (
        SELECT format('CREATE FUNCTION search_fold(words text) RETURNS text'
                      ' LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS %L',
                      format('BEGIN RETURN translate(lower(%1$s.unaccent(%2$L::regdictionary, normalize(words, NFKC))'
                             ' COLLATE pg_catalog."und-x-icu"), ''ς'', ''σ''); END',
                             extnamespace::regnamespace, extnamespace::regnamespace || '.unaccent'))
          FROM pg_catalog.pg_extension WHERE extname = 'unaccent');
END
$$;

-- A LIKE pattern that finds the word anywhere. Wildcards are made literal last: folding makes one of a wide
-- percent sign.
CREATE FUNCTION search_pattern(word text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT '%' || regexp_replace(search_fold(word), '([\\%_])', '\\\1', 'g') || '%'
$$;

ALTER TABLE items ADD COLUMN search_text text
    GENERATED ALWAYS AS (search_fold(name || E'\n' || coalesce(description, ''))) STORED;

-- New entries gather in a list that every search reads and now and then a writer files: short, so that neither waits.
CREATE INDEX items_active_search_text_idx ON items USING gin (search_text gin_trgm_ops)
    WITH (gin_pending_list_limit = 256) WHERE is_active;

-- A category's items in the order that lists have when nobody asks for another.
CREATE INDEX items_active_category_id_created_at_idx ON items (category_id, created_at, id) WHERE is_active;

-- The foreign key looks for all items of a category that goes for good, the deleted ones too.
DROP INDEX items_active_category_id_idx;
CREATE INDEX items_category_id_idx ON items (category_id);

-- Deleted items are few, to be listed and in the end purged; a live one costs this index nothing.
CREATE INDEX items_deleted_created_at_idx ON items (created_at, id) WHERE NOT is_active;
