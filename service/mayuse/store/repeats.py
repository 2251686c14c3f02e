"""Which decision a caller got under which Idempotency-Key."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from mayuse.store.session import reading
from mayuse.store.tables import Decision
from mayuse.store.tree_tables import Idempotency


@dataclass(frozen=True, slots=True)
class Earlier:
    """The decision a key was first sent for."""

    decision_id: str
    request: bytes
    """Keyed digest of what was asked then, and one that ties it to the decision."""


async def find(engine: AsyncEngine, caller: str, key: bytes, now: int) -> Earlier | None:
    """What this key of this caller stands for, unless it has expired. Raises `LogUnavailable`."""
    statement = (
        select(col(Decision.id), col(Idempotency.request_digest))
        .join(Decision, col(Decision.seq) == col(Idempotency.seq))
        .where(
            col(Idempotency.caller) == caller,
            col(Idempotency.key) == key,
            col(Idempotency.expires_us) > now,
        )
    )
    async with reading(engine) as connection:
        row = (await connection.execute(statement)).first()
    return None if row is None else Earlier(str(row.id), row.request_digest)
