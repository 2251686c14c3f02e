"""The policy bundles that were uploaded and have not decided: a bounded number of them.

What is read back is data. Whoever activates one examines it anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from mayuse.decision_log.entry import from_micros, to_micros
from mayuse.store.session import reading, writing
from mayuse.store.tree_tables import PolicyCandidate

LIMIT = 20
"""Candidates that are kept. One more is refused: none is dropped behind its author's back."""

_DIGEST = col(PolicyCandidate.digest)
_TOLD = (
    _DIGEST,
    col(PolicyCandidate.version),
    col(PolicyCandidate.examination),
    col(PolicyCandidate.uploaded_us),
    col(PolicyCandidate.uploaded_by),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A bundle that waits."""

    digest: str
    version: str
    examination: dict[str, Any]
    """What was found when it was uploaded."""

    at: datetime
    by: str


class Candidates:
    """The candidates of one database."""

    def __init__(self, reader: AsyncEngine, writer: AsyncEngine) -> None:
        """Both stay their owner's, who disposes of them."""
        self._reader, self._writer = reader, writer

    async def every(self) -> list[Candidate]:
        """All of them, the newest first. Raises `LogUnavailable`."""
        statement = select(*_TOLD).order_by(col(PolicyCandidate.uploaded_us).desc(), _DIGEST)
        async with reading(self._reader) as connection:
            rows = (await connection.execute(statement)).all()
        return [
            Candidate(digest, version, orjson.loads(found), from_micros(t), by)
            for digest, version, found, t, by in rows
        ]

    async def archive(self, digest: str) -> bytes | None:
        """The archive of this candidate, or None. Raises `LogUnavailable`."""
        statement = select(col(PolicyCandidate.bundle)).where(_is(digest))
        async with reading(self._reader) as connection:
            raw = (await connection.execute(statement)).scalar()
        return None if raw is None else bytes(raw)

    async def keep(self, candidate: Candidate, raw: bytes) -> bool:
        """Keep a candidate; False when there are too many already. Raises `LogUnavailable`.

        One that is kept already stays, with what it was uploaded with last.
        """
        row = {
            "version": candidate.version,
            "bundle": raw,
            "examination": orjson.dumps(candidate.examination).decode(),
            "uploaded_us": to_micros(candidate.at),
            "uploaded_by": candidate.by,
        }
        named = _is(candidate.digest)
        async with writing(self._writer) as connection:
            known = update(PolicyCandidate).where(named).values(row)
            if (await connection.execute(known)).rowcount:
                return True
            count = select(func.count()).select_from(PolicyCandidate)
            if (await connection.execute(count)).scalar_one() >= LIMIT:
                return False
            await connection.execute(insert(PolicyCandidate).values(digest=candidate.digest, **row))
        return True

    async def remove(self, digest: str) -> bool:
        """Forget a candidate; whether there was one. Raises `LogUnavailable`."""
        async with writing(self._writer) as connection:
            gone = await connection.execute(delete(PolicyCandidate).where(_is(digest)))
        return bool(gone.rowcount)


def _is(digest: str) -> ColumnElement[bool]:
    return col(PolicyCandidate.digest) == digest
