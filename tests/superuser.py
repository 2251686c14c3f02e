"""A door to a database for one whom no wall stops: triggers, checks and references are off.

What it changes, only a verification can find. Each change is looked at and taken back again.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import asyncpg

from databases import Database

T = TypeVar("T")
Execute = Callable[..., list[tuple[Any, ...]]]
"""Runs a statement with `$1`, `$2` … for its values; its rows, if it has any."""

_CHECKS = (
    "SELECT conrelid::regclass::text, conname FROM pg_constraint "
    "WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
)


class Superuser:
    """Does as it likes."""

    def __init__(self, execute: Execute) -> None:
        self.execute = execute

    def attempt(self, change: Callable[[Execute], None], look: Callable[[Execute], T]) -> T:
        """Change something, let `look` see what came of it, and take it back."""
        self.execute("BEGIN")
        try:
            change(self.execute)
            return look(self.execute)
        finally:
            self.execute("ROLLBACK")


@contextmanager
def superuser(database: Database) -> Iterator[Superuser]:
    """Somebody who may do anything with this database."""
    opened = _on_sqlite if database.dialect == "sqlite" else _on_postgresql
    with opened(database) as execute:
        yield Superuser(execute)


@contextmanager
def _on_sqlite(database: Database) -> Iterator[Execute]:
    connection = sqlite3.connect(database.location.file, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        yield lambda said, *values: connection.execute(said.replace("$", "?"), values).fetchall()
    finally:
        connection.close()


@contextmanager
def _on_postgresql(database: Database) -> Iterator[Execute]:
    """The driver is asynchronous, and verification is not: the loop runs in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(answer: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(answer, loop).result(10)

    connection = run(asyncpg.connect(database.url))
    try:
        run(connection.execute("SET session_replication_role = replica"))
        for table, name in run(connection.fetch(_CHECKS)):
            run(connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))
        yield lambda said, *values: list(map(tuple, run(connection.fetch(said, *values))))
    finally:
        run(connection.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
