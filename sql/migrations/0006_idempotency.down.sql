-- Takes back 0006_idempotency: requests that are repeated run again.
DROP TABLE idempotency_keys;
