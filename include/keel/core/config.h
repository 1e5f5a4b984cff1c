/* config.h - every setting of Keel: one table of keys, environment over file over defaults */
#ifndef KEEL_CORE_CONFIG_H
#define KEEL_CORE_CONFIG_H

#include "keel/core/scope.h"
#include "keel/core/siphash.h"

/* What settings may ask of argon2id, and what a stored hash may ask of the process. */
#define ARGON2_MEMORY_KIB_MAX 1048576
#define ARGON2_PASSES_MAX     64
#define ARGON2_LANES_MAX      16

/* Thirty days. */
#define KEY_OVERLAP_MAX 2592000

/* A hundred years. */
#define PURGE_DAYS_MAX 36500

enum config_environment { ENV_DEVELOPMENT, ENV_TESTING, ENV_PRODUCTION };

/*
 * The values in force. A member's row in the key table (src/core/config_keys.c) says its name,
 * kind, default, bounds and meaning; that row is the only place for them. Texts belong to the arena
 * the configuration was loaded into.
 */
struct config {
    enum config_environment environment;
    const char *base_path;

    const char *database_url;
    const char *migration_database_url; /* database_url where nothing was set */
    const char *database_read_url;
    int64_t read_lag_s;
    bool db_prepared;
    int64_t db_connect_timeout_s;
    int64_t db_statement_timeout_ms;
    int64_t db_lock_timeout_ms;
    int64_t db_idle_transaction_timeout_ms;
    int64_t db_deadline_ms;
    int64_t db_retries;
    int64_t slow_query_ms;
    int64_t count_bound;
    int64_t purge_days;
    int64_t audit_days;

    const char *jwt_secret;
    const char *jwt_kid;
    const char *key_folder;
    const char *jwt_issuer;
    const char *jwt_audience;
    int64_t access_token_s;
    const char *session_secret;
    int64_t refresh_grace_s;
    int64_t session_max_s;
    int64_t session_idle_s;
    int64_t key_overlap_s;
    const char *totp_issuer;
    const char *cursor_secret;
    int64_t argon2_memory_kib;
    int64_t argon2_passes;
    int64_t argon2_lanes;
    const char *hash_file;
    int64_t hash_slots;
    int64_t hash_wait_ms;
    int64_t login_failures;
    int64_t login_lock_s;
    int64_t login_client_failures;
    int64_t login_client_lock_s;
    const char *default_role;
    int64_t invite_days;
    bool hide_accounts;
    bool require_verified_email;
    int64_t reset_token_s;
    int64_t email_token_s;
    int64_t account_mail_pause_s;

    const char *public_url;
    const char *mail_transport;
    const char *mail_from;
    const char *mail_templates;
    const char *mail_folder;
    const char *mail_command;
    const char *mail_smtp_url;
    const char *mail_smtp_user;
    const char *mail_smtp_password;
    const char *mail_smtp_tls;
    const char *mail_smtp_ca;
    int64_t mail_timeout_s;
    int64_t mail_attempts;
    int64_t mail_retry_s;
    int64_t mail_keep_s;

    int64_t job_processes;
    bool job_listen;
    int64_t job_poll_ms;
    int64_t job_lease_s;
    int64_t job_drain_s;
    int64_t job_keep_s;
    int64_t job_keep_failed_s;

    bool require_if_match;
    int64_t idempotency_hours;
    int64_t cache_seconds;

    int64_t max_body_bytes;
    const char *upload_folder;
    int64_t max_upload_bytes;
    int64_t upload_timeout_s;
    const char *export_file;
    int64_t export_slots;
    int64_t export_timeout_s;
    int64_t import_keep_s;
    int64_t max_requests;
    int64_t max_memory_mb;
    int64_t request_timeout_s;
    int64_t drain_timeout_ms;
    const char *cors_origins;
    const char *trusted_proxies;
    const char *rate_file;
    int64_t rate_read_per_minute;
    int64_t rate_write_per_minute;
    int64_t rate_auth_per_minute;

    const char *metrics_file;
    const char *metrics_networks;
    const char *metrics_token;
    const char *pool;
    bool server_timing;

    const char *log;
    const char *log_level;

    /* No setting of its own: config_load() makes it of cursor_secret. */
    uint8_t cursor_key[SIPHASH_KEY_SIZE];
};

/* How a setting is written; it follows from the C type of its member. */
enum config_kind { CONFIG_TEXT, CONFIG_INT, CONFIG_BOOL, CONFIG_CHOICE };

/*
 * One setting. A process reads them once, when it starts: a worker has to be replaced to see a
 * change (`make restart`), keelctl sees it with its next call.
 */
struct config_key {
    const char *section;  /* heading of it and of those behind it; NULL: as the one before */
    const char *name;     /* the member of struct config */
    const char *variable; /* "KEEL_DB_RETRIES": in the environment and in the file */
    size_t offset;        /* in struct config */
    const char *standard; /* the default, as text */
    int64_t min, max;     /* of a CONFIG_INT; of the bytes of a CONFIG_TEXT, where max is not 0 */
    const char *choices;  /* "info|warn"; the value of a CONFIG_CHOICE is the index */
    const char *readers;  /* which programs read it: "worker", "keelctl", "worker, keelctl" */
    const char *meaning;  /* one sentence for operators */
    enum config_kind kind;
    bool secret;     /* never shown, never logged */
    bool web_server; /* the web server's configuration is made from it too (nginx/render) */
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

/* Where the value in force came from. */
enum config_source { CONFIG_FROM_DEFAULT, CONFIG_FROM_FILE, CONFIG_FROM_ENVIRONMENT };

/* One setting as `keelctl config` shows it. */
struct config_entry {
    const struct config_key *key;
    const char *value; /* as text; "(hidden)" for a secret that is set */
    enum config_source source;
};

/*
 * Loads the settings into `config`: defaults, then the file named by KEEL_CONFIG (build_config_file
 * where that is not said and the file is there), then `environment` (NULL-terminated "NAME=value",
 * of which the first of a name counts). The file has NAME=value lines, taken literally without
 * shell evaluation, empty lines and # comments; an unknown KEEL_ name in it is an error that names
 * file and line, so is one given twice; other names are not Keel's and skipped. In the environment
 * an unknown KEEL_ name is ignored, with the tools' own names in mind. `entries`, when not NULL,
 * receives config_key_count rows. Texts and entries belong to the scope's arena or are constants.
 * Fails with ERR_VALIDATION and one field error per wrong setting, named by its variable; in
 * production also when a secret is weak (secret_is_strong) or missing, or the database has no URL.
 */
bool config_load(struct scope *scope, char *const *environment, struct config *config,
                 struct config_entry **entries);

/* The file that config_load() reads, "" for none. */
const char *config_find_file(char *const *environment);

/* "production" and so on. */
const char *config_environment_name(enum config_environment environment);

#endif
