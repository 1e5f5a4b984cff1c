#!/usr/bin/env python3
# load.py - clients that ask without a pause until a file is gone; prints "requests N failed M" and what the first failure was
"""load.py PORT FILE [CLIENTS]

Half of each client's requests go over a kept connection (GET), half over a fresh one (POST). Whatever is not the answer
that belongs to the request counts as failed: another status, no envelope, no answer.
"""

import http.client
import json
import os
import sys
import threading

port, flag = int(sys.argv[1]), sys.argv[2]
clients = int(sys.argv[3]) if len(sys.argv) > 3 else 8
lock = threading.Lock()
counts = {"requests": 0, "failed": 0}
first = []


def note(problem):
    with lock:
        counts["requests"] += 1
        if problem:
            counts["failed"] += 1
            first.append(problem)


def ask(connection, method, path, body, expected):
    try:
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        json.loads(text)["timestamp"]
        note(None if answer.status == expected else f"{method} {path}: {answer.status} {text[:200]}")
    except Exception as error:  # whatever it is, the request has failed
        note(f"{method} {path}: {error!r}")
        connection.close()


def work():
    kept = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while os.path.exists(flag):
        ask(kept, "GET", "/api/items?per_page=5", None, 200)
        fresh = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        ask(fresh, "POST", "/api/items", '{"name": "nobody signed in"}', 401)
        fresh.close()


threads = [threading.Thread(target=work) for _ in range(clients)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"requests {counts['requests']} failed {counts['failed']}", *first[:1])
