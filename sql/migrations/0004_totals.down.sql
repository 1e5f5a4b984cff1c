-- Takes back 0004_totals: totals are counted again when somebody asks.
DELETE FROM role_permissions WHERE permission = 'categories:deleted';
DELETE FROM permissions WHERE name = 'categories:deleted';
CALL count_rows_stop('items');
CALL count_rows_stop('categories');
DROP PROCEDURE count_rows_stop(regclass);
DROP PROCEDURE count_rows(regclass, name[]);
DROP FUNCTION row_totals_truncate();
DROP PROCEDURE row_totals_fold(regclass);
DROP FUNCTION row_totals_mend(regclass, name[]);
DROP FUNCTION row_totals_compare(regclass, name[]);
DROP FUNCTION row_totals_select(regclass, name[], text, integer);
DROP TABLE row_totals;
