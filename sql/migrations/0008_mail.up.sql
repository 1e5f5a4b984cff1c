-- Purpose: an outbox for mail, written with the transaction that a mail is about.

-- Texts hold links that are as good as a password, so they are gone once a mail is sent, and some time
-- after it was given up. `message_id` stays the same with each attempt: a mail that arrives twice, because
-- the program ended between sending and saying so, can be recognised. Who sends takes a row until
-- `claimed_until`.
CREATE TABLE mail_outbox (
    id              bigint GENERATED ALWAYS AS IDENTITY,
    kind            text NOT NULL,
    recipient       text NOT NULL,
    subject         text NOT NULL,
    text_body       text,
    html_body       text,
    message_id      text NOT NULL,
    attempts        integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    claimed_until   timestamptz,
    sent_at         timestamptz,
    failed_at       timestamptz,
    last_error      text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT mail_outbox_pkey PRIMARY KEY (id),
    CONSTRAINT mail_outbox_message_id_key UNIQUE (message_id),
    CONSTRAINT mail_outbox_subject_one_line CHECK (subject !~ '[[:cntrl:]]'),
    CONSTRAINT mail_outbox_recipient_one_line CHECK (recipient !~ '[[:cntrl:]]'),
    CONSTRAINT mail_outbox_attempts_range CHECK (attempts >= 0),
    CONSTRAINT mail_outbox_html_body_with_text CHECK ((html_body IS NULL) = (text_body IS NULL)),
    CONSTRAINT mail_outbox_text_body_until_done
        CHECK (text_body IS NOT NULL OR sent_at IS NOT NULL OR failed_at IS NOT NULL),
    CONSTRAINT mail_outbox_sent_at_clears CHECK (sent_at IS NULL OR (text_body IS NULL AND failed_at IS NULL))
);

CREATE INDEX mail_outbox_next_attempt_at_idx ON mail_outbox (next_attempt_at, id)
    WHERE sent_at IS NULL AND failed_at IS NULL;

-- What is finished is removed after a while.
CREATE INDEX mail_outbox_finished_at_idx ON mail_outbox (coalesce(sent_at, failed_at))
    WHERE coalesce(sent_at, failed_at) IS NOT NULL;
