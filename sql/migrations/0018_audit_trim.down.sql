-- Takes back 0018_audit_trim: only the owner of the log removes entries.
DROP FUNCTION audit_log_trim(integer, integer);
