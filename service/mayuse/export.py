"""Recorded decisions as tables that others read: NDJSON, CSV, Parquet.

NDJSON has whole decisions, as the API shows them, with the bytes that were hashed. CSV and Parquet
have a row a decision and a column for each thing one sorts or counts by. All of it is taken
from the record and from what lies beside it; nothing is made again.
"""

from __future__ import annotations

import csv
import importlib.util
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from mayuse import recorded, strict_json
from mayuse.decision_log.entry import Entry
from mayuse.errors import SettingsError
from mayuse.store.decisions import MAX_LIMIT, Decisions, StoredDecision
from mayuse.store.search import Filters

Format = Literal["ndjson", "csv", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)

COLUMNS = {
    "decision_id": "VARCHAR",
    "at": "TIMESTAMPTZ",
    "caller": "VARCHAR",
    "recipient": "VARCHAR",
    "purpose": "VARCHAR",
    "effect": "VARCHAR",
    "reasons": "VARCHAR[]",
    "faults": "VARCHAR[]",
    "policy": "VARCHAR",
    "engine": "VARCHAR",
    "erased": "BOOLEAN",
    "controller": "VARCHAR",
    "jurisdiction": "VARCHAR",
    "on": "DATE",
    "age": "VARCHAR",
    "gpc": "BOOLEAN",
    "data": "VARCHAR[]",
    "data_effects": "VARCHAR[]",
    "choices": "VARCHAR",
    "names_person": "BOOLEAN",
    "leaf_hash": "VARCHAR",
}
"""The columns of a table, with their types. Those from `controller` on to `names_person` are
empty where a decision was erased; `choices` is a JSON object."""

_OF_DETAIL = list(COLUMNS)[list(COLUMNS).index("controller") : -1]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def each(
    decisions: Decisions, filters: Filters, *, now: datetime
) -> AsyncIterator[Sequence[StoredDecision]]:
    """All decisions that match and were made before `now`, oldest first, a page at a time.

    Raises `LogUnavailable`.
    """
    until_now = bounded(filters, now)
    cursor: str | None = None
    while True:
        page = await decisions.list(until_now, cursor=cursor, limit=MAX_LIMIT, newest_first=False)
        yield page.items
        cursor = page.cursor
        if cursor is None:
            return


def bounded(filters: Filters, now: datetime) -> Filters:
    """The same, without what is recorded from now on: an export that grows has no end."""
    return replace(filters, until=now if filters.until is None else min(now, filters.until))


def ndjson(some: Sequence[StoredDecision]) -> bytes:
    """A whole decision a line."""
    return b"".join(strict_json.dumps(whole(stored)) + b"\n" for stored in some)


def csv_head() -> bytes:
    """The line that names the columns."""
    return _csv([list(COLUMNS)])


def csv_rows(some: Sequence[StoredDecision]) -> bytes:
    """A decision a line (RFC 4180, UTF-8); lists are separated by spaces.

    A text that a spreadsheet would run as a formula has an apostrophe before it.
    """
    return _csv([[cell(value) for value in row(stored).values()] for stored in some])


def whole(stored: StoredDecision) -> dict[str, Any]:
    """A decision as NDJSON has it."""
    document = recorded.summary(stored)
    document["receipt"] = recorded.stored_receipt(stored)
    if stored.detail is not None:
        document["detail"] = recorded.detail(stored.detail)
    return document


def row(stored: StoredDecision) -> dict[str, Any]:
    """A decision as a table has it."""
    return {
        **row_of_entry(stored.entry),
        "erased": stored.detail is None,
        **_seen(stored),
        "leaf_hash": stored.leaf_hash,
    }


def row_of_entry(entry: Entry) -> dict[str, Any]:
    """The columns that a record alone tells."""
    return {
        "decision_id": entry.id,
        "at": recorded.time(entry.at),
        "caller": entry.caller,
        "recipient": entry.recipient,
        "purpose": entry.purpose,
        "effect": entry.effect,
        "reasons": list(entry.rule),
        "faults": list(entry.fault),
        "policy": entry.policy,
        "engine": entry.engine,
    }


def encode(some: Sequence[StoredDecision], kind: str) -> bytes:
    """Decisions as the file of this format holds them; Parquet is made of rows afterwards."""
    if kind == "csv":
        return csv_rows(some)
    if kind == "ndjson":
        return ndjson(some)
    return b"".join(strict_json.dumps(row(stored)) + b"\n" for stored in some)


def need(kind: str) -> None:
    """Raise `SettingsError` when what this format needs is not installed."""
    if kind == "parquet" and importlib.util.find_spec("duckdb") is None:
        raise SettingsError("Parquet needs DuckDB: pip install 'mayuse[parquet]'")


def parquet(rows: Path, out: Path) -> None:
    """Make a Parquet file of rows that `strict_json` wrote, one a line.

    Raises `SettingsError` when the extra that can do so is not installed.
    """
    need("parquet")
    import duckdb  # noqa: PLC0415 - large, and seldom needed

    columns = ", ".join(f"\"{name}\": '{kind}'" for name, kind in COLUMNS.items())
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": False}) as database:
        database.execute(
            "COPY (SELECT * FROM read_json($1, format = 'newline_delimited', "  # noqa: S608 - ours
            f"columns = {{{columns}}})) TO '{_quoted(out)}' (FORMAT parquet, COMPRESSION zstd)",
            [str(rows)],
        )


def read_parquet(file: Path) -> Iterator[tuple[list[str], list[str]]]:
    """The rows of a Parquet file, its columns' names and each value as CSV has it.

    Raises `SettingsError` as that does, `ValueError` for another file.
    """
    need("parquet")
    import duckdb  # noqa: PLC0415 - large, and seldom needed

    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": False}) as database:
        try:
            database.execute("SET TimeZone = 'UTC'")
            found = database.execute("SELECT * FROM read_parquet($1)", [str(file)])
        except duckdb.Error as error:
            raise ValueError("not a Parquet file") from error
        names = [column[0] for column in found.description or ()]
        while rows := found.fetchmany(1_000):
            for values in rows:
                yield names, list(map(cell, values))


def _seen(stored: StoredDecision) -> dict[str, Any]:
    if stored.detail is None:
        return dict.fromkeys(_OF_DETAIL)
    findings = stored.detail.findings
    facts = findings[0].facts
    return {
        "controller": facts.controller,
        "jurisdiction": facts.jurisdiction,
        "on": facts.on,
        "age": facts.age,
        "gpc": facts.gpc,
        "data": [finding.facts.data for finding in findings],
        "data_effects": [finding.fault or finding.effect for finding in findings],
        "choices": strict_json.dumps(dict(facts.choices)).decode(),
        "names_person": stored.detail.names_person,
    }


def cell(value: object) -> str:
    """A value as a table of text has it."""
    if isinstance(value, datetime):
        return recorded.time(value.astimezone(UTC))
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = " ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
