"""The table of API keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from mayuse.api_keys import ApiKey
from mayuse.decision_log.entry import from_micros, to_micros
from mayuse.errors import NameTaken, NotFound
from mayuse.store import tables
from mayuse.store.session import reading, writing

_COLUMNS = (
    col(tables.ApiKey.name),
    col(tables.ApiKey.digest),
    col(tables.ApiKey.scopes),
    col(tables.ApiKey.created_us),
    col(tables.ApiKey.expires_us),
    col(tables.ApiKey.revoked_us),
    col(tables.ApiKey.last_used_us),
)
_ALL = select(*_COLUMNS).order_by(col(tables.ApiKey.created_us), col(tables.ApiKey.name))


async def every(engine: AsyncEngine) -> list[ApiKey]:
    """All keys that were ever made, the oldest first. Raises `LogUnavailable`."""
    async with reading(engine) as connection:
        return [_key(row) for row in (await connection.execute(_ALL)).all()]


async def add(engine: AsyncEngine, key: ApiKey) -> None:
    """Keep a new key. Raises `NameTaken`, `LogUnavailable`. `engine` may write."""
    row = {
        "name": key.name,
        "digest": key.digest,
        "scopes": " ".join(sorted(key.scopes)),
        "created_us": to_micros(key.created),
        "expires_us": _micros(key.expires),
        "revoked_us": _micros(key.revoked),
        "last_used_us": _micros(key.last_used),
    }
    async with writing(engine) as connection:
        if (await connection.execute(_ALL.where(col(tables.ApiKey.name) == key.name))).first():
            raise NameTaken(f"there is a key of the name {key.name} already, or there was one")
        await connection.execute(insert(tables.ApiKey).values(row))


async def revoke(engine: AsyncEngine, name: str, at: datetime) -> ApiKey:
    """Let a key count no more, and give it as it is now; one that was revoked before stays so.

    Raises `NotFound`, `LogUnavailable`. `engine` may write.
    """
    named = col(tables.ApiKey.name) == name
    async with writing(engine) as connection:
        await connection.execute(
            update(tables.ApiKey)
            .where(named, col(tables.ApiKey.revoked_us).is_(None))
            .values(revoked_us=to_micros(at))
        )
        row = (await connection.execute(_ALL.where(named))).first()
    if row is None:
        raise NotFound(f"there is no key of the name {name}; `mayuse keys list` names them")
    return _key(row)


async def note_use(engine: AsyncEngine, used: Mapping[str, datetime]) -> None:
    """Note by name when keys were last used. Raises `LogUnavailable`. `engine` may write."""
    async with writing(engine) as connection:
        for name, at in used.items():
            when = to_micros(at)
            last = col(tables.ApiKey.last_used_us)
            await connection.execute(
                update(tables.ApiKey)
                .where(col(tables.ApiKey.name) == name, or_(last.is_(None), last < when))
                .values(last_used_us=when)
            )


def _key(row: Row[*tuple[Any, ...]]) -> ApiKey:
    return ApiKey(
        name=row.name,
        digest=bytes(row.digest),
        scopes=tuple(row.scopes.split()),
        created=from_micros(row.created_us),
        expires=_time(row.expires_us),
        revoked=_time(row.revoked_us),
        last_used=_time(row.last_used_us),
    )


def _micros(at: datetime | None) -> int | None:
    return None if at is None else to_micros(at)


def _time(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
