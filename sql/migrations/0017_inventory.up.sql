-- Purpose: what was in stock on each day, by category, and who may read reports.

-- A row counts the items that were not deleted when the day was counted last; NULL is items without a category. No
-- foreign key: what was in stock stays true when the category is gone for good.
CREATE TABLE inventory_daily (
    day         date NOT NULL,
    category_id bigint,
    items       bigint NOT NULL,
    units       bigint NOT NULL,
    value       numeric(24, 2) NOT NULL,
    CONSTRAINT inventory_daily_key UNIQUE NULLS NOT DISTINCT (day, category_id),
    CONSTRAINT inventory_daily_items_range CHECK (items >= 0),
    CONSTRAINT inventory_daily_units_range CHECK (units >= 0),
    CONSTRAINT inventory_daily_value_range CHECK (value >= 0 AND value <> 'NaN')
);

INSERT INTO permissions (name, summary) VALUES ('reports:read', 'Read reports on what is in stock.');
INSERT INTO role_permissions (role, permission) VALUES
    ('admin', 'reports:read'), ('editor', 'reports:read');
