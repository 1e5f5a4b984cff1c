-- Takes back 0014_keys: API keys stop working, and nobody is asked for a second factor.
DROP TABLE recovery_codes;
DROP TABLE totp_factors;
DROP TABLE api_keys;
