/* config_keys.c - the one table of settings */
#include "keel/core/config.h"

#include <stddef.h>

/*
 * What follows from the member: its name, its place, and its kind, so that none of them can be
 * wrong.
 */
#define SETTING(member)                                                                            \
    .name = #member, .offset = offsetof(struct config, member),                                    \
    .kind = _Generic(((struct config *)NULL)->member,                                              \
        const char *: CONFIG_TEXT,                                                                 \
        int64_t: CONFIG_INT,                                                                       \
        bool: CONFIG_BOOL,                                                                         \
        enum config_environment: CONFIG_CHOICE)

#define WORKER  "worker"
#define KEELCTL "keelctl"
#define BOTH    "worker, keelctl"

#define MINUTES_MS(n) ((n)*INT64_C(60000))

const struct config_key config_keys[] = {
    {SETTING(environment), .section = "Where it runs", .variable = "KEEL_ENV",
     .standard = "development", .choices = "development|testing|production", .readers = BOTH,
     .meaning = "Where this runs; production refuses weak secrets and demo accounts."},
    {SETTING(base_path), .variable = "KEEL_BASE_PATH", .standard = "/api", .max = 255,
     .readers = BOTH,
     .meaning = "The path in front of every route; empty when Keel has the whole host."},

    {SETTING(database_url), .section = "Database", .variable = "KEEL_DATABASE_URL", .standard = "",
     .secret = true, .readers = BOTH,
     .meaning = "libpq connection string or URI of the database; several hosts are allowed."},
    {SETTING(migration_database_url), .variable = "KEEL_MIGRATION_DATABASE_URL", .standard = "",
     .secret = true, .readers = KEELCTL,
     .meaning = "The same for migrations, as the schema's owner; empty means database_url."},
    {SETTING(db_prepared), .variable = "KEEL_DB_PREPARED", .standard = "true", .readers = BOTH,
     .meaning = "Use named prepared statements; false behind a transaction pooler."},
    {SETTING(db_connect_timeout_s), .variable = "KEEL_DB_CONNECT_TIMEOUT_S", .standard = "3",
     .min = 1, .max = 60, .readers = BOTH,
     .meaning = "Seconds to wait for a connection to one host."},
    {SETTING(db_statement_timeout_ms), .variable = "KEEL_DB_STATEMENT_TIMEOUT_MS",
     .standard = "5000", .min = 1, .max = MINUTES_MS(60), .readers = BOTH,
     .meaning = "Milliseconds after which PostgreSQL ends a statement."},
    {SETTING(db_lock_timeout_ms), .variable = "KEEL_DB_LOCK_TIMEOUT_MS", .standard = "2000",
     .min = 1, .max = MINUTES_MS(60), .readers = BOTH,
     .meaning = "Milliseconds after which PostgreSQL gives up waiting for a lock."},
    {SETTING(db_idle_transaction_timeout_ms), .variable = "KEEL_DB_IDLE_TRANSACTION_TIMEOUT_MS",
     .standard = "10000", .min = 1, .max = MINUTES_MS(60), .readers = BOTH,
     .meaning = "Milliseconds after which PostgreSQL ends a session that idles in a transaction."},
    {SETTING(db_deadline_ms), .variable = "KEEL_DB_DEADLINE_MS", .standard = "8000", .min = 1,
     .max = MINUTES_MS(60), .readers = BOTH,
     .meaning = "Milliseconds after which a silent database counts as lost; should exceed "
                "db_statement_timeout_ms."},
    {SETTING(db_retries), .variable = "KEEL_DB_RETRIES", .standard = "3", .max = 10,
     .readers = BOTH,
     .meaning = "How often a transaction that failed to serialize or deadlocked is run again."},
    {SETTING(count_bound), .variable = "KEEL_COUNT_BOUND", .standard = "10000", .max = 100000000,
     .readers = WORKER,
     .meaning = "Rows up to which a list with filters is counted; beyond, its total is the "
                "planner's estimate. 0 means never count."},
    {SETTING(purge_days), .variable = "KEEL_PURGE_DAYS", .standard = "0", .max = PURGE_DAYS_MAX,
     .readers = KEELCTL,
     .meaning = "Days after which keelctl purge removes deleted rows for good; 0 means never."},

    {SETTING(jwt_secret), .section = "Tokens, cursors and passwords", .variable = "KEEL_JWT_SECRET",
     .standard = "", .secret = true, .readers = WORKER,
     .meaning = "Signs access tokens; at least 32 random bytes."},
    {SETTING(jwt_kid), .variable = "KEEL_JWT_KID", .standard = "k1", .min = 1, .max = 64,
     .readers = WORKER, .meaning = "Name of the signing key, written into each token."},
    {SETTING(jwt_issuer), .variable = "KEEL_JWT_ISSUER", .standard = "keel", .min = 1, .max = 255,
     .readers = WORKER, .meaning = "The iss of tokens, given out and demanded."},
    {SETTING(jwt_audience), .variable = "KEEL_JWT_AUDIENCE", .standard = "keel-api", .min = 1,
     .max = 255, .readers = WORKER, .meaning = "The aud of tokens, given out and demanded."},
    {SETTING(access_token_s), .variable = "KEEL_ACCESS_TOKEN_S", .standard = "900", .min = 10,
     .max = 86400, .readers = WORKER, .meaning = "Seconds an access token is good for."},
    {SETTING(session_secret), .variable = "KEEL_SESSION_SECRET", .standard = "", .secret = true,
     .readers = WORKER,
     .meaning = "Derives refresh tokens and keeps second factors; at least 32 random bytes."},
    {SETTING(refresh_grace_s), .variable = "KEEL_REFRESH_GRACE_S", .standard = "10", .max = 300,
     .readers = WORKER,
     .meaning = "Seconds that a refresh token just used up still gives the one that replaced it."},
    {SETTING(session_max_s), .variable = "KEEL_SESSION_MAX_S", .standard = "7776000", .min = 60,
     .max = 315360000, .readers = WORKER,
     .meaning = "Seconds after which one has to sign in again, however busy the session was."},
    {SETTING(session_idle_s), .variable = "KEEL_SESSION_IDLE_S", .standard = "2592000", .min = 60,
     .max = 315360000, .readers = WORKER,
     .meaning = "Seconds that a session may lie unused; should exceed access_token_s."},
    {SETTING(cursor_secret), .variable = "KEEL_CURSOR_SECRET", .standard = "", .secret = true,
     .readers = WORKER, .meaning = "Signs the cursors of lists; at least 32 random bytes."},
    {SETTING(argon2_memory_kib), .variable = "KEEL_ARGON2_MEMORY_KIB", .standard = "19456",
     .min = 8, .max = ARGON2_MEMORY_KIB_MAX, .readers = BOTH,
     .meaning = "Memory in KiB that hashing one password takes."},
    {SETTING(argon2_passes), .variable = "KEEL_ARGON2_PASSES", .standard = "2", .min = 1,
     .max = ARGON2_PASSES_MAX, .readers = BOTH, .meaning = "Passes over that memory."},
    {SETTING(argon2_lanes), .variable = "KEEL_ARGON2_LANES", .standard = "1", .min = 1,
     .max = ARGON2_LANES_MAX, .readers = BOTH,
     .meaning = "Lanes of hashing; each needs 8 KiB of argon2_memory_kib."},
    {SETTING(default_role), .variable = "KEEL_DEFAULT_ROLE", .standard = "editor", .min = 1,
     .max = 63, .readers = BOTH, .meaning = "The role a new account gets."},
    {SETTING(hide_accounts), .variable = "KEEL_HIDE_ACCOUNTS", .standard = "false",
     .readers = WORKER,
     .meaning = "Answer a registration the same way whether the address is taken or not."},

    {SETTING(public_url), .section = "Mail", .variable = "KEEL_PUBLIC_URL",
     .standard = "http://127.0.0.1:8080", .min = 1, .max = 1024, .readers = BOTH,
     .meaning = "Where people reach the pages that links in mails lead to, without a last slash."},
    {SETTING(mail_transport), .variable = "KEEL_MAIL_TRANSPORT", .standard = "folder",
     .choices = "folder|sendmail|smtp|none", .readers = BOTH,
     .meaning = "How mail goes out: files in mail_folder, mail_command, an SMTP server, or never."},
    {SETTING(mail_from), .variable = "KEEL_MAIL_FROM", .standard = "Keel <keel@localhost>",
     .min = 1, .max = 320, .readers = BOTH,
     .meaning =
         "Who mails come from: \"Name <address>\"; the name is also what mails call the site."},
    {SETTING(mail_templates), .variable = "KEEL_MAIL_TEMPLATES", .standard = "", .max = 4095,
     .readers = BOTH,
     .meaning = "Folder of own texts of mails; a file that is not there is the built-in one."},
    {SETTING(mail_folder), .variable = "KEEL_MAIL_FOLDER", .standard = "", .max = 4095,
     .readers = KEELCTL, .meaning = "Where the transport folder writes its .eml files."},
    {SETTING(mail_command), .variable = "KEEL_MAIL_COMMAND", .standard = "/usr/sbin/sendmail -i -t",
     .max = 4095, .readers = KEELCTL,
     .meaning = "What the transport sendmail runs, without a shell; the mail is its input."},
    {SETTING(mail_smtp_url), .variable = "KEEL_MAIL_SMTP_URL", .standard = "", .max = 1024,
     .readers = KEELCTL,
     .meaning =
         "The SMTP server: smtp://host:587 with STARTTLS, smtps://host:465 with TLS at once."},
    {SETTING(mail_smtp_user), .variable = "KEEL_MAIL_SMTP_USER", .standard = "", .max = 255,
     .readers = KEELCTL, .meaning = "Whom to sign in as at the SMTP server; empty means nobody."},
    {SETTING(mail_smtp_password), .variable = "KEEL_MAIL_SMTP_PASSWORD", .standard = "",
     .max = 1024, .secret = true, .readers = KEELCTL, .meaning = "The password of that user."},
    {SETTING(mail_smtp_tls), .variable = "KEEL_MAIL_SMTP_TLS", .standard = "required",
     .choices = "required|off", .readers = KEELCTL,
     .meaning = "off sends mails unencrypted: only for a server on the same machine."},
    {SETTING(mail_smtp_ca), .variable = "KEEL_MAIL_SMTP_CA", .standard = "", .max = 4095,
     .readers = KEELCTL,
     .meaning =
         "File of the authorities that the server's certificate may be of; empty: the system's."},
    {SETTING(mail_timeout_s), .variable = "KEEL_MAIL_TIMEOUT_S", .standard = "30", .min = 1,
     .max = 600, .readers = KEELCTL, .meaning = "Seconds that sending one mail may take."},
    {SETTING(mail_attempts), .variable = "KEEL_MAIL_ATTEMPTS", .standard = "8", .min = 1,
     .max = 100, .readers = KEELCTL,
     .meaning = "How often a mail is tried, at growing intervals, before it is given up."},
    {SETTING(mail_retry_s), .variable = "KEEL_MAIL_RETRY_S", .standard = "86400", .max = 31536000,
     .readers = KEELCTL,
     .meaning =
         "Seconds that a mail given up keeps its text for `keelctl mail retry`; 0 means none."},
    {SETTING(mail_keep_s), .variable = "KEEL_MAIL_KEEP_S", .standard = "2592000", .max = 315360000,
     .readers = KEELCTL,
     .meaning = "Seconds after which what was sent or given up is forgotten altogether."},

    {SETTING(require_if_match), .section = "Changes and kept answers",
     .variable = "KEEL_REQUIRE_IF_MATCH", .standard = "false", .readers = WORKER,
     .meaning = "Refuse PUT, PATCH and DELETE without If-Match where rows have versions (428)."},
    {SETTING(idempotency_hours), .variable = "KEEL_IDEMPOTENCY_HOURS", .standard = "24", .min = 1,
     .max = 8760, .readers = BOTH,
     .meaning =
         "Hours for which a request repeated with its Idempotency-Key gets its first answer."},
    {SETTING(cache_seconds), .web_server = true, .variable = "KEEL_CACHE_SECONDS", .standard = "0",
     .max = 3600, .readers = KEELCTL,
     .meaning = "Seconds for which the web server may keep public answers; 0 means not at all."},

    {SETTING(max_body_bytes), .web_server = true, .section = "Workers and requests",
     .variable = "KEEL_MAX_BODY_BYTES", .standard = "1048576", .min = 1, .max = 1073741824,
     .readers = WORKER,
     .meaning = "Bytes of the largest request body; the web server's limit is made from it."},
    {SETTING(max_requests), .variable = "KEEL_MAX_REQUESTS", .standard = "100000",
     .max = 1000000000, .readers = WORKER,
     .meaning = "Requests after which a worker makes room for a new one; 0 means never."},
    {SETTING(max_memory_mb), .variable = "KEEL_MAX_MEMORY_MB", .standard = "64", .max = 1048576,
     .readers = WORKER,
     .meaning = "Resident MiB above which a worker makes room for a new one; 0 means never."},
    {SETTING(request_timeout_s), .variable = "KEEL_REQUEST_TIMEOUT_S", .standard = "30", .min = 1,
     .max = 3600, .readers = WORKER,
     .meaning = "Seconds a client may take to send a request and to take its answer."},
    {SETTING(drain_timeout_ms), .variable = "KEEL_DRAIN_TIMEOUT_MS", .standard = "2000", .min = 1,
     .max = MINUTES_MS(1), .readers = WORKER,
     .meaning = "Milliseconds to read away an unwanted body, and to serve what waits at the end."},
    {SETTING(cors_origins), .web_server = true, .variable = "KEEL_CORS_ORIGINS", .standard = "",
     .readers = WORKER,
     .meaning = "Origins of browsers' pages that may call, space-separated; * is any, empty none."},
    {SETTING(trusted_proxies), .variable = "KEEL_TRUSTED_PROXIES", .standard = "",
     .readers = WORKER,
     .meaning = "Networks (CIDR, space-separated) whose X-Forwarded-For is believed; empty none."},
    {SETTING(rate_file), .section = "Rate limits", .variable = "KEEL_RATE_FILE", .standard = "",
     .max = 4095, .readers = WORKER,
     .meaning =
         "File in which all processes of the node count requests; empty means no rate limit."},
    {SETTING(rate_read_per_minute), .variable = "KEEL_RATE_READ_PER_MINUTE", .standard = "6000",
     .max = 100000000, .readers = WORKER,
     .meaning = "Reading requests a minute that one client may make; 0 means any number."},
    {SETTING(rate_write_per_minute), .variable = "KEEL_RATE_WRITE_PER_MINUTE", .standard = "1200",
     .max = 100000000, .readers = WORKER,
     .meaning = "Writing requests a minute that one client may make; 0 means any number."},
    {SETTING(rate_auth_per_minute), .variable = "KEEL_RATE_AUTH_PER_MINUTE", .standard = "60",
     .max = 100000000, .readers = WORKER,
     .meaning = "Logins, registrations and the like a minute of one client; 0 means any number."},

    {SETTING(log), .section = "Log", .variable = "KEEL_LOG", .standard = "auto", .min = 1,
     .max = 4095, .readers = WORKER,
     .meaning = "auto, stderr, syslog or a file's path; auto is syslog where nobody reads stderr."},
    {SETTING(log_level), .variable = "KEEL_LOG_LEVEL", .standard = "info",
     .choices = "debug|info|warn|error", .readers = WORKER,
     .meaning = "The least important level that is logged."},
};

const size_t config_key_count = sizeof config_keys / sizeof config_keys[0];
