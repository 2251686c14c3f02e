"""Who may do what: callers and scopes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

ADMIN = "admin"

SCOPES: Mapping[str, str] = {
    "decide": "ask whether data may be used",
    "choices:write": "record persons' choices",
    "log:read": "read decisions, choices and policies",
    "policy:write": "upload and activate policies",
    "erase": "forget persons",
    ADMIN: "everything",
}
"""Scope -> what it lets a caller do."""

Refused = Literal["unauthenticated", "invalid_token", "issuer_unavailable"]
"""The code of a caller who is not let in: showed nothing, showed what does not count, showed what
cannot be checked now."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is known, and what they may do."""

    name: str
    """As in the records: `key:NAME`, `sub:SUBJECT` of a token, or `anonymous`."""

    scopes: frozenset[str]

    def may(self, any_of: Collection[str]) -> bool:
        """Whether one of these scopes, or `admin`, is theirs."""
        return ADMIN in self.scopes or not self.scopes.isdisjoint(any_of)


ANONYMOUS = Caller("anonymous", frozenset({ADMIN}))
"""Whoever connects from this machine while no key was ever made and no issuer is trusted."""
