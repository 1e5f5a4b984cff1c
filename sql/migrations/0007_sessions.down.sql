-- Purpose: back to access tokens alone; everybody has to sign in again.

DROP TABLE single_use_tokens;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
