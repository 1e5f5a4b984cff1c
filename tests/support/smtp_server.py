#!/usr/bin/env python3
# smtp_server.py - a small SMTP server for tests, with the moods that real ones have
"""smtp_server.py FOLDER MOOD [CERTIFICATE KEY [USER PASSWORD]]

Prints its port and serves 127.0.0.1 until it is ended. Each mail taken becomes FOLDER/N.mail: a line of JSON
(from, to, tls, user, connection), then the mail. Moods:
  ok           takes everything, offers STARTTLS where there is a certificate
  tls          the same, with TLS from the first byte
  plain        offers no STARTTLS
  450, 550     says so to every recipient
  451, 554     says so when the whole mail is there
  drop         closes the connection in the middle of the mail
  drop-end     takes the mail, and closes the connection instead of saying so
  silent       accepts connections and says nothing
  slow         takes a second for each mail
"""

import base64
import json
import os
import socketserver
import ssl
import sys
import threading
import time

folder, mood = sys.argv[1:3]
certificate = sys.argv[3:5]
credentials = sys.argv[5:7]
lock = threading.Lock()
counts = {"mails": 0, "connections": 0}


def tls_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


class Session(socketserver.StreamRequestHandler):
    def setup(self):
        self.tls = mood == "tls"
        if self.tls:
            self.request = tls_context().wrap_socket(self.request, server_side=True)
        super().setup()
        with lock:
            counts["connections"] += 1
            self.connection_number = counts["connections"]
        self.user = None
        self.reset()

    def reset(self):
        self.sender, self.recipients = None, []

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        if mood == "silent":
            time.sleep(600)
        self.say("220 test ESMTP")
        while line := self.rfile.readline(4096):
            verb, _, rest = line.decode("utf-8").strip().partition(" ")
            if not getattr(self, "do_" + verb.lower(), self.unknown)(rest):
                return

    def unknown(self, rest):
        self.say("500 what?")
        return True

    def do_ehlo(self, rest):
        offers = ["250-test", "250-SMTPUTF8", "250-8BITMIME"]
        if certificate and mood != "plain" and not self.tls:
            offers.append("250-STARTTLS")
        if credentials:
            offers.append("250-AUTH PLAIN")
        offers.append("250 HELP")
        for offer in offers:
            self.say(offer)
        return True

    def do_starttls(self, rest):
        self.say("220 go on")
        self.request = tls_context().wrap_socket(self.request, server_side=True)
        self.connection = self.request
        self.tls = True
        super().setup()
        return True

    def do_auth(self, rest):
        given = rest.split(" ", 1)[1:] or [""]
        if not given[0]:
            self.say("334 ")
            given = [self.rfile.readline(4096).decode().strip()]
        _, user, password = base64.b64decode(given[0]).decode().split("\0")
        if [user, password] != credentials:
            self.say("535 5.7.8 no such user or password")
            return True
        self.user = user
        self.say("235 welcome")
        return True

    def do_mail(self, rest):
        if credentials and not self.user:
            self.say("530 5.7.0 who are you?")
            return True
        self.reset()
        self.sender = rest
        self.say("250 ok")
        return True

    def do_rcpt(self, rest):
        if mood in ("450", "550"):
            self.say(f"{mood} 5.1.1 nobody here by that name")
            return True
        self.recipients.append(rest)
        self.say("250 ok")
        return True

    def do_data(self, rest):
        self.say("354 let me have it")
        mail = b""
        while (line := self.rfile.readline()) != b".\r\n":
            mail += line[1:] if line.startswith(b".") else line
            if not line or (mood == "drop" and len(mail) > 200):
                return False
        if mood in ("451", "554"):
            self.say(f"{mood} 5.6.0 not this one: it has token=kx_quoted in it")
            return True
        if mood == "slow":
            time.sleep(1)
        self.keep(mail)
        if mood == "drop-end":
            return False
        self.say("250 taken")
        return True

    def keep(self, mail):
        with lock:
            counts["mails"] += 1
            path = os.path.join(folder, f"{counts['mails']}.mail")
            facts = {"from": self.sender, "to": self.recipients, "tls": self.tls, "user": self.user,
                     "connection": self.connection_number}
            with open(path + ".part", "wb") as file:
                file.write(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode() + b"\n" + mail)
            os.rename(path + ".part", path)

    def do_rset(self, rest):
        self.reset()
        self.say("250 ok")
        return True

    def do_noop(self, rest):
        self.say("250 ok")
        return True

    def do_quit(self, rest):
        self.say("221 bye")
        return False


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A peer that leaves or speaks no TLS is what some tests are about."""


with Server(("127.0.0.1", 0), Session) as server:
    # In one piece: who starts us reads it at once.
    os.write(1, b"%d\n" % server.server_address[1])
    server.serve_forever()
