-- Purpose: the application removes entries of the audit log that are old, so that the runner of jobs needs no owner's password.

-- Removes some of what is older than so many days, and never what is younger than 30: whoever gets hold of the application
-- still cannot wipe out how. It works as the owner of the log, in this schema alone, whatever the caller's search path.
-- May be called by its owner, and by whoever may add to the log.
DO $do$
DECLARE
    adder regrole;
BEGIN
    EXECUTE format('CREATE FUNCTION audit_log_trim(days integer, most integer) RETURNS bigint LANGUAGE sql SECURITY DEFINER'
                   ' SET search_path = %I, pg_temp AS %L', current_schema(), $body$
        WITH removed AS (
            DELETE FROM audit_log WHERE id IN (
                SELECT id FROM audit_log WHERE at < now() - make_interval(days => greatest(days, 30)) ORDER BY at LIMIT most)
            RETURNING id
        )
        SELECT count(*) FROM removed
    $body$);
    REVOKE ALL ON FUNCTION audit_log_trim(integer, integer) FROM PUBLIC;
    FOR adder IN
        SELECT DISTINCT acl.grantee FROM pg_catalog.pg_class AS c, pg_catalog.aclexplode(c.relacl) AS acl
        WHERE c.oid = 'audit_log'::regclass AND acl.grantee NOT IN (0, c.relowner)
          AND has_column_privilege(acl.grantee, 'audit_log', 'route', 'INSERT')
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION audit_log_trim(integer, integer) TO %s', adder);
    END LOOP;
END
$do$;
