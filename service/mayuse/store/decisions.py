"""Recorded decisions, read back: one by its id, or a list by what an auditor knows of them."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Row, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from mayuse.answer import Effect
from mayuse.decision_log.entry import Entry, from_micros, leaf_hash
from mayuse.decision_log.keys import LogKeys
from mayuse.errors import (
    FieldError,
    InvalidQuestion,
    LogUnavailable,
    MalformedRecord,
    NotFound,
)
from mayuse.question import Facts
from mayuse.store import tables
from mayuse.store.cursor import Cursor
from mayuse.store.search import EVERYTHING, IS_A_DECISION, Filters, name_of_list
from mayuse.store.session import BUSY_SECONDS, Location, open_engine, reading
from mayuse.store.tables import EFFECTS, Decision, DecisionDetail, DecisionFacts
from mayuse.store.tree_tables import Leaf
from mayuse.store.windows import Search, place_of

MAX_LIMIT = 500
DEFAULT_LIMIT = 50


# Written out, so that no plan depends on a value.
_SEQS: BindParameter[int] = bindparam("seqs", expanding=True)
_DETAILS = select(
    col(DecisionDetail.seq),
    col(DecisionDetail.subject),
    col(DecisionDetail.sources),
    col(DecisionDetail.known_at_us),
).where(col(DecisionDetail.seq).in_(_SEQS))
_FINDINGS = (
    select(
        col(DecisionFacts.seq),
        col(DecisionFacts.effect),
        col(DecisionFacts.fault),
        col(tables.Facts.document),
    )
    .join(tables.Facts, col(tables.Facts.id) == col(DecisionFacts.facts_id))
    .where(col(DecisionFacts.seq).in_(_SEQS))
    .order_by(col(DecisionFacts.seq), col(DecisionFacts.position))
)


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """One category of a decision: the facts the policy saw, and what became of them."""

    facts: Facts
    effect: Effect
    fault: str | None
    """Code of the fault that stood in the verdict's place."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What ties a decision to its facts."""

    findings: tuple[StoredFinding, ...]
    """One per data category, in the order asked."""

    sources: Mapping[str, str]
    """Choice id -> `asserted` or `recorded`. Choices not in it had their default."""

    names_person: bool
    """The question named a person. Whom, the log does not know."""

    known_at: datetime | None = None
    """Up to when recorded choices counted, where the question said so."""


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as the log has it."""

    entry: Entry
    record: bytes
    """The leaf's bytes, exactly as hashed."""

    leaf_hash: str
    """Hex."""

    detail: Detail | None
    """None when it has been erased."""


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list."""

    items: tuple[StoredDecision, ...]
    cursor: str | None
    """Where the next page begins; None when this was the last."""


class Decisions:
    """The recorded decisions of one database."""

    def __init__(self, engine: AsyncEngine, keys: LogKeys) -> None:
        self._engine = engine
        self._keys = keys

    async def get(self, decision_id: str) -> StoredDecision:
        """One decision.

        Raises `NotFound`, `LogUnavailable` when the database does not answer, `MalformedRecord`
        when the stored bytes are not those that were hashed.
        """
        statement = columns_told().where(col(Decision.id) == known_form(decision_id))
        async with reading(self._engine) as connection:
            found = (await connection.execute(statement)).first()
            if found is None:
                raise NotFound("no such decision")
            [decision] = await _with_details(connection, [found])
        return decision

    async def list(
        self,
        filters: Filters = EVERYTHING,
        *,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
        newest_first: bool = True,
    ) -> Page:
        """Decisions that match, by time, some at a time.

        Each page is read from one state of the database. Rows written between two pages neither
        repeat nor hide others; one that was still being written when its place was passed is not
        seen by this list. Where little matches in much, a page tells what was found so far, which
        may be nothing, and its cursor leads on. Raises `InvalidQuestion` for a cursor or a limit
        that cannot be used, else as `get`.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise InvalidQuestion(
                (FieldError("/limit", f"is not a whole number from 1 to {MAX_LIMIT}"),)
            )
        if not filters.can_be_stored():
            return Page((), None)
        of_list = name_of_list(filters, self._keys, newest_first=newest_first)
        after = Cursor.from_text(cursor, self._keys, of_list) if cursor is not None else None
        async with reading(self._engine) as connection:
            search = await Search.begin(connection, filters, self._keys, newest_first=newest_first)
            found, end = await search.some(connection, columns_told(), after, limit + 1)
            items = await _with_details(connection, found[:limit])
        if len(found) > limit:
            end = place_of(found[limit - 1])
        return Page(tuple(items), None if end is None else end.to_text(self._keys, of_list))

    async def places(self, ids: Sequence[str]) -> dict[str, int]:
        """The leaves of these decisions by their index, as far as they are sealed, in that order.

        Raises `LogUnavailable`.
        """
        statement = (
            select(col(Decision.id), col(Leaf.leaf_index))
            .join(Leaf, col(Leaf.seq) == col(Decision.seq))
            .where(col(Decision.id).in_(ids))
        )
        async with reading(self._engine) as connection:
            rows = (await connection.execute(statement)).all()
        found = {str(row.id): row.leaf_index for row in rows}
        return {name: found[name] for name in ids if name in found}

    async def ping(self) -> None:
        """Ask the database for a row. Raises `LogUnavailable` when it does not answer soon."""
        try:
            async with asyncio.timeout(BUSY_SECONDS), reading(self._engine) as connection:
                await connection.execute(select(col(Decision.seq)).limit(1))
        except TimeoutError as error:
            raise LogUnavailable("log_unavailable", "the decision log does not answer") from error

    async def close(self) -> None:
        """Let go of the database."""
        await self._engine.dispose()


