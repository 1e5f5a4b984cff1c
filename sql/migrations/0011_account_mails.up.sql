-- Purpose: mails that anybody can have sent to an account are sent only so often.

-- When an account was last sent a mail of a kind that is sent on request. A row of its own, not the token's: that one
-- goes with its use.
CREATE TABLE account_mails (
    user_id bigint NOT NULL,
    kind    text NOT NULL,
    sent_at timestamptz NOT NULL,
    CONSTRAINT account_mails_pkey PRIMARY KEY (user_id, kind),
    CONSTRAINT account_mails_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
