-- Takes back 0003_items: all items are lost.
DROP TRIGGER categories_require_empty ON categories;
DROP FUNCTION categories_require_empty();
DROP TABLE items;
DROP FUNCTION items_require_category();
