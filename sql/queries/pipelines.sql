-- pipelines.sql - what the steps of pipelines ask

-- name: pipelines_categories
-- The categories at these paths from the root: "Kitchen > Kettles". Deleted ones have none.
WITH RECURSIVE tree AS (
    SELECT id, name::text AS path
    FROM categories
    WHERE parent_id IS NULL AND is_active
    UNION ALL
    SELECT c.id, t.path || ' > ' || c.name
    FROM tree t
    JOIN categories c ON c.parent_id = t.id AND c.is_active
)
SELECT path, id FROM tree WHERE path = ANY ($1::text[]);
