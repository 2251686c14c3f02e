"""A door to a database for one whom no wall stops: triggers, checks and references are off.

What it changes, only a verification can find.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any

import asyncpg

from databases import Database

Execute = Callable[..., list[tuple[Any, ...]]]
"""Runs a statement with `$1`, `$2` … for its values; its rows, if it has any."""


def tamper(database: Database, change: Callable[[Execute], None]) -> None:
    """Let `change` do as it likes."""
    if database.dialect == "sqlite":
        _tamper_sqlite(database, change)
    else:
        asyncio.run(_tamper_postgresql(database, change))


def _tamper_sqlite(database: Database, change: Callable[[Execute], None]) -> None:
    connection = sqlite3.connect(database.location.file, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            connection.execute(f"DROP TRIGGER {name}")
        change(lambda said, *values: connection.execute(said.replace("$", "?"), values).fetchall())
    finally:
        connection.close()


async def _tamper_postgresql(database: Database, change: Callable[[Execute], None]) -> None:
    connection = await asyncpg.connect(database.url)
    loop = asyncio.get_running_loop()

    def execute(said: str, *values: object) -> list[tuple[Any, ...]]:
        answer = asyncio.run_coroutine_threadsafe(connection.fetch(said, *values), loop)
        return [tuple(row) for row in answer.result(10)]

    try:
        await connection.execute("SET session_replication_role = replica")
        for table, name in await connection.fetch(_CHECKS):
            await connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        await asyncio.to_thread(change, execute)
    finally:
        await connection.close()


_CHECKS = (
    "SELECT conrelid::regclass::text, conname FROM pg_constraint "
    "WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
)