def open_decisions(database_url: str, keys: LogKeys) -> Decisions:
    """Read the decisions of a database that `open_log` has opened. Close it when done."""
    return Decisions(open_engine(Location.from_url(database_url)), keys)


def columns_told() -> Select[Any]:
    """The columns of `decision` that a reader is told from."""
    names = ("seq", "t_us", "id", "record", "leaf_hash")
    # The log's other records lie in the same table and are no decisions.
    return select(*(col(getattr(Decision, name)) for name in names)).where(IS_A_DECISION)


def known_form(decision_id: str) -> str:
    """The id, if it is a UUID spelt as ours are. Raises `NotFound`: no other can be known."""
    try:
        known = str(uuid.UUID(decision_id)) == decision_id
    except ValueError:
        known = False
    if not known:
        raise NotFound("no such decision")
    return decision_id


async def _with_details(
    connection: AsyncConnection, found: Sequence[Row[Any]]
) -> list[StoredDecision]:
    seqs = {"seqs": [row.seq for row in found]}
    details = {row.seq: row for row in await connection.execute(_DETAILS, seqs)}
    asked: dict[int, list[Any]] = {}
    for row in await connection.execute(_FINDINGS, seqs):
        asked.setdefault(row.seq, []).append(row)
    return [
        _stored(row, _detail(row, details.get(row.seq), asked.get(row.seq, ()))) for row in found
    ]


def _detail(
    decision: Row[Any],
    beside: Any,  # noqa: ANN401 - a row of `_DETAILS`
    asked: Sequence[Any],
) -> Detail | None:
    if beside is None:
        return None
    try:
        findings = tuple(
            StoredFinding(Facts.from_text(row.document), EFFECTS[row.effect], row.fault)
            for row in asked
        )
        known_at = None if beside.known_at_us is None else from_micros(beside.known_at_us)
        sources = {str(name): str(origin) for name, origin in json.loads(beside.sources).items()}
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
        findings = ()
    if not findings:
        raise MalformedRecord(f"what lies beside decision {decision.id} is not what was written")
    return Detail(findings, sources, beside.subject is not None, known_at)


def _stored(row: Row[Any], detail: Detail | None) -> StoredDecision:
    entry = Entry.from_bytes(row.record)
    if leaf_hash(row.record) != row.leaf_hash or entry.id != str(row.id):
        raise MalformedRecord(f"the record of decision {row.id} is not the one that was hashed")
    return StoredDecision(entry, row.record, row.leaf_hash.hex(), detail)
