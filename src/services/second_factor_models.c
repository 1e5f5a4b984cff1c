/* second_factor_models.c - the bodies and answers of the second factor */
#include "keel/services/second_factor.h"

static const struct column start_columns[] = {
    {TEXT(struct totp_start, current_password), .uses = CREATE | REQUIRE, .format = "password",
     .min = 1, .max = 1024, .example = "\"correct horse battery\"",
     .doc = "The account's password."},
};

const struct model totp_start_model = {
    .name = "TOTPStart",
    COLUMNS(start_columns),
    .size = sizeof(struct totp_start),
};

static const struct column confirmation_columns[] = {
    {TEXT(struct totp_confirmation, code), .uses = CREATE | REQUIRE, .min = 1, .max = 64,
     .secret = true, .example = "\"123456\"", .doc = "What the app shows now."},
};

const struct model totp_confirmation_model = {
    .name = "TOTPConfirmation",
    COLUMNS(confirmation_columns),
    .size = sizeof(struct totp_confirmation),
};

static const struct column proof_columns[] = {
    {TEXT(struct totp_proof, current_password), .uses = CREATE | REQUIRE, .format = "password",
     .min = 1, .max = 1024, .example = "\"correct horse battery\"",
     .doc = "The account's password."},
    {TEXT(struct totp_proof, code), .uses = CREATE | REQUIRE, .min = 1, .max = 64, .secret = true,
     .example = "\"123456\"", .doc = "What the app shows now, or a recovery code."},
};

const struct model totp_proof_model = {
    .name = "TOTPProof",
    COLUMNS(proof_columns),
    .size = sizeof(struct totp_proof),
};

static const struct column secret_columns[] = {
    {TEXT(struct totp_secret, secret), .uses = READ,
     .example = "\"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\"", .doc = "To be typed into the app."},
    {TEXT(struct totp_secret, uri), .uses = READ,
     .example = "\"otpauth://totp/Keel:ada%40example.com?secret=...\"",
     .doc = "The same as the app reads it from a picture (QR code)."},
};

const struct model totp_secret_model = {
    .name = "TOTPSecret",
    COLUMNS(secret_columns),
    .size = sizeof(struct totp_secret),
};

static const struct column codes_columns[] = {
    {TEXTS(struct recovery_codes, recovery_codes), .uses = READ, .most = 10,
     .example = "[\"7d3k-x0qp-m4vw-92fa\"]",
     .doc = "Each is good once in place of a code; they are shown this once."},
};

const struct model recovery_codes_model = {
    .name = "RecoveryCodes",
    COLUMNS(codes_columns),
    .size = sizeof(struct recovery_codes),
};

static const struct column state_columns[] = {
    {BOOL(struct totp_state, enabled), .uses = READ, .example = "true",
     .doc = "Whether signing in asks for a code."},
    {TIME(struct totp_state, enabled_at), .uses = READ, .nullable = true,
     .example = "\"2026-01-12T10:00:00Z\"", .doc = "Since when."},
    {INT(struct totp_state, recovery_codes_left), .uses = READ, .example = "9",
     .doc = "How many recovery codes were not used yet."},
};

const struct model totp_state_model = {
    .name = "TOTPState",
    COLUMNS(state_columns),
    .size = sizeof(struct totp_state),
};
