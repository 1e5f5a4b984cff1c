-- Takes back 0015_imports: what was imported stays, and nobody knows from where.
DELETE FROM role_permissions WHERE permission IN ('imports:read', 'imports:write');
DELETE FROM permissions WHERE name IN ('imports:read', 'imports:write');
DO $$ BEGIN PERFORM import_unstage(id) FROM imports; END $$;
DROP TRIGGER jobs_followed_by_imports ON jobs;
DROP FUNCTION imports_follow_job();
DROP FUNCTION import_stage(bigint, regclass, name[], boolean);
DROP FUNCTION import_index(bigint, boolean);
DROP FUNCTION import_unstage(bigint);
DROP FUNCTION import_advance(regclass, bigint);
DROP FUNCTION import_require(regclass);
DROP TABLE import_rejects;
DROP TABLE imports;
