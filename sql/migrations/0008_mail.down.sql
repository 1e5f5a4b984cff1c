-- Purpose: no outbox; mail that was not sent yet is lost.

DROP TABLE mail_outbox;
