"""An OpenID Connect issuer on loopback: real keys, a real HTTP server, tokens good and bad."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

AUDIENCE = "mayuse"


class Issuer:
    """Signs with `keys`, publishes `published`, and is `down` when told so."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.keys: dict[str, tuple[str, Any]] = {}
        self.published: list[dict[str, Any]] = []
        self.down = False
        self.answers: dict[str, bytes] = {}
        """What it says instead, by path."""
        self.asked: list[str] = []

    def new_key(self, key_id: str, algorithm: str = "ES256", *, publish: bool = True) -> None:
        private: Any
        if algorithm.startswith("RS"):
            private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            described = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
        elif algorithm == "EdDSA":
            private = ed25519.Ed25519PrivateKey.generate()
            described = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
        else:
            private = ec.generate_private_key(ec.SECP256R1())
            described = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
        self.keys[key_id] = (algorithm, private)
        described.pop("key_ops", None)
        if publish:
            self.published.append({**described, "kid": key_id, "use": "sig", "alg": algorithm})

    def withdraw(self, key_id: str) -> None:
        self.published = [key for key in self.published if key["kid"] != key_id]

    def claims(self, **changes: Any) -> dict[str, Any]:
        """What a good token says, with changes; None leaves a claim out."""
        now = int(time.time())
        good = {
            "iss": self.address,
            "aud": AUDIENCE,
            "sub": "service-7",
            "scope": "decide",
            "iat": now,
            "nbf": now,
            "exp": now + 600,
        }
        return {name: value for name, value in {**good, **changes}.items() if value is not None}

    def token(
        self,
        key_id: str,
        *,
        header: dict[str, Any] | None = None,
        signer: str | None = None,
        **claims: Any,
    ) -> str:
        """A token signed by a key, which names it; a header member None is left out."""
        algorithm, private = self.keys[signer or key_id]
        members = {"kid": key_id, "typ": "at+jwt", **(header or {})}
        kept = {name: value for name, value in members.items() if value is not None}
        return jwt.encode(self.claims(**claims), private, algorithm=algorithm, headers=kept)

    def forged(
        self, key_id: Any, algorithm: Any, secret: bytes | None = None, **header: Any
    ) -> str:
        """A token put together by hand: unsigned, or signed by HMAC with `secret`."""
        members = {"alg": algorithm, "typ": "JWT", "kid": key_id, **header}
        signed = ".".join(_segment(json.dumps(part).encode()) for part in (members, self.claims()))
        if secret is None:
            return f"{signed}."
        mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{_segment(mac)}"

    def public_pem(self, key_id: str) -> bytes:
        """What everybody can know of a key."""
        public = self.keys[key_id][1].public_key()
        pem: bytes = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return pem

    def bad_tokens(self) -> dict[str, str]:
        """Name -> a token that must not count. Needs published keys `rsa` and `ec`."""
        now = int(time.time())
        good = self.token("ec")
        head, body, signature = good.split(".")
        other = _segment(json.dumps(self.claims(sub="somebody-else")).encode())
        if "stranger" not in self.keys:
            self.new_key("stranger", publish=False)
        return {
            "no key id": self.token("ec", header={"kid": None}),
            "unknown key id": self.token("stranger"),
            "wrong signature": self.token("ec", signer="stranger"),
            "another key's id": self.token("rsa", signer="ec"),
            "changed claims": f"{head}.{other}.{signature}",
            "no signature": f"{head}.{body}.",
            "alg none": self.forged("ec", "none"),
            "alg None": self.forged("ec", "None"),
            "HS256 with the public key": self.forged("rsa", "HS256", self.public_pem("rsa")),
            "HS256 with the published key": self.forged(
                "rsa", "HS256", json.dumps(self.published[0]).encode()
            ),
            "RS256 said of an EC key": self.forged("ec", "RS256", self.public_pem("ec")),
            "expired": self.token("ec", exp=now - 3600),
            "not valid yet": self.token("ec", nbf=now + 3600),
            "issued in the future": self.token("ec", iat=now + 3600),
            "no expiry": self.token("ec", exp=None),
            "endless expiry": self.token("ec", exp=float("inf")),
            "wrong audience": self.token("ec", aud="another-service"),
            "no audience": self.token("ec", aud=None),
            "wrong issuer": self.token("ec", iss=f"{self.address}.evil.example"),
            "issuer with a slash more": self.token("ec", iss=f"{self.address}/"),
            "no issuer": self.token("ec", iss=None),
            "no subject": self.token("ec", sub=None),
            "a subject that is no text": self.token("ec", sub=7),
            "a subject of spaces": self.token("ec", sub="key: shop"),
            "another kind of token": self.token("ec", header={"typ": "logout+jwt"}),
            "an extension it must understand": self.token("ec", header={"crit": ["x"], "x": 1}),
            "an extension that is null": self.forged("rsa", "RS256", crit=None),
            "alg a list": self.forged("rsa", ["RS256"]),
            "alg an object": self.forged("rsa", {}),
            "alg null": self.forged("rsa", None),
            "alg a number": self.forged("rsa", 256),
            "key id a list": self.forged(["rsa"], "RS256"),
            "key id an object": self.forged({}, "RS256"),
            "typ a list": self.token("ec", header={"typ": ["JWT"]}),
            "typ a number": self.token("ec", header={"typ": 1}),
            "typ null": self.forged("rsa", "RS256", typ=None),
            "b64 false": self.forged("rsa", "RS256", b64=False),
            "expiry in quotes": self.token("ec", exp=str(now + 600)),
            "expiry a list": self.token("ec", exp=[now + 600]),
            "not before in quotes": self.token("ec", nbf=str(now)),
            "not before true": self.token("ec", nbf=True),
            "issued in quotes": self.token("ec", iat=str(now)),
            "issued at a list": self.token("ec", iat=[now]),
            "audience an object": self.token("ec", aud={AUDIENCE: 1}),
            "audience a list of lists": self.token("ec", aud=[[AUDIENCE]]),
            "subject a list": self.token("ec", sub=["service-7"]),
            "a deep header": _segment(b"[" * 5000) + ".e30.e30",
            "not base64": "~.~.~",
            "five parts": f"{good}.{good}",
        }


def _segment(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextlib.contextmanager
def running() -> Iterator[Issuer]:
    """An issuer with one key of each kind: `rsa`, `ec` and `ed`."""
    issuer: Issuer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            documents = {
                "/.well-known/openid-configuration": {
                    "issuer": issuer.address,
                    "jwks_uri": f"{issuer.address}/keys",
                },
                "/keys": {"keys": issuer.published},
            }
            content = issuer.answers.get(self.path) or json.dumps(documents.get(self.path)).encode()
            self.send_response(503 if issuer.down else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = Issuer(f"http://127.0.0.1:{server.server_address[1]}")
        for key_id, algorithm in (("rsa", "RS256"), ("ec", "ES256"), ("ed", "EdDSA")):
            issuer.new_key(key_id, algorithm)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
