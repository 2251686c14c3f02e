"""How rows are put into the tables: many at once, in each database's own way.

The columns and their types are read from the tables, so that a statement cannot name a column the
table does not have. A row at a time, SQLite takes Python's lock and gives it back for each: beside
a busy event loop that costs more than the rows do (measured: 2.4 times as long for 64 rows).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql

from mayuse.store.tree_tables import metadata

Row = tuple[Any, ...]

AT_ONCE = (256, 64, 16, 4, 1)
"""Rows in one statement of SQLite. A few sizes, so that each is prepared once a connection."""

_POSTGRESQL: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Insert:
    """Puts rows into one table."""

    sqlite: Mapping[int, str]
    """By how many rows it takes, with one `?` for each of their columns."""

    postgresql: str
    """One array a column, for `unnest`."""

    def into_sqlite(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
        """Insert the rows in order. Raises `sqlite3.Error`."""
        start = 0
        for size in AT_ONCE:
            while len(rows) - start >= size:
                some = rows[start : start + size]
                connection.execute(self.sqlite[size], list(chain.from_iterable(some)))
                start += size


def _insert(name: str, *, besides: tuple[str, ...] = (), otherwise: str = "") -> Insert:
    # On SQLite a conflict ends the transaction, as it does in the triggers: a statement that could
    # be undone by itself would have to keep the pages it changes.
    table: Table = metadata.tables[name]
    columns = [column for column in table.columns if column.name not in besides]
    names = ", ".join(column.name for column in columns)
    holes = f"({', '.join('?' for _ in columns)})"
    arrays = ", ".join(
        f"${number}::{column.type.compile(_POSTGRESQL)}[]"
        for number, column in enumerate(columns, start=1)
    )
    # Table and column names are this module's own; no value is ever part of a statement.
    sqlite = f"INSERT OR ROLLBACK INTO {name} ({names})"
    return Insert(
        {count: f"{sqlite} VALUES {', '.join([holes] * count)} {otherwise}" for count in AT_ONCE},
        f"INSERT INTO {name} ({names}) SELECT {names} "  # noqa: S608
        f"FROM unnest({arrays}) WITH ORDINALITY AS given ({names}, number) "
        f"ORDER BY number {otherwise}",
    )


DECISION = _insert("decision")
NUMBERED_BY_DATABASE = _insert("decision", besides=("seq",), otherwise="RETURNING seq, leaf_hash")
DETAIL = _insert("decision_detail")
FACTS = _insert("facts", otherwise="ON CONFLICT (id) DO NOTHING")
FACTS_OF = _insert("decision_facts")
RULE = _insert("decision_rule")
ACT = _insert("decision_act")
SUBJECT = _insert("subject_decision")
REPEAT = _insert("idempotency")
PENDING = _insert("pending")
LEAF = _insert("leaf")
SUBJECT_KEY = _insert("subject_key")
SUBJECT_KEY_NUMBERED_BY_DATABASE = _insert(
    "subject_key", besides=("number",), otherwise="ON CONFLICT (lookup) DO NOTHING"
)
