#!/usr/bin/env python3
# read_mail.py - what an independent reader makes of a mail: read_mail.py FILE...
"""Prints a line per fact of each file: `name hex`, with the value's UTF-8 bytes in hexadecimal digits."""

import email
import email.policy
import sys


def say(name, value):
    print(name, value.encode("utf-8", "surrogateescape").hex())


def read(path):
    with open(path, "rb") as file:
        raw = file.read()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for name in ("Subject", "To", "Message-ID", "Date", "Auto-Submitted"):
        say(name, str(message[name]))
    sender = message["From"].addresses
    say("From", " ".join(f"{a.display_name}|{a.addr_spec}" for a in sender))
    say("recipients", str(len(message["To"].addresses)))
    say("headers", " ".join(message.keys()))
    parts = [part for part in message.walk() if not part.is_multipart()]
    for part in parts:
        # The line's end in front of a boundary belongs to the boundary.
        text = part.get_payload(decode=True).decode("utf-8").replace("\r\n", "\n")
        say(part.get_content_type(), text)
    say("parts", str(len(parts)))
    say("long lines", str(sum(len(line) > 200 for line in raw.replace(b"\r\n", b"\n").split(b"\n"))))
    say("defects", str(len(message.defects) + sum(len(part.defects) for part in parts)))


for argument in sys.argv[1:]:
    say("file", argument)
    read(argument)
