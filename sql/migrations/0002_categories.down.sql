-- Takes back 0002_categories: all categories are lost.
DROP TABLE categories;
DROP FUNCTION categories_require_childless();
DROP FUNCTION categories_require_parent();
DROP FUNCTION categories_refuse_cycle();
DROP FUNCTION categories_refuse_old_snapshot();
