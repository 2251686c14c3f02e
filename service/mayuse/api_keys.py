"""API keys: random secrets with a name, of which only a hash is kept. Pure.

A secret has 256 random bits, so it cannot be guessed, and a hash made slow on purpose would protect
nothing that SHA-256 does not: that is for passwords. It is found by its hash; how long that takes
tells nothing, for nobody can make secrets whose hashes come near a given one.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

PREFIX = "mayuse_"
"""Lets people, and programs that search for leaked secrets, see what it is."""

NAME = r"[a-z0-9][a-z0-9._-]{0,62}"

State = Literal["active", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept. A name stands for one key for ever, as records name it."""

    name: str
    digest: bytes
    """SHA-256 of the secret."""

    scopes: tuple[str, ...]
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None
    last_used: datetime | None = None
    """To the minute; None while it never was."""

    def state(self, now: datetime) -> State:
        """Whether it lets anybody in."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= now else "active"


def new_secret() -> str:
    """A secret, to be shown once."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()
