#!/usr/bin/env python3
# web_moods.py - what a client meets where a web server in front of Keel is set up wrongly, or rightly
"""web_moods.py MOOD LIMIT LOG VERSION COMMIT

Prints its port and answers below /api as nginx with Keel behind it would, but for what the mood says:
  ok         nothing is wrong
  gone       502 of the web server's own, for everything
  elsewhere  404 of the web server's own: the path leads to no program
  broken     200 with what is no envelope
  old        workers of another commit
  unready    the database has another schema
  closed     401 is never said
  deaf       Authorization is dropped
  decoding   the path is decoded on its way
  twice      and decoded once more
  strict     methods other than GET, HEAD and POST are refused by the web server
  small      bodies may have half of LIMIT
  large      the web server has no limit
  plain      its 413 is not in the envelope
  silent     nothing is said to a body that is announced
  direct     a body that is announced is the program's to judge
  trusting   X-Forwarded-For is believed
"""

import http.server
import json
import re
import sys
import urllib.parse

mood, limit, log, version, commit = sys.argv[1], int(sys.argv[2]), *sys.argv[3:6]
web_limit = {"small": limit // 2, "large": 1 << 40}.get(mood, limit)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, status, text, kind="application/json"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse_method(self):
        self.send_response(405)
        self.send_header("Allow", "GET, HEAD")
        text = json.dumps({"success": False, "error": {"code": "METHOD_NOT_ALLOWED"}, "timestamp": "2026-01-12T10:00:00Z"})
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def own(self, status):
        self.say(status, f"<html><h1>{status}</h1></html>", "text/html")

    def data(self, **data):
        self.say(200, json.dumps({"success": True, "data": data, "timestamp": "2026-01-12T10:00:00Z"}))

    def error(self, status, code, message):
        error = {"code": code, "message": message, "details": None}
        self.say(status, json.dumps({"success": False, "error": error, "timestamp": "2026-01-12T10:00:00Z"}))

    def refuse_body(self):
        self.close_connection = True
        return self.own(413) if mood == "plain" else self.error(413, "PAYLOAD_TOO_LARGE", "too large")

    def handle_expect_100(self):
        if int(self.headers["Content-Length"]) > web_limit:
            self.refuse_body()
        elif mood == "silent":
            return True
        elif mood == "direct":
            self.close_connection = True
            self.identify()
        else:
            return super().handle_expect_100()
        return False

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        if length > web_limit:
            return self.refuse_body()
        if len(self.rfile.read(length)) < length:
            self.close_connection = True
            return None
        self.note()
        path = self.path.split("?")[0]
        for _ in range({"decoding": 1, "twice": 2}.get(mood, 0)):
            path = urllib.parse.unquote(path)
        return self.route(path)

    def route(self, path):
        if mood in ("gone", "elsewhere"):
            return self.own(502 if mood == "gone" else 404)
        if mood == "broken":
            return self.say(200, "[1, 2]")
        if mood == "strict" and self.command not in ("GET", "HEAD", "POST"):
            return self.error(405, "METHOD_NOT_ALLOWED", "not this one")
        if path == "/api/version" and self.command == "GET":
            return self.data(version=version, commit="0ld0ld0" if mood == "old" else commit, schema_version=1)
        if path == "/api/version":
            return self.refuse_method()
        if path == "/api/health/ready" and mood == "unready":
            return self.error(503, "SERVICE_UNAVAILABLE", "The database has schema version 1, this program needs 2")
        if path == "/api/health/ready":
            return self.data(status="ready")
        if path in ("/api/users/me", "/api/auth/logout"):
            return self.identify()
        return self.error(404, "NOT_FOUND", "no such path")

    def identify(self):
        if mood == "closed":
            return self.error(403, "FORBIDDEN", "nobody may")
        if mood != "deaf" and self.headers.get("Authorization"):
            return self.error(401, "UNAUTHORIZED", "The token is not valid")
        return self.error(401, "UNAUTHORIZED", "Sign in to use this address")

    def note(self):
        client = self.client_address[0]
        if mood == "trusting":
            client = self.headers.get("X-Forwarded-For", client)
        name = self.headers.get("X-Request-Id", "-")
        if re.fullmatch("[A-Za-z0-9-]+", name):
            with open(log, "a", encoding="utf-8") as file:
                file.write(json.dumps({"request_id": name, "client": client}) + "\n")

    do_GET = do_POST = do_DELETE = answer


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
