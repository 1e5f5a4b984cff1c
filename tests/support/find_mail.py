#!/usr/bin/env python3
# find_mail.py - the link in the newest mail of a subject to an address: find_mail.py FOLDER SUBJECT ADDRESS
"""Prints the link, an empty line where the mail has none; exit 1 where there is no such mail."""

import email
import email.policy
import pathlib
import re
import sys

folder, subject, address = sys.argv[1:]
found = None
for path in sorted(pathlib.Path(folder).glob("*.eml")):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    if str(message["Subject"]) == subject and str(message["To"]) == address:
        found = message
if not found:
    sys.exit(1)
link = re.search(r"https?://\S+#token=\S+", found.get_body(("plain",)).get_content())
print(link.group(0) if link else "")
