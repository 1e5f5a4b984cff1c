-- Purpose: items with exact prices and stock, in categories that exist and are not deleted.

CREATE TABLE items (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    name        varchar(255) NOT NULL,
    description text,
    price       numeric(10, 2) NOT NULL,
    quantity    integer NOT NULL DEFAULT 0,
    category_id bigint,
    is_active   boolean NOT NULL DEFAULT true,
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT items_pkey PRIMARY KEY (id),
    CONSTRAINT items_name_not_blank CHECK (name ~ '[^[:space:]]'),
    -- PostgreSQL sorts NaN above every number, so the lower bound alone would let it in.
    CONSTRAINT items_price_range CHECK (price >= 0 AND price <> 'NaN'),
    CONSTRAINT items_quantity_range CHECK (quantity >= 0),
    CONSTRAINT items_category_id_fkey
        FOREIGN KEY (category_id) REFERENCES categories (id) ON DELETE RESTRICT
);

-- Lists show active rows only, so their indexes hold only those. Each ends with id, in the direction of
-- the column before it: pages then have one order, and reading backwards serves the other direction.
-- quantity has none on purpose: a change of stock alone then writes no index at all.
CREATE INDEX items_active_id_idx ON items (id) WHERE is_active;
CREATE INDEX items_active_created_at_idx ON items (created_at, id) WHERE is_active;
CREATE INDEX items_active_name_idx ON items (name, id) WHERE is_active;
CREATE INDEX items_active_price_idx ON items (price, id) WHERE is_active;
CREATE INDEX items_active_category_id_idx ON items (category_id, id) WHERE is_active;
CREATE INDEX items_active_category_id_price_idx ON items (category_id, price, id) WHERE is_active;

CREATE TRIGGER items_touch BEFORE UPDATE ON items
    FOR EACH ROW EXECUTE FUNCTION touch_row();

-- The counterpart of categories_require_parent(), for items.
CREATE FUNCTION items_require_category() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM categories WHERE id = NEW.category_id AND is_active FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Category % does not exist or is deleted', NEW.category_id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'items', COLUMN = 'category_id',
                  CONSTRAINT = 'items_category_id_fkey';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER items_require_category BEFORE INSERT OR UPDATE OF category_id, is_active ON items
    FOR EACH ROW WHEN (NEW.is_active AND NEW.category_id IS NOT NULL)
    EXECUTE FUNCTION items_require_category();

-- The counterpart of categories_require_childless(), for items. The row may be locked already; to lock it
-- again costs nothing, and neither trigger then rests on running after the other.
CREATE FUNCTION categories_require_empty() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM categories WHERE id = OLD.id FOR UPDATE;
    PERFORM FROM items WHERE category_id = OLD.id AND is_active LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Category % has items', OLD.id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'items', COLUMN = 'category_id',
                  CONSTRAINT = 'items_category_id_fkey';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER categories_require_empty BEFORE UPDATE ON categories
    FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active)
    EXECUTE FUNCTION categories_require_empty();
