"""Which policy bundle decides, and which did before: the same for all processes of one database.

A row counts only with its MAC, whose key is not in the database: whoever can write there, and no
more than that, does not choose what decides. `mayuse log verify` compares the rows with the leaves.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from mayuse.answer import Policy
from mayuse.decision_log.entry import from_micros, to_micros
from mayuse.decision_log.event import Bundle
from mayuse.decision_log.keys import LogKeys
from mayuse.errors import BundleError
from mayuse.store.rows import Change
from mayuse.store.session import reading
from mayuse.store.tree_tables import PolicyActivation, PolicyBundle

_NUMBER = col(PolicyActivation.number)
_COLUMNS = (
    col(PolicyActivation.policy),
    col(PolicyActivation.version),
    col(PolicyActivation.reason),
    col(PolicyActivation.ordered_by),
    col(PolicyActivation.because),
    _NUMBER,
    col(PolicyActivation.previous),
    col(PolicyActivation.t_us),
    col(PolicyActivation.mac),
)
_NEWEST = select(*_COLUMNS).order_by(_NUMBER.desc())
_STORED = "INSERT INTO policy_bundle (digest, bundle, activated_us) VALUES ($1, $2, $3)"
_ACTIVATED = (
    "INSERT INTO policy_activation (number, policy, version, previous, reason, ordered_by, "
    "because, t_us, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
)
_NO_CANDIDATE = "DELETE FROM policy_candidate WHERE digest = $1"

AT_START = "start"
"""Who orders what is activated because it is configured."""

ACTIVATED, ROLLED_BACK = "activated", "rolled_back"
"""Why a bundle decides: it was to, or the one after it was not to any longer."""


@dataclass(frozen=True, slots=True)
class Activation:
    """A bundle became the one that decides."""

    what: Bundle
    at: datetime

    @property
    def number(self) -> int:
        """Which activation of the log it is, from 1."""
        return self.what.number or 0


def what_activates(
    policy: Policy,
    last: Activation | None,
    *,
    by: str,
    reason: str = ACTIVATED,
    because: str | None = None,
) -> Bundle:
    """What the log says when this bundle decides after the `last` one."""
    return Bundle(
        policy=policy.digest,
        version=policy.version,
        reason=reason,
        by=by,
        because=because,
        number=last.number + 1 if last else 1,
        previous=last.what.policy if last else None,
    )


class Activations:
    """The activations of one database."""

    def __init__(self, engine: AsyncEngine, keys: LogKeys) -> None:
        """`engine` stays its owner's, who disposes of it."""
        self._engine, self._keys = engine, keys

    async def newest(self) -> Activation | None:
        """The activation that counts now. Raises as `history` does."""
        found = await self.history(1)
        return found[0] if found else None

    async def history(self, limit: int, *, before: int | None = None) -> list[Activation]:
        """Activations, the newest first; `before` a number only those below it.

        Raises `LogUnavailable`; `BundleError` for a row that this service did not write.
        """
        statement = _NEWEST.limit(limit)
        if before is not None:
            statement = statement.where(col(PolicyActivation.number) < before)
        return await self._all(statement)

    async def of(self, digest: str) -> list[Activation]:
        """The activations of one bundle, the newest first. Raises as `history` does."""
        return await self._all(_NEWEST.where(col(PolicyActivation.policy) == digest))

    async def is_stored(self, digest: str) -> bool:
        """Whether the bundle of this digest ever decided. Raises `LogUnavailable`."""
        statement = select(col(PolicyBundle.digest)).where(col(PolicyBundle.digest) == digest)
        async with reading(self._engine) as connection:
            return (await connection.execute(statement)).first() is not None

    async def are_ordered(self) -> bool:
        """Whether anybody has ever ordered one, beyond what starts do. Raises `LogUnavailable`."""
        statement = select(_NUMBER).where(col(PolicyActivation.ordered_by) != AT_START).limit(1)
        async with reading(self._engine) as connection:
            return (await connection.execute(statement)).first() is not None

    def changes(self, what: Bundle, at: datetime, raw: bytes | None) -> Sequence[Change]:
        """What changes with the leaf that says so; `raw` is the archive if it is not stored yet."""
        t = to_micros(at)
        stored = [] if raw is None else [Change(_STORED, (what.policy, raw, t), changes=1)]
        row = (what.number, what.policy, what.version, what.previous, what.reason, what.by)
        values = (*row, what.because, t, self._mac(what, t))
        return [
            *stored,
            Change(_ACTIVATED, values, changes=1),
            Change(_NO_CANDIDATE, (what.policy,)),
        ]

    async def _all(self, statement: Executable) -> list[Activation]:
        async with reading(self._engine) as connection:
            rows = (await connection.execute(statement)).all()
        return [self._read(row) for row in rows]

    def _read(self, row: Row[*tuple[Any, ...]]) -> Activation:
        *said, t, mac = row
        what = Bundle(*said)
        try:
            if hmac.compare_digest(bytes(mac), self._mac(what, t)):
                return Activation(what, from_micros(t))
        except (TypeError, ValueError, ArithmeticError):
            pass  # values of a kind that nobody here writes
        raise BundleError(
            f"activation {what.number} was not written by this service: mayuse log verify"
        )

    def _mac(self, what: Bundle, t: int) -> bytes:
        return self._keys.row_mac(signed_activation(what, t))


def signed_activation(what: Bundle, t: int) -> bytes:
    """What the MAC in an activation's row is over; `t` in microseconds since 1970."""
    return hashlib.sha256(b"activation\x00%d\x00" % t + what.to_bytes()).digest()
