"""Recorded decisions, read back: one by its id, or a list by what an auditor knows of them."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    bindparam,
    exists,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from mayuse.answer import Effect
from mayuse.decision_log.entry import Entry, leaf_hash, to_micros
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
from mayuse.store.session import BUSY_SECONDS, Location, open_engine, reading
from mayuse.store.tables import (
    EFFECTS,
    Decision,
    DecisionDetail,
    DecisionFacts,
    DecisionRule,
    SubjectDecision,
    SubjectKey,
)

MAX_LIMIT = 500
DEFAULT_LIMIT = 50


Conditions = list[ColumnElement[bool]]

_SEQS: BindParameter[int] = bindparam("seqs", expanding=True)
_DETAILS = select(
    col(DecisionDetail.seq), col(DecisionDetail.subject), col(DecisionDetail.sources)
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
class Filters:
    """What a list is narrowed to. Everything named must hold."""

    since: datetime | None = None
    """Made at this time or later."""

    until: datetime | None = None
    """Made before this time."""

    effect: Effect | None = None
    recipient: str | None = None
    purpose: str | None = None
    data: str | None = None
    """One of the categories asked about."""

    jurisdiction: str | None = None
    rule: str | None = None
    """A rule that forced the effect, e.g. `law/us/browser_signal`."""

    caller: str | None = None
    policy: str | None = None
    """Digest of the policy bundle."""

    subject: str | None = None
    """The caller's id of the person."""


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
    """Choice id -> `asserted`. Choices not in it had their default."""

    names_person: bool
    """The question named a person. Whom, the log does not know."""


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
        statement = _columns().where(col(Decision.id) == _known_form(decision_id))
        async with reading(self._engine) as connection:
            found = (await connection.execute(statement)).first()
            if found is None:
                raise NotFound("no such decision")
            [decision] = await _with_details(connection, [found])
        return decision

    async def list(
        self,
        filters: Filters = Filters(),
        *,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
        newest_first: bool = True,
    ) -> Page:
        """Decisions that match, by time, some at a time.

        Each page is read from one state of the database. Rows written between two pages neither
        repeat nor hide others; one that was still being written when its place was passed is not
        seen by this list. Raises `InvalidQuestion` for a cursor or a limit that cannot be used,
        else as `get`.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise InvalidQuestion(
                (FieldError("/limit", f"is not a whole number from 1 to {MAX_LIMIT}"),)
            )
        if not _can_be_stored(filters):
            return Page((), None)
        of_list = self._name_of_list(filters, newest_first=newest_first)
        after = Cursor.from_text(cursor, self._keys, of_list) if cursor is not None else None
        statement = self._search(filters, after, newest_first=newest_first).limit(limit + 1)
        async with reading(self._engine) as connection:
            found = (await connection.execute(statement)).all()
            items = await _with_details(connection, found[:limit])
        if len(found) <= limit:
            return Page(tuple(items), None)
        last = found[limit - 1]
        return Page(tuple(items), Cursor(last.t_us, last.seq).to_text(self._keys, of_list))

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

    def _search(self, filters: Filters, after: Cursor | None, *, newest_first: bool) -> Select[Any]:
        """Walk one index in the order of the answer, and look the rest up row by row.

        The index is that of the narrowest table the filters name; its (t_us, seq) gives the
        order, the period and the place where the last page ended.
        """
        axis = _axis(filters)
        statement = _columns().select_from(axis)
        if axis is not Decision:
            statement = statement.join(Decision, col(Decision.seq) == axis.seq)
        statement = statement.where(*self._conditions(filters, axis))
        place = tuple_(axis.t_us, axis.seq)
        if after is not None:
            end = tuple_(after.t_us, after.seq)
            statement = statement.where(place < end if newest_first else place > end)
        order = (axis.t_us, axis.seq)
        return statement.order_by(*(item.desc() if newest_first else item for item in order))

    def _conditions(self, filters: Filters, axis: Any) -> Conditions:  # noqa: ANN401
        conditions: Conditions = [
            col(getattr(Decision, name)) == value
            for name in ("recipient", "purpose", "caller", "policy")
            if (value := getattr(filters, name)) is not None
        ]
        if filters.since is not None:
            conditions.append(axis.t_us >= to_micros(filters.since))
        if filters.until is not None:
            conditions.append(axis.t_us < to_micros(filters.until))
        if filters.effect is not None:
            # Written out, so that the index on the rare effect is seen to apply.
            code: ColumnElement[int] = literal_column(str(EFFECTS.index(filters.effect)))
            conditions.append(col(Decision.effect) == code)
        if filters.rule is not None:
            conditions.append(axis.rule == filters.rule)
        if filters.data is not None:
            conditions.append(_holds(axis, DecisionFacts, "data", filters.data))
        if filters.jurisdiction is not None:
            conditions.append(_holds(axis, DecisionDetail, "jurisdiction", filters.jurisdiction))
        if filters.subject is not None:
            key = select(col(SubjectKey.number)).where(
                col(SubjectKey.lookup) == self._keys.subject_lookup(filters.subject)
            )
            about = select(col(SubjectDecision.seq)).where(
                col(SubjectDecision.subject) == key.scalar_subquery()
            )
            conditions.append(axis.seq.in_(about))
        return conditions

    def _name_of_list(self, filters: Filters, *, newest_first: bool) -> str:
        named = replace(
            filters,
            subject=None
            if filters.subject is None
            else self._keys.subject_lookup(filters.subject).hex(),
        )
        return json.dumps([asdict(named), newest_first], default=str)


def open_decisions(database_url: str, keys: LogKeys) -> Decisions:
    """Read the decisions of a database that `open_log` has opened. Close it when done."""
    return Decisions(open_engine(Location.from_url(database_url)), keys)


def _axis(filters: Filters) -> Any:  # noqa: ANN401 - one of four tables
    if filters.rule is not None:
        return DecisionRule
    if filters.data is not None:
        return DecisionFacts
    return Decision if filters.jurisdiction is None else DecisionDetail


def _holds(axis: Any, table: Any, name: str, value: str) -> ColumnElement[bool]:  # noqa: ANN401
    """A row of `table` about the same decision has this value: the axis itself, or another."""
    if axis is table:
        return col(getattr(table, name)) == value
    return exists().where(table.seq == axis.seq, getattr(table, name) == value)


def _columns() -> Select[Any]:
    names = ("seq", "t_us", "id", "record", "leaf_hash")
    return select(*(col(getattr(Decision, name)) for name in names))


def _known_form(decision_id: str) -> str:
    try:
        known = str(uuid.UUID(decision_id)) == decision_id
    except ValueError:
        known = False
    if not known:
        raise NotFound("no such decision")
    return decision_id


def _can_be_stored(filters: Filters) -> bool:
    """Whether the filters' texts are such as a row could hold: no NUL, no lone surrogate."""
    texts = "".join(value for value in asdict(filters).values() if isinstance(value, str))
    try:
        return b"\x00" not in texts.encode()
    except UnicodeEncodeError:
        return False


async def _with_details(
    connection: AsyncConnection, found: Sequence[Row[Any]]
) -> list[StoredDecision]:
    seqs = [row.seq for row in found]
    details = (await connection.execute(_DETAILS, {"seqs": seqs})).all()
    findings: dict[int, list[StoredFinding]] = {row.seq: [] for row in details}
    for row in await connection.execute(_FINDINGS, {"seqs": seqs}):
        findings[row.seq].append(
            StoredFinding(Facts.from_text(row.document), EFFECTS[row.effect], row.fault)
        )
    beside = {
        row.seq: Detail(
            findings=tuple(findings[row.seq]),
            sources=json.loads(row.sources),
            names_person=row.subject is not None,
        )
        for row in details
    }
    return [_stored(row, beside.get(row.seq)) for row in found]


def _stored(row: Row[Any], detail: Detail | None) -> StoredDecision:
    entry = Entry.from_bytes(row.record)
    if leaf_hash(row.record) != row.leaf_hash or entry.id != str(row.id):
        raise MalformedRecord(f"the record of decision {row.id} is not the one that was hashed")
    return StoredDecision(entry, row.record, row.leaf_hash.hex(), detail)
