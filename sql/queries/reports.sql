-- reports.sql - what is counted day by day, and reports of it

-- name: inventory_count
-- The stock by category as it is now, for the day $1, or today in UTC. A category that had items when the day was
-- counted before and has none now is there with zeros, so that counting again leaves nothing old behind.
WITH wanted AS (
    SELECT coalesce($1::date, (now() AT TIME ZONE 'UTC')::date) AS day
), present AS (
    SELECT category_id, count(*) AS items, sum(quantity) AS units, sum(quantity * price) AS value
    FROM items
    WHERE is_active
    GROUP BY category_id
)
SELECT w.day, p.category_id, p.items, p.units, p.value
FROM wanted w CROSS JOIN present p
UNION ALL
SELECT d.day, d.category_id, 0, 0, 0
FROM wanted w
JOIN inventory_daily d ON d.day = w.day
WHERE NOT EXISTS (SELECT FROM present p WHERE p.category_id IS NOT DISTINCT FROM d.category_id)
ORDER BY 2;

-- name: inventory_keep
INSERT INTO inventory_daily (day, category_id, items, units, value)
SELECT * FROM unnest($1::date[], $2::bigint[], $3::bigint[], $4::bigint[], $5::numeric[])
ON CONFLICT (day, category_id) DO UPDATE
SET items = EXCLUDED.items, units = EXCLUDED.units, value = EXCLUDED.value;

-- name: inventory_report
-- Days from $1 to $2; a category that is gone for good has no name any more.
SELECT d.day, d.category_id, c.name AS category, d.items, d.units, d.value
FROM inventory_daily d
LEFT JOIN categories c ON c.id = d.category_id
WHERE d.day BETWEEN $1::date AND $2::date
ORDER BY d.day, d.category_id;
