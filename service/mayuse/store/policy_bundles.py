"""The policy bundles that have decided, whole, so that they can decide the same again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from mayuse.decision_log.entry import from_micros
from mayuse.store.session import reading
from mayuse.store.tree_tables import PolicyBundle


async def stored_bundle(engine: AsyncEngine, digest: str) -> bytes | None:
    """The archive of this digest as it was activated, or None. Raises `LogUnavailable`.

    Whoever uses it computes its digest again (`bundle.read` does).
    """
    statement = select(col(PolicyBundle.bundle)).where(col(PolicyBundle.digest) == digest)
    async with reading(engine) as connection:
        found: bytes | None = (await connection.execute(statement)).scalar()
    return found


async def activations(engine: AsyncEngine) -> dict[str, datetime]:
    """When each stored bundle first became the one that decides, by digest, the newest first.

    Raises `LogUnavailable`.
    """
    when = col(PolicyBundle.activated_us)
    statement = select(col(PolicyBundle.digest), when).order_by(when.desc())
    async with reading(engine) as connection:
        rows = (await connection.execute(statement)).all()
    return {digest: from_micros(micros) for digest, micros in rows}
