"""The public keys of the trusted issuer: fetched, kept, and fetched again when they change.

OpenID Connect Discovery 1.0 says where they are, RFC 7517 (JWK) what they look like. Keys that the
issuer has withdrawn are forgotten within minutes; while it cannot be reached, those it had count
on for an hour and no longer.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import structlog
from cryptography.exceptions import UnsupportedAlgorithm

from mayuse.errors import NotAdmitted
from mayuse.settings import SIGNATURES

FRESH = 300.0
"""Seconds after which the keys are fetched anew, beside the requests that use them."""

KEPT = 3600.0
"""Seconds for which fetched keys count when they cannot be fetched anew."""

PAUSE = 10.0
"""Seconds between two fetches, whoever asks for them: made-up key ids must not bring the issuer
down."""

SECONDS = 5.0
"""How long a fetch may take."""

MAX_BYTES = 256 * 2**10
MAX_KEYS = 100
MIN_RSA_BITS = 2048

_DISCOVERY = "/.well-known/openid-configuration"
_READ_AS = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}
"""By which of its algorithms the library reads keys of a kind, whatever they are for."""

_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed"}

_FAILURES = (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError, TimeoutError)
"""What a fetch fails by, whether the issuer is away or says what is no set of keys."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One public key."""

    kind: str
    """`RSA`, the curve, or `Ed`."""

    algorithm: str | None
    """The only algorithm it is for, where the issuer says one."""

    public: Any
    """As the library `cryptography` has it."""

    def fits(self, algorithm: str) -> bool:
        """Whether a signature by this algorithm can be this key's."""
        return self.kind == _CURVES.get(algorithm, "RSA") and self.algorithm in {None, algorithm}


class IssuerKeys:
    """The keys of one issuer, for one process."""

    def __init__(self, issuer: str, jwks_url: str | None, client: httpx.AsyncClient) -> None:
        """`client` stays its owner's, who closes it."""
        self._issuer, self._jwks_url, self._client = issuer, jwks_url, client
        self._keys: Mapping[str, IssuerKey] = {}
        self._fetched_at = self._tried_at = float("-inf")  # by the monotonic clock: never
        self._failed = False
        self._fetching = asyncio.Lock()
        self._beside: asyncio.Task[None] | None = None

    async def find(self, key_id: str) -> IssuerKey | None:
        """The key of this id, or None when the issuer has none.

        Raises `NotAdmitted` (`issuer_unavailable`) when that cannot be told now.
        """
        if key_id not in self._keys or self._age() > KEPT:
            await self.fetch()
        elif self._age() > FRESH and (self._beside is None or self._beside.done()):
            self._beside = asyncio.create_task(self.fetch())
        found = self._keys.get(key_id) if self._age() <= KEPT else None
        if found is None and self._failed:
            raise NotAdmitted("issuer_unavailable", "the issuer's keys could not be fetched")
        return found

    async def fetch(self) -> None:
        """Fetch the keys, unless it was tried just now; what fails leaves them as they were."""
        async with self._fetching:
            if time.monotonic() - self._tried_at < PAUSE:
                return
            self._tried_at = time.monotonic()
            try:
                async with asyncio.timeout(SECONDS):
                    self._keys = usable(await self._key_set())
            except _FAILURES as error:
                self._failed = True
                log.warning("issuer_unavailable", error=type(error).__name__)
            else:
                self._failed, self._fetched_at = False, time.monotonic()

    async def close(self) -> None:
        """End what is under way."""
        if self._beside is not None:
            self._beside.cancel()
            await asyncio.wait([self._beside])

    @property
    def count(self) -> int:
        """How many keys are known."""
        return len(self._keys)

    def _age(self) -> float:
        return time.monotonic() - self._fetched_at

    async def _key_set(self) -> Iterable[object]:
        """The members of the issuer's key set. Raises `ValueError` for what is none."""
        address = self._jwks_url or await self._discover()
        keys = (await self._document(address)).get("keys")
        if not isinstance(keys, list) or len(keys) > MAX_KEYS:
            raise ValueError("not a set of keys")
        return keys

    async def _discover(self) -> str:
        said = await self._document(self._issuer.rstrip("/") + _DISCOVERY)
        address = said.get("jwks_uri")
        if said.get("issuer") != self._issuer or not isinstance(address, str):
            raise ValueError("not the configuration of this issuer")
        if urlsplit(address).scheme != "https" and urlsplit(self._issuer).scheme == "https":
            raise ValueError("the keys are where others could change them on the way")
        return address

    async def _document(self, address: str) -> dict[str, Any]:
        # urllib raises `ValueError` for a port beyond 65535; httpx leaves that to the socket.
        if urlsplit(address).port == 0:
            raise ValueError("not a port")
        content = bytearray()
        async with self._client.stream("GET", address) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ValueError("not answered 200")
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > MAX_BYTES:
                    raise ValueError("too long")
        document = json.loads(content)
        if not isinstance(document, dict):
            raise ValueError("not an object")  # noqa: TRY004 - whatever is said wrongly is one fault
        return document


def usable(keys: Iterable[object]) -> dict[str, IssuerKey]:
    """The keys that can check a signature, by their ids; all others are passed over."""
    found: dict[str, IssuerKey] = {}
    for described in keys:
        if not isinstance(described, dict) or not isinstance(described.get("kid"), str):
            continue
        if (key := _key(described)) is not None:
            found.setdefault(described["kid"], key)
    return found


def _key(described: dict[str, Any]) -> IssuerKey | None:
    """Private and symmetric keys do not count: who can read them could make tokens."""
    kind, algorithm = described.get("kty"), described.get("alg")
    if not isinstance(kind, str) or kind not in _READ_AS or not _verifies(described):
        return None
    if not isinstance(algorithm, str | None) or "d" in described or "k" in described:
        return None
    try:
        public = jwt.PyJWK.from_dict(described, _READ_AS[kind]).key
    except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError):
        return None
    if kind == "RSA" and public.key_size < MIN_RSA_BITS:
        return None
    if kind != "RSA":
        kind = described["crv"] if kind == "EC" else "Ed"
    key = IssuerKey(kind, algorithm, public)
    return key if any(map(key.fits, SIGNATURES)) else None


def _verifies(described: dict[str, Any]) -> bool:
    """Whether a key is for checking signatures, by what it says of its use."""
    operations = described.get("key_ops", ["verify"])
    is_listed = isinstance(operations, list) and "verify" in operations
    return is_listed and described.get("use", "sig") == "sig"
