"""A PostgreSQL server of a file's own, for tests that stop it and cut its connections."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import pytest

import postgres
from databases import Database

BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = $1"
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"


@pytest.fixture(scope="module")
def breakable():
    """A server of a file's own, since it is stopped and killed."""
    with postgres.running() as started:
        yield started


@pytest.fixture
def database(breakable, tmp_path) -> Database:
    return Database(asyncio.run(breakable.create_database()), tmp_path / "keys")


async def cut(admin: asyncpg.Connection, database: Database, *, after: float) -> None:
    """End all connections to a database, so many seconds after there is one."""
    name = database.url.rpartition("/")[2]
    give_up = time.monotonic() + 30
    while not await admin.fetch(BACKENDS, name):
        assert time.monotonic() < give_up
    await asyncio.sleep(after)
    await admin.fetch(CUT, name)
