-- Takes back 0011_account_mails: nothing is known of the mails sent before.
DROP TABLE account_mails;
