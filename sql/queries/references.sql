-- references.sql - who refers to a table's rows

-- name: references_to
-- Columns that keep a row of this table from being removed: table and column as SQL writes them, the table's plain name,
-- and whether its rows may be deleted softly.
SELECT k.conrelid::regclass, quote_ident(a.attname), t.relname,
       EXISTS (SELECT FROM pg_attribute s WHERE s.attrelid = k.conrelid AND s.attname = 'is_active' AND NOT s.attisdropped)
  FROM pg_constraint k
  JOIN pg_class t ON t.oid = k.conrelid
  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
  JOIN pg_attribute i ON i.attrelid = k.confrelid AND i.attnum = k.confkey[1]
 WHERE k.contype = 'f' AND k.confdeltype IN ('a', 'r') AND k.confrelid = to_regclass($1)
   AND cardinality(k.conkey) = 1 AND i.attname = 'id'
 ORDER BY t.relname, a.attname;
