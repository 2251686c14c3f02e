"""Stretches of the stored log: their rows as they are, and whether all in them is as it must be."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import asyncpg

from mayuse.decision_log.records import Row
from mayuse.decision_log.stretch import Stretch, examine
from mayuse.decision_log.tree import TILE_WIDTH
from mayuse.store.log_beside import Products, RuleIndex, Secret
from mayuse.store.session import BUSY_SECONDS, READ_SECONDS, Location, open_sqlite_reader
from mayuse.store.tables import EFFECTS, KINDS

STRETCH = 4 * TILE_WIDTH
"""Leaves examined together."""

_LARGEST = 2**63 - 1

Fetch = Callable[..., Sequence[tuple[Any, ...]]]
"""Given a statement and its values: the rows."""

Found = tuple[Stretch, Products]
"""A stretch, and the products of its records by the rules they name."""

COPIED = {
    dialect: f"{text}, kind, t_us, caller, effect, recipient, purpose, policy"
    for dialect, text in (("sqlite", "id"), ("postgresql", "id::text"))
}
"""The columns beside a record, as `copies` has them."""

NO_COMPILING = {"jit": "off"}
"""PostgreSQL compiles statements that read many rows, each time anew: a third of what they take."""

_COLUMNS = (
    "SELECT leaf_index, record, leaf_hash, row_mac, seq, {columns} "
    "FROM leaf JOIN decision USING (seq) "
    "WHERE (leaf_index, leaf.seq) > ($1, $2) AND leaf_index <= $3 "
    "ORDER BY leaf_index, leaf.seq LIMIT $4"
)
_EFFECTS = {effect: code for code, effect in enumerate(EFFECTS)}
_CODES = {kind: code for code, kind in enumerate(KINDS)}


class Stretches:
    """The leaves that `fetch` reads, a stretch at a time."""

    def __init__(
        self,
        fetch: Fetch,
        dialect: str,
        secret: Secret,
        row_mac: Callable[[bytes], bytes] | None,
    ) -> None:
        self._fetch = fetch
        self._statement = _COLUMNS.format(columns=COPIED[dialect])
        self._secret = secret
        self._row_mac = row_mac

    def examine(self, start: int, size: int) -> Found | None:
        """So many leaves from `start` on; None when anything is amiss with them.

        Raises what reading raises.
        """
        index = RuleIndex(self._secret)
        after = (start - 1, _LARGEST)
        rows = self._fetch(self._statement, *after, start + size - 1, size + 1)
        if len(rows) != size:
            return None
        found = examine(start, rows, copies=copies, seen=index.follow, row_mac=self._row_mac)
        return None if found is None else (found, index.products)

    def rows(self, first: int, last: int) -> Iterator[Row]:
        """The leaves from one index to another, both included."""
        after = (first, -_LARGEST - 1)
        while page := self._fetch(self._statement, *after, last, 2 * STRETCH):
            for row in page:
                yield _row(row)
            after = (page[-1][0], page[-1][4])


def copies(members: Mapping[str, Any]) -> tuple[Any, ...]:
    """What the columns beside a record say, given its members, in the order they are read."""
    if "kind" in members:
        return (members["id"], _CODES[members["kind"]], members["t"], None, None, None, None, None)
    return (
        members["id"],
        0,
        members["t"],
        members["caller"],
        _EFFECTS.get(members["effect"]),
        members["recipient"],
        members["purpose"],
        members["policy"],
    )


def raw(value: object) -> bytes:
    """The bytes of a column. What is none, as SQLite lets a column be, is not what was written."""
    return (
        value if isinstance(value, bytes) else b"no bytes: " + str(value).encode(errors="replace")
    )


def fetching(location: Location) -> Fetch:
    """Reads from a connection of its own, for a process without an event loop.

    On PostgreSQL it does not wait for a lock: who has it may wait for the process that is helped.
    """
    if location.dialect == "sqlite":
        return partial(fetch_sqlite, open_sqlite_reader(location.file))
    loop = asyncio.new_event_loop()
    connection = loop.run_until_complete(
        asyncpg.connect(
            location.dsn,
            timeout=BUSY_SECONDS,
            command_timeout=READ_SECONDS,
            server_settings={**NO_COMPILING, "lock_timeout": f"{BUSY_SECONDS * 1000:.0f}"},
        )
    )

    def fetch(statement: str, *values: object) -> Sequence[tuple[Any, ...]]:
        found: Sequence[tuple[Any, ...]] = loop.run_until_complete(
            connection.fetch(statement, *values)
        )
        return found

    return fetch


def fetch_sqlite(
    connection: sqlite3.Connection, statement: str, *values: object
) -> Sequence[tuple[Any, ...]]:
    """The rows of a statement with PostgreSQL's placeholders."""
    statement = statement.replace("$", "?")
    try:
        found: Sequence[tuple[Any, ...]] = connection.execute(statement, values).fetchall()
    except UnicodeEncodeError:  # a value that was read where it should have been text
        return connection.execute(statement, list(map(_as_bytes, values))).fetchall()
    return found


def _as_bytes(value: object) -> object:
    return value.encode(errors="surrogateescape") if isinstance(value, str) else value


def _row(row: Sequence[Any]) -> Row:
    record, leaf_hash, row_mac = row[1], row[2], row[3]
    if not (type(record) is bytes and type(leaf_hash) is bytes and type(row_mac) is bytes):
        record, leaf_hash, row_mac = raw(record), raw(leaf_hash), raw(row_mac)
    return Row(row[0], record, leaf_hash, tuple(row[5:]), row_mac, row[4])
