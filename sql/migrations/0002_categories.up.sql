-- Purpose: categories in a tree that stays a tree, whoever changes it at the same time.

CREATE TABLE categories (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    name       varchar(80) NOT NULL,
    parent_id  bigint,
    is_active  boolean NOT NULL DEFAULT true,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT categories_pkey PRIMARY KEY (id),
    CONSTRAINT categories_name_not_blank CHECK (name ~ '[^[:space:]]'),
    CONSTRAINT categories_parent_id_not_self CHECK (parent_id <> id),
    CONSTRAINT categories_parent_id_fkey
        FOREIGN KEY (parent_id) REFERENCES categories (id) ON DELETE RESTRICT
);

-- A deleted category gives its name free.
CREATE UNIQUE INDEX categories_name_key ON categories (name) WHERE is_active;

-- The tree is walked downwards, and parents are asked for their children when they are deleted.
CREATE INDEX categories_parent_id_idx ON categories (parent_id, id);

CREATE TRIGGER categories_touch BEFORE UPDATE ON categories
    FOR EACH ROW EXECUTE FUNCTION touch_row();

-- The triggers below wait for a lock and then look again, which works when each statement sees what
-- was committed before it (READ COMMITTED), or when PostgreSQL finds the conflict (SERIALIZABLE).
-- REPEATABLE READ does neither: it would look at the past and let two wrong changes pass.
CREATE FUNCTION categories_refuse_old_snapshot() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A category cannot be moved or deleted at REPEATABLE READ'
        USING ERRCODE = 'feature_not_supported';
END
$$;

CREATE TRIGGER categories_refuse_old_snapshot BEFORE UPDATE ON categories
    FOR EACH ROW
    WHEN (current_setting('transaction_isolation') = 'repeatable read'
          AND (NEW.parent_id IS DISTINCT FROM OLD.parent_id OR NEW.is_active <> OLD.is_active))
    EXECUTE FUNCTION categories_refuse_old_snapshot();

-- A new row cannot close a circle, as nothing hangs below it yet; a moved one can. Two moves that are
-- harmless alone can close one together, so moves are done one after the other. The lock's number
-- is the bytes of 'KeelTree'; it is held until the transaction ends.
CREATE FUNCTION categories_refuse_cycle() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(5432860041440028005);
    PERFORM FROM (
        WITH RECURSIVE above (id) AS (
            VALUES (NEW.parent_id)
            UNION
            SELECT c.parent_id FROM above JOIN categories c ON c.id = above.id
        )
        SELECT FROM above WHERE id = NEW.id
    ) AS circle;
    IF FOUND THEN
        RAISE EXCEPTION 'Category % cannot move below itself', NEW.id
            USING ERRCODE = 'check_violation', TABLE = 'categories', COLUMN = 'parent_id',
                  CONSTRAINT = 'categories_parent_id_cycle';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER categories_refuse_cycle BEFORE UPDATE ON categories
    FOR EACH ROW WHEN (NEW.parent_id IS DISTINCT FROM OLD.parent_id AND NEW.parent_id IS NOT NULL)
    EXECUTE FUNCTION categories_refuse_cycle();

-- The foreign key is content with a deleted parent; an active category is not. FOR KEY SHARE makes
-- this wait for a deletion of the parent under way, and that deletion wait for this.
CREATE FUNCTION categories_require_parent() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM categories WHERE id = NEW.parent_id AND is_active FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Parent category % does not exist or is deleted', NEW.parent_id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'categories', COLUMN = 'parent_id',
                  CONSTRAINT = 'categories_parent_id_fkey';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER categories_require_parent BEFORE INSERT OR UPDATE OF parent_id, is_active ON categories
    FOR EACH ROW WHEN (NEW.is_active AND NEW.parent_id IS NOT NULL)
    EXECUTE FUNCTION categories_require_parent();

-- An UPDATE of is_active alone does not conflict with FOR KEY SHARE. FOR UPDATE does: it waits until
-- everybody who is about to use the category is done, and only the statement after it sees their rows.
CREATE FUNCTION categories_require_childless() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM categories WHERE id = OLD.id FOR UPDATE;
    PERFORM FROM categories WHERE parent_id = OLD.id AND is_active LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Category % has categories below it', OLD.id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'categories', COLUMN = 'parent_id',
                  CONSTRAINT = 'categories_parent_id_fkey';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER categories_require_childless BEFORE UPDATE ON categories
    FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active)
    EXECUTE FUNCTION categories_require_childless();
