"""Where the log stands, for whoever watches it: what is not sealed, how old the bundle is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from mayuse.store.session import reading
from mayuse.store.tree_tables import Pending, PolicyBundle


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database says."""

    unsealed: int
    """Entries that are no leaves yet."""

    activated_us: int | None
    """When the bundle was first activated, in microseconds since 1970."""


async def read_standing(engine: AsyncEngine, digest: str) -> Standing:
    """The log's standing, and that of the bundle of this digest. Raises `LogUnavailable`."""
    unsealed = select(func.count()).select_from(Pending)
    activated = select(col(PolicyBundle.activated_us)).where(col(PolicyBundle.digest) == digest)
    async with reading(engine) as connection:
        return Standing(
            (await connection.execute(unsealed)).scalar_one(),
            (await connection.execute(activated)).scalar(),
        )
