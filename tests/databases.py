"""Databases for tests of the log: SQLite files, and a real PostgreSQL that is never passed over.

Both are built by the real migrations. A PostgreSQL database is a copy of one that was migrated.
A folder's conftest imports the fixtures it uses.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import postgres
from mayuse.store import migrate
from mayuse.store.session import Location, open_sqlite

DIALECTS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Database:
    """A database for one test, and a door to it that is not ours."""

    url: str
    keys_dir: Path

    @property
    def location(self) -> Location:
        return Location.from_url(self.url)

    @property
    def dialect(self) -> str:
        return self.location.dialect

    async def sealed(self) -> None:
        """Wait until nothing waits to be sealed."""
        for _ in range(200):
            if not await self.count("pending"):
                return
            await asyncio.sleep(0.05)
        raise TimeoutError("the log was not sealed")

    async def rows(self, statement: str) -> list[Mapping[str, Any]]:
        """Run a statement through the driver alone, and commit it."""
        if self.dialect == "sqlite":
            connection = open_sqlite(self.location.file)
            connection.row_factory = sqlite3.Row
            try:
                return [dict(row) for row in connection.execute(statement).fetchall()]
            finally:
                connection.close()
        connection = await asyncpg.connect(self.url)
        try:
            return [dict(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    async def count(self, table: str = "decision") -> int:
        """How many rows; of `decision`, how many decisions."""
        only = "WHERE kind = 0" if table == "decision" else ""
        [row] = await self.rows(f"SELECT count(*) AS n FROM {table} {only}")  # noqa: S608
        return int(row["n"])


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Postgres]:
    with postgres.running() as started:
        yield started


@pytest.fixture(scope="session")
def template(server) -> str:
    name = f"template_{secrets.token_hex(4)}"
    asyncio.run(server.execute(f"CREATE DATABASE {name}"))
    asyncio.run(migrate.upgrade(Location.from_url(server.url(name))))
    return name


@pytest.fixture(params=DIALECTS)
def empty(request, tmp_path) -> Database:
    """A database without tables."""
    if request.param == "sqlite":
        return Database(f"sqlite:///{tmp_path}/mayuse.db", tmp_path / "keys")
    server = request.getfixturevalue("server")
    return Database(asyncio.run(server.create_database()), tmp_path / "keys")


@pytest.fixture(params=DIALECTS)
def database(request, tmp_path) -> Database:
    """A database with our tables and nothing in them."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path}/mayuse.db", tmp_path / "keys")
        asyncio.run(migrate.upgrade(made.location))
        return made
    server, template = map(request.getfixturevalue, ("server", "template"))
    return Database(asyncio.run(server.create_database(template)), tmp_path / "keys")
