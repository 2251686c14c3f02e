"""The trusted issuer's tokens: JSON Web Tokens (RFC 7519), read as RFC 8725 and RFC 9068 advise.

A token counts when its signature is by a key of the issuer, under an algorithm that was allowed
beforehand and fits the key; when it is by this issuer and for this service; and when it is valid
now. All else is refused with a sentence that repeats nothing of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import jwt

from mayuse.access import SCOPES, Caller
from mayuse.errors import NotAdmitted
from mayuse.issuer_keys import IssuerKeys

_SUBJECT = re.compile(r"[!-~]{1,250}")
_TYPES = frozenset({"JWT", "AT+JWT", "APPLICATION/AT+JWT"})
"""What a token may call itself. Others of the same issuer, made for another use, do not count."""

_TIMES = ("exp", "nbf", "iat")
_NUMBERS = (int, float)
"""What JSON numbers are read as; true is neither."""

_SENTENCES: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "the token has expired"),
    (jwt.ImmatureSignatureError, "the token is not valid yet"),
    (jwt.InvalidAudienceError, "the token is meant for another service"),
    (jwt.InvalidIssuerError, "the token is by another issuer"),
    (jwt.MissingRequiredClaimError, "the token lacks a claim that it must have"),
)


@dataclass(frozen=True, slots=True)
class Trust:
    """Which tokens count."""

    issuer: str
    audience: str
    algorithms: frozenset[str]
    leeway: int
    """Seconds by which clocks may differ."""

    scope_claim: str


class Tokens:
    """Reads tokens of one issuer."""

    def __init__(self, trust: Trust, keys: IssuerKeys) -> None:
        self._trust, self._keys = trust, keys

    async def read(self, token: str) -> Caller:
        """Whom the token is about, with what scopes. Raises `NotAdmitted`."""
        algorithm, key_id = self._header(token)
        key = await self._keys.find(key_id)
        if key is None or not key.fits(algorithm):
            raise _refused("the token is not signed by a key of the issuer")
        try:
            claims = jwt.decode(
                token,
                key.public,
                algorithms=[algorithm],
                issuer=self._trust.issuer,
                audience=self._trust.audience,
                leeway=self._trust.leeway,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            told = (sentence for kind, sentence in _SENTENCES if isinstance(error, kind))
            raise _refused(next(told, "the token does not count")) from None
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise _refused("the token does not count") from None
        return self._caller(claims)

    async def known_keys(self) -> int:
        """How many keys the issuer gives now; none when it does not answer."""
        await self._keys.fetch()
        return self._keys.count

    def _header(self, token: str) -> tuple[str, str]:
        """The algorithm and the key's id, before anything of the token is believed."""
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise _refused("the credential is neither an API key nor a token") from None
        algorithm, key_id = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in self._trust.algorithms:
            raise _refused("the token's algorithm is not allowed")
        if not isinstance(key_id, str):
            raise _refused("the token names no key")
        kind = header.get("typ", "JWT")
        if not isinstance(kind, str) or kind.upper() not in _TYPES or "crit" in header:
            raise _refused("the token is of a kind that does not count")
        return algorithm, key_id

    def _caller(self, claims: dict[str, Any]) -> Caller:
        # RFC 7519, 2: NumericDate. The library takes a number in quotes for one, and true for 1.
        if not all(type(claims.get(name, 0)) in _NUMBERS for name in _TIMES):
            raise _refused("the token's times are not numbers")
        subject = claims["sub"]
        if not _SUBJECT.fullmatch(subject):
            raise _refused("the token's subject is not 1 to 250 visible characters")
        granted = claims.get(self._trust.scope_claim)
        # RFC 6749, 3.3: a space separates, and no other white space does.
        names = granted.split(" ") if isinstance(granted, str) else granted
        known = (scope for scope in SCOPES if isinstance(names, list) and scope in names)
        return Caller(f"sub:{subject}", frozenset(known))


def _refused(sentence: str) -> NotAdmitted:
    return NotAdmitted("invalid_token", sentence)
