-- Purpose: who did what to which row, when and from where, in a log that the application can add to and not rewrite.

-- Written in the transaction of the change itself, so that one is not there without the other. Nothing refers to
-- other tables: an entry outlives the account, the key and the row that it is about. `changes` is an object with one
-- member per changed column, {"price": {"from": 34.95, "to": 19.99}}; what was new or is not known has no "from".
CREATE TABLE audit_log (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    at         timestamptz NOT NULL DEFAULT now(),
    user_id    bigint,
    session_id bigint,
    api_key_id bigint,
    route      text NOT NULL,
    method     text NOT NULL,
    status     smallint NOT NULL,
    table_name text,
    row_id     bigint,
    changes    jsonb,
    address    inet,
    request_id text,
    CONSTRAINT audit_log_pkey PRIMARY KEY (id)
);

-- In the order that lists have when nobody asks for another: all, of an account, of a key, of a row, of a route.
CREATE INDEX audit_log_at_idx ON audit_log (at, id);
CREATE INDEX audit_log_user_id_at_idx ON audit_log (user_id, at, id) WHERE user_id IS NOT NULL;
CREATE INDEX audit_log_api_key_id_at_idx ON audit_log (api_key_id, at, id) WHERE api_key_id IS NOT NULL;
CREATE INDEX audit_log_row_at_idx ON audit_log (table_name, row_id, at, id) WHERE row_id IS NOT NULL;
CREATE INDEX audit_log_route_at_idx ON audit_log (route, at, id);

-- Whoever was given more by the owner's default privileges keeps reading and adding. The id and the time of an entry
-- are the database's to say, so that none can be made to look older than it is.
DO $$
DECLARE
    grantee regrole;
BEGIN
    REVOKE ALL ON audit_log FROM PUBLIC;
    FOR grantee IN
        SELECT DISTINCT acl.grantee FROM pg_catalog.pg_class AS c, pg_catalog.aclexplode(c.relacl) AS acl
        WHERE c.oid = 'audit_log'::regclass AND acl.grantee NOT IN (0, c.relowner)
    LOOP
        EXECUTE format('REVOKE ALL ON audit_log FROM %s', grantee);
        EXECUTE format('GRANT SELECT, INSERT (user_id, session_id, api_key_id, route, method, status, table_name,'
                       ' row_id, changes, address, request_id) ON audit_log TO %s', grantee);
    END LOOP;
END
$$;

-- Holds whatever is granted later, as GRANT ... ON ALL TABLES: an entry is never changed, and only the owner of the
-- table removes any.
CREATE FUNCTION audit_log_guard() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' AND pg_catalog.pg_has_role(current_user, (
        SELECT relowner FROM pg_catalog.pg_class WHERE oid = TG_RELID), 'USAGE')
    THEN
        RETURN NULL;
    END IF;
    RAISE insufficient_privilege USING MESSAGE = 'audit_log is only added to; its owner alone removes entries';
END
$$;
CREATE TRIGGER audit_log_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_guard();
