#!/usr/bin/env python3
# verify_jwt.py - what an independent verifier makes of a token: verify_jwt.py JWKS-FILE TOKEN
"""Builds the public key from the JWKS by hand (RFC 7518, RFC 5280) and has openssl check the signature.

Prints `kid alg sub` of a good token; exit 1 for any other.
"""

import base64
import json
import subprocess
import sys
import tempfile


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def der(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def integer(number):
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def public_key(jwk):
    """SubjectPublicKeyInfo."""
    if jwk["kty"] == "RSA":
        numbers = [integer(int.from_bytes(decode(jwk[name]), "big")) for name in ("n", "e")]
        algorithm = der(0x30, bytes.fromhex("06092a864886f70d010101"), b"\x05\x00")
        key = der(0x30, *numbers)
    else:
        assert jwk["kty"] == "EC" and jwk["crv"] == "P-256"
        point = [decode(jwk[name]) for name in ("x", "y")]
        assert [len(part) for part in point] == [32, 32]
        algorithm = der(0x30, bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06082a8648ce3d030107"))
        key = b"\x04" + b"".join(point)
    return der(0x30, algorithm, der(0x03, b"\x00", key))


def signature_of(jwk, raw):
    """What openssl wants: of ECDSA a sequence of two integers."""
    if jwk["kty"] == "RSA":
        return raw
    assert len(raw) == 64
    return der(0x30, *(integer(int.from_bytes(half, "big")) for half in (raw[:32], raw[32:])))


def holds(jwk, signed, raw):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("key", public_key(jwk)), ("signature", signature_of(jwk, raw)), ("text", signed)):
            with open(f"{folder}/{name}", "wb") as stream:
                stream.write(content)
        return subprocess.run(
            ["openssl", "dgst", "-sha256", "-verify", f"{folder}/key", "-keyform", "DER",
             "-signature", f"{folder}/signature", f"{folder}/text"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def main(path, token):
    with open(path, encoding="utf-8") as stream:
        keys = {key["kid"]: key for key in json.load(stream)["keys"]}
    header, claims, signature = token.split(".")
    said = json.loads(decode(header))
    jwk = keys.get(said["kid"])
    assert jwk and jwk["alg"] == said["alg"] and jwk["use"] == "sig"
    assert not set(jwk) - {"kty", "use", "alg", "kid", "n", "e", "crv", "x", "y"}
    assert holds(jwk, f"{header}.{claims}".encode(), decode(signature))
    print(said["kid"], said["alg"], json.loads(decode(claims))["sub"])


main(*sys.argv[1:])
