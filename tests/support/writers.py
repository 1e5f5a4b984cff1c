#!/usr/bin/env python3
# writers.py - clients that write and read items until a file is gone, and say what they were told
"""KEEL_TOKEN=... writers.py PORT FILE [CLIENTS]

Each client makes an item, replaces it, reads it and deletes every fourth one, over a fresh connection each time: a kept one
may be closed by a web server that takes up another configuration. Prints
    requests N refused M wrong K
where refused is a 502 or 503 in the envelope and wrong is anything else that was not to be; then the first wrong answer;
then one line `NAME` for each item that was acknowledged.
"""

import http.client
import json
import os
import sys
import threading

port, flag, token = int(sys.argv[1]), sys.argv[2], os.environ["KEEL_TOKEN"]
lock = threading.Lock()
counts = {"requests": 0, "refused": 0, "wrong": 0}
first, made = [], []


def note(kind, problem=None):
    with lock:
        counts["requests"] += 1
        if kind:
            counts[kind] += 1
        if kind == "wrong":
            first.append(problem)


def ask(method, path, body, expected):
    """The answer's data; None where it was not what was to be."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": "Bearer " + token}
    if body:
        headers["Content-Type"] = "application/json"
    try:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        envelope = json.loads(text)
        envelope["timestamp"]
    except Exception as error:  # no answer, or none in the envelope
        note("wrong", f"{method} {path}: {error!r}")
        return None
    finally:
        connection.close()
    if answer.status in (502, 503):
        note("refused")
    elif answer.status != expected:
        note("wrong", f"{method} {path}: {answer.status} {text[:200]}")
    else:
        note(None)
        return envelope["data"]
    return None


def work(number):
    count = 0
    while os.path.exists(flag):
        count += 1
        name = f"Written {os.getpid()} {number} {count}"
        data = ask("POST", "/api/items", {"name": name, "price": 1.25}, 201)
        if not data:
            continue
        with lock:
            made.append(name)
        path = f"/api/items/{data['id']}"
        ask("PUT", path, {"name": name, "price": 2.5}, 200)
        ask("GET", path, None, 200)
        if count % 4 == 0:
            ask("DELETE", path, None, 200)


threads = [threading.Thread(target=work, args=(i,)) for i in range(int(sys.argv[3]) if len(sys.argv) > 3 else 8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"requests {counts['requests']} refused {counts['refused']} wrong {counts['wrong']}")
print(first[0] if first else "nothing was wrong")
print("\n".join(made))
