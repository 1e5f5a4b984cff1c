-- Takes back 0013_audit: who did what until now is lost.
DROP TABLE audit_log;
DROP FUNCTION audit_log_guard();
