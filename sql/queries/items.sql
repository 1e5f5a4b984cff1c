-- items.sql - what items do beyond being read and written row by row

-- name: items_adjust
-- Adds to the quantity of an item, or takes away: id, delta. No row: there is none, or it is deleted.
UPDATE items SET quantity = quantity + $2 WHERE id = $1 AND is_active RETURNING quantity;
