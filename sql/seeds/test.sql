-- test.sql - a small, fixed set for tests: every id, price and time below may be relied on
--
-- Run in one transaction, as the owner of the schema. Running it again changes nothing. Ids that the
-- database hands out afterwards begin at 1001.
--
-- What is where: items 1 to 20 are active, 21 to 25 deleted. 4, 5, 6 and 7 cost the same; 8 and 9 were
-- made in the same moment; 10 to 14 have names outside ASCII; 15 and 16 hold characters that mean
-- something to LIKE; 17 and 18 begin like a formula; 19 and 20 have no category, 20 no description.

INSERT INTO categories (id, name, parent_id, is_active, created_at, updated_at)
OVERRIDING SYSTEM VALUE VALUES
    (1, 'House',      NULL, true,  '2026-01-01 00:00:00Z', '2026-01-01 00:00:00Z'),
    (2, 'Kitchen',    1,    true,  '2026-01-01 01:00:00Z', '2026-01-01 01:00:00Z'),
    (3, 'Küche & Öl', 2,    true,  '2026-01-01 02:00:00Z', '2026-01-01 02:00:00Z'),
    (4, 'Workshop',   1,    true,  '2026-01-01 03:00:00Z', '2026-01-01 03:00:00Z'),
    (5, 'Nothing',    NULL, true,  '2026-01-01 04:00:00Z', '2026-01-01 04:00:00Z'),
    (6, 'Sold out',   NULL, false, '2026-01-01 05:00:00Z', '2026-01-01 05:00:00Z')
ON CONFLICT (id) DO NOTHING;

INSERT INTO items (id, name, description, price, quantity, category_id, is_active, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT id, name, description, price, quantity, category_id, is_active, made::timestamptz, made::timestamptz
FROM (VALUES
    (1,  'Apron',             'Linen, with one pocket.',           24.50,       12,         2,    true,  '2026-02-01 08:00:00Z'),
    (2,  'Awl',               'For leather and stubborn holes.',   0.00,        3,          4,    true,  '2026-02-02 08:00:00Z'),
    (3,  'Anvil',             'Two men and a strong floor.',       99999999.99, 2147483647, 4,    true,  '2026-02-03 08:00:00Z'),
    (4,  'Bowl',              'Stoneware.',                        9.99,        40,         2,    true,  '2026-02-04 08:00:00Z'),
    (5,  'Board',             'Beech.',                            9.99,        30,         2,    true,  '2026-02-05 08:00:00Z'),
    (6,  'Brush',             'Hog bristle.',                      9.99,        20,         4,    true,  '2026-02-06 08:00:00Z'),
    (7,  'bolt',              'Lower case on purpose.',            9.99,        0,          4,    true,  '2026-02-07 08:00:00Z'),
    (8,  'Candle',            'Burns for nine hours.',             0.30,        100,        1,    true,  '2026-02-08 08:00:00Z'),
    (9,  'Candlestick',       'Brass.',                            19.99,       7,          1,    true,  '2026-02-08 08:00:00Z'),
    (10, 'Crème brûlée dish', 'Porcelain, six pieces.',            31.40,       5,          3,    true,  '2026-02-10 08:00:00Z'),
    (11, 'Öl',                'Two letters, three bytes.',         12.00,       9,          3,    true,  '2026-02-11 08:00:00Z'),
    (12, '抹茶茶碗',          '抹茶のための茶碗。',                64.95,       4,          3,    true,  '2026-02-12 08:00:00Z'),
    (13, 'Самовар',           'Ведёрный, на углях.',               149.00,      1,          3,    true,  '2026-02-13 08:00:00Z'),
    (14, 'Mug 🐋',            'Four bytes in one character.',      8.95,        16,         2,    true,  '2026-02-14 08:00:00Z'),
    (15, 'Cloth 100% cotton', 'A per cent sign to search for.',    6.50,        22,         2,    true,  '2026-02-15 08:00:00Z'),
    (16, 'drill_bit\4',       'An underscore and a backslash.',    3.25,        60,         4,    true,  '2026-02-16 08:00:00Z'),
    (17, '=1+1',              'Must come back as it went in.',     1.00,        2,          5,    true,  '2026-02-17 08:00:00Z'),
    (18, '@SUM(A1:A2)',       'Commas, "quotes"' || E',\na line.', 1.50,        2,          5,    true,  '2026-02-18 08:00:00Z'),
    (19, 'Dust',              'Belongs nowhere.',                  0.01,        1,          NULL, true,  '2026-02-19 08:00:00Z'),
    (20, 'Void',              NULL,                                5.00,        0,          NULL, true,  '2026-02-20 08:00:00Z'),
    (21, 'Egg timer',         'Deleted; can be restored.',         7.95,        8,          2,    false, '2026-02-21 08:00:00Z'),
    (22, 'Easel',             'Deleted; can be restored.',         59.00,       2,          4,    false, '2026-02-22 08:00:00Z'),
    (23, 'Eyelet',            'Deleted, like its category.',       0.10,        500,        6,    false, '2026-02-23 08:00:00Z'),
    (24, 'Edge',              'Deleted, without a category.',      9.99,        1,          NULL, false, '2026-02-24 08:00:00Z'),
    (25, 'Apron',             'Deleted, with a name used again.',  24.50,       6,          2,    false, '2026-02-25 08:00:00Z')
) AS fixed (id, name, description, price, quantity, category_id, is_active, made)
ON CONFLICT (id) DO NOTHING;

-- Never backwards: an id must not be handed out twice when this runs again.
DO $$
BEGIN
    PERFORM setval('categories_id_seq', greatest(1000, last_value)) FROM categories_id_seq;
    PERFORM setval('items_id_seq', greatest(1000, last_value)) FROM items_id_seq;
END
$$;
