/* doctor_settings.c - settings that are right by themselves, and wrong where this runs */
#include "doctor.h"

#include "keel/core/network.h"
#include "keel/core/secret.h"

#include <string.h>
#include <strings.h>

void doctor_check_environment(struct doctor *doctor)
{
    const struct config *config = &doctor->cli->config;
    bool is_local = strstr(config->public_url, "//127.0.0.1") ||
                    strstr(config->public_url, "//localhost") ||
                    strstr(config->public_url, "//[::1]");

    if (!doctor_is_strict(doctor))
        doctor_warn(doctor, doctor_setting(doctor, "KEEL_ENV", "production"),
                    "KEEL_ENV is %s: weak secrets and demo accounts are let through.",
                    config_environment_name(config->environment));
    else if (is_local)
        doctor_warn(doctor, doctor_setting(doctor, "KEEL_PUBLIC_URL", "https://www.example.com"),
                    "Links in mails lead to %s, which is here only for this host.",
                    config->public_url);
    else if (strncasecmp(config->public_url, "https://", 8) != 0)
        doctor_warn(doctor, doctor_setting(doctor, "KEEL_PUBLIC_URL", "https://www.example.com"),
                    "Links in mails lead to %s: what they hold travels unencrypted.",
                    config->public_url);
    else
        doctor_ok(doctor, "Set up for production, at %s.", config->public_url);
}

/* A line that mends it, whether the file has the setting already or not. */
static const char *mend_secret(struct doctor *doctor, const char *variable)
{
    if (!doctor->file)
        return doctor_text(doctor, "export %s=$(openssl rand -base64 48 | tr -d '\\n')", variable);
    return doctor_text(doctor,
                       "sed -i '/^%s=/d' %s && printf '%s=%%s\\n' \"$(openssl rand -base64 48 | tr "
                       "-d '\\n')\" >>%s && keelctl workers restart",
                       variable, doctor->file, variable, doctor->file);
}

/* What serves in production where the default does not. */
static const struct {
    const char *variable, *value;
} samples[] = {
    {"KEEL_DATABASE_URL", "host=/var/run/postgresql dbname=keel user=keel_app"},
    {"KEEL_PUBLIC_URL", "https://www.example.com"},
    {"KEEL_MAIL_TRANSPORT", "smtp"},
    {"KEEL_MAIL_FROM", "Example <mail@example.com>"},
    {"KEEL_MAIL_SMTP_URL", "smtps://mail.example.com:465"},
    {"KEEL_MAIL_SMTP_TLS", "required"},
};

static const char *sample_of(const char *variable)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        if (strcmp(samples[i].variable, variable) == 0)
            return samples[i].value;
    }
    for (size_t i = 0; i < config_key_count; i++) {
        if (strcmp(config_keys[i].variable, variable) == 0)
            return config_keys[i].standard;
    }
    return "";
}

/* A line for one of the settings' errors; NULL where its sentence says all that there is to say. */
static const char *mend_field(struct doctor *doctor, const struct field_error *field)
{
    if (strcmp(field->code, "weak") == 0)
        return mend_secret(doctor, field->field);
    if (strcmp(field->code, "unknown") == 0)
        return doctor_text(doctor, "sed -i '/^%s=/d' %s", field->field, doctor->file);
    if (strcmp(field->code, "unreadable") == 0)
        return "sudo keelctl doctor   (where it is another file: KEEL_CONFIG=FILE)";
    return *sample_of(field->field) ? doctor_setting(doctor, field->field, sample_of(field->field))
                                    : NULL;
}

void doctor_check_settings(struct doctor *doctor)
{
    const struct error *error = doctor->wrong;

    if (!error)
        doctor_ok(doctor, "All settings can be read%s%s.", doctor->file ? ", those in " : "",
                  doctor->file ? doctor->file : "");
    else if (!error->fields)
        doctor_error(doctor, NULL, "%s", error->message);
    for (const struct field_error *field = error ? error->fields : NULL; field; field = field->next)
        doctor_error(doctor, mend_field(doctor, field), "%s", field->message);
}

struct secret {
    const char *variable;
    const char *value;
    bool may_lack;
};

/* Claim: nothing is wrong with it alone. */
static bool check_secret(struct doctor *doctor, const struct secret *secret)
{
    const char *mend = mend_secret(doctor, secret->variable);

    if (*secret->value == '\0' && secret->may_lack)
        return true;
    if (*secret->value == '\0')
        doctor_error(doctor, mend, "%s is not set: no worker starts.", secret->variable);
    else if (secret_is_strong(secret->value))
        return true;
    else if (doctor_is_strict(doctor))
        doctor_error(doctor, mend, "%s is weak.", secret->variable);
    else
        doctor_warn(doctor, mend, "%s is weak; production would not start.", secret->variable);
    return false;
}

void doctor_check_secrets(struct doctor *doctor)
{
    const struct config *config = &doctor->cli->config;
    const struct secret secrets[] = {
        {"KEEL_JWT_SECRET", config->jwt_secret, *config->key_folder != '\0'},
        {"KEEL_SESSION_SECRET", config->session_secret, false},
        {"KEEL_CURSOR_SECRET", config->cursor_secret, false},
    };
    const size_t count = sizeof secrets / sizeof secrets[0];
    bool are_good = true;

    for (size_t i = 0; i < count; i++) {
        are_good = check_secret(doctor, &secrets[i]) && are_good;
        for (size_t j = 0; j < i; j++) {
            if (*secrets[i].value == '\0' || strcmp(secrets[i].value, secrets[j].value) != 0)
                continue;
            are_good = false;
            doctor_error(doctor, mend_secret(doctor, secrets[i].variable),
                         "%s and %s are the same: what leaks by one use breaks the other.",
                         secrets[j].variable, secrets[i].variable);
        }
    }
    if (are_good)
        doctor_ok(doctor, "All secrets are there, strong, and different from each other.");
}

/* Claim: it holds every address there is. */
static bool holds_all(const char *network, size_t length)
{
    return length > 2 && strncmp(network + length - 2, "/0", 2) == 0;
}

/* Claim: nothing is wrong with it alone. */
static bool check_network(struct doctor *doctor, const char *network, size_t length)
{
    const char *mend = doctor_setting(doctor, "KEEL_TRUSTED_PROXIES", "10.0.0.5");

    if (!network_is_valid(network, length))
        doctor_error(doctor, mend, "KEEL_TRUSTED_PROXIES has %.*s, which is no network.",
                     (int)length, network);
    else if (holds_all(network, length))
        doctor_error(doctor, mend,
                     "KEEL_TRUSTED_PROXIES holds every address: a client may call itself what it "
                     "likes, past rate limits, lockouts and the networks of API keys.");
    else
        return true;
    return false;
}

void doctor_check_proxies(struct doctor *doctor)
{
    const char *list = doctor->cli->config.trusted_proxies;
    const char *at = list;
    bool are_good = true;
    size_t length;

    while ((length = network_next(&at)) > 0) {
        are_good = check_network(doctor, at, length) && are_good;
        at += length;
    }
    if (*list == '\0')
        doctor_ok(doctor, "No X-Forwarded-For is believed: clients connect to the web server.");
    else if (are_good)
        doctor_ok(doctor, "X-Forwarded-For is believed of %s alone.", list);
}
