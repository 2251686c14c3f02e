"""All that is needed to make recorded decisions again: records, keys of their tags, facts.

Read some at a time, oldest first, each time from one state of the database: a long replay holds
nothing that writers wait for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, LargeBinary, Row, bindparam, cast, select, text, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.types import NullType
from sqlmodel import col

from mayuse.decision_log.entry import Unwritable
from mayuse.decision_log.keys import LogKeys
from mayuse.decision_log.wrapping import Wrapped
from mayuse.errors import NotFound
from mayuse.store.cursor import Cursor
from mayuse.store.decisions import columns_told, known_form
from mayuse.store.forgetting import KNOWN_ACTS
from mayuse.store.search import EVERYTHING, Filters
from mayuse.store.session import reading
from mayuse.store.stretches import raw
from mayuse.store.tables import (
    EFFECTS,
    Decision,
    DecisionDetail,
    DecisionFacts,
    Facts,
    SubjectKey,
)
from mayuse.store.windows import Search

SLICE = 1_000
"""Decisions read at once."""

DOCUMENTS_KEPT = 100_000
"""Fact vectors kept at hand: distinct ones are few, and come again and again."""


def _as_stored(column: Any) -> Any:  # noqa: ANN401 - a column
    """The value as it is: SQLite keeps in a column whatever was put there."""
    return type_coerce(col(column), NullType()).label(column.key)


_SEQS: BindParameter[int] = bindparam("seqs", expanding=True)
_KEYS = (
    select(
        col(DecisionDetail.seq),
        _as_stored(DecisionDetail.lone_key),
        _as_stored(SubjectKey.key_id),
        col(SubjectKey.kek_id),
        _as_stored(SubjectKey.wrapped),
        _as_stored(SubjectKey.lookup),
    )
    .outerjoin(SubjectKey, col(SubjectKey.number) == col(DecisionDetail.subject))
    .where(col(DecisionDetail.seq).in_(_SEQS))
)
_SEEN = (
    select(
        col(DecisionFacts.seq),
        _as_stored(DecisionFacts.facts_id),
        col(DecisionFacts.effect),
        col(DecisionFacts.fault),
    )
    .where(col(DecisionFacts.seq).in_(_SEQS))
    .order_by(col(DecisionFacts.seq), col(DecisionFacts.position))
)
_IDS: BindParameter[bytes] = bindparam("ids", expanding=True)
_DOCUMENTS = {
    dialect: select(col(Facts.id), document.label("document")).where(col(Facts.id).in_(_IDS))
    for dialect, document in (
        ("sqlite", cast(col(Facts.document), LargeBinary)),  # text that is none ends its driver
        ("postgresql", col(Facts.document)),
    )
}
_TOGETHER = {"sqlite": "group_concat", "postgresql": "string_agg"}
# How many there are tells two acts from one with a space in its name. The plus keeps SQLite from
# trying every number with every moment.
_ACTS_BETWEEN = {
    dialect: text(
        f"{KNOWN_ACTS} SELECT seq, count(*) || ' ' || {together}(decision_act.act, ' ') AS acts "  # noqa: S608 - our own
        "FROM known JOIN decision_act ON decision_act.act = known.act "
        "WHERE t_us BETWEEN :first AND :last AND +seq IN :seqs GROUP BY seq"
    ).bindparams(bindparam("seqs", expanding=True))
    for dialect, together in _TOGETHER.items()
}
_ACTS_OF_EACH = {
    dialect: text(
        f"{KNOWN_ACTS} SELECT detail.seq, (SELECT count(*) || ' ' || {together}(said.act, ' ') "  # noqa: S608 - our own
        "FROM known JOIN decision_act AS said ON said.act = known.act "
        "AND said.t_us = detail.t_us AND said.seq = detail.seq) AS acts "
        "FROM decision_detail AS detail WHERE detail.seq IN :seqs"
    ).bindparams(bindparam("seqs", expanding=True))
    for dialect, together in _TOGETHER.items()
}
_FIRST_ACT = text(
    f"{KNOWN_ACTS} SELECT min((SELECT min(t_us) FROM decision_act "  # noqa: S608 - our own
    "WHERE decision_act.act = known.act)) FROM known"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One category of a decision, as it was recorded."""

    facts: str
    """What the policy saw, as the text that was tagged."""

    effect: str
    fault: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One decision, and all that is needed to make it again."""

    id: str
    record: bytes
    leaf_hash: bytes
    key: bytes | None = field(repr=False)
    """The key of the record's tags; None once it was destroyed."""

    seen: tuple[Seen, ...] = ()
    """One per data category, in the order asked; none once erased."""

    acts: tuple[str, ...] | None = None
    """The acts it is found by, sorted; None where none are as old as it is, by the clocks of those
    who wrote them."""

    trouble: str | None = None
    """Why what it was made of cannot be read, a code."""


_Documents = OrderedDict[bytes, str]
"""Fact vectors at hand, by id: as long as one reading lasts, for what is erased must not stay."""


class EvidenceReader:
    """Reads evidence from one database."""

    def __init__(self, engine: AsyncEngine, keys: LogKeys) -> None:
        """`engine` stays its owner's, who disposes of it."""
        self._engine = engine
        self._keys = keys

    async def of(self, decision_id: str) -> Evidence:
        """The evidence of one decision. Raises `NotFound`, `LogUnavailable`."""
        statement = columns_told().where(col(Decision.id) == known_form(decision_id))
        async with reading(self._engine) as connection:
            found = (await connection.execute(statement)).first()
            if found is None:
                raise NotFound("no such decision")
            [evidence] = await self._read(connection, [found], OrderedDict())
        return evidence

    async def of_these(self, ids: Sequence[str]) -> dict[str, Evidence]:
        """The evidence of these decisions, as far as they are there. Raises `LogUnavailable`."""
        statement = columns_told().where(col(Decision.id).in_(ids))
        async with reading(self._engine) as connection:
            found = (await connection.execute(statement)).all()
            return {item.id: item for item in await self._read(connection, found, OrderedDict())}

    async def each(
        self, filters: Filters = EVERYTHING, *, size: int = SLICE
    ) -> AsyncIterator[list[Evidence]]:
        """The evidence of all decisions that match, oldest first, in slices.

        Raises `LogUnavailable`.
        """
        after: Cursor | None = None
        documents: _Documents = OrderedDict()
        all_of_a_time = replace(filters, since=None, until=None) == EVERYTHING
        search: Search | None = None
        while filters.can_be_stored():
            async with reading(self._engine) as connection:
                search = search or await Search.begin(
                    connection, filters, self._keys, newest_first=False
                )
                found, after = await search.some(connection, columns_told(), after, size)
                evidence = found and await self._read(
                    connection, found, documents, are_neighbours=all_of_a_time
                )
            if evidence:
                yield evidence
            if after is None:
                return

    async def _read(
        self,
        connection: AsyncConnection,
        found: Sequence[Row[Any]],
        documents: _Documents,
        *,
        are_neighbours: bool = False,
    ) -> list[Evidence]:
        seqs = {"seqs": [row.seq for row in found]}
        beside = {row.seq: row for row in await connection.execute(_KEYS, seqs)}
        asked: dict[int, list[Any]] = {}
        for row in await connection.execute(_SEEN, seqs):
            asked.setdefault(row.seq, []).append(row[1:])
        await _load(
            connection, documents, {facts_id for rows in asked.values() for facts_id, *_ in rows}
        )
        acts = await _acts(connection, found, are_neighbours=are_neighbours)
        evidence = [
            self._evidence(
                row, beside.get(row.seq), asked.get(row.seq, ()), documents, acts[row.seq]
            )
            for row in found
        ]
        while len(documents) > DOCUMENTS_KEPT:
            documents.popitem(last=False)
        return evidence

    def _evidence(
        self,
        row: Row[Any],
        beside: Any,  # noqa: ANN401 - a row of `_KEYS`
        asked: Sequence[Any],
        documents: _Documents,
        acts: tuple[str, ...] | None,
    ) -> Evidence:
        name, record, leaf_hash = str(row.id), raw(row.record), raw(row.leaf_hash)
        if beside is None:
            return Evidence(name, record, leaf_hash, None)
        try:
            key = self._key(beside)
        except Unwritable:
            return Evidence(name, record, leaf_hash, None, trouble="key_unreadable")
        seen: list[Seen] = []
        for facts_id, effect, fault in asked:
            document = documents.get(facts_id)
            if document is None:
                seen.clear()
                break
            seen.append(Seen(document, _effect(effect), fault))
        if not seen:
            return Evidence(name, record, leaf_hash, key, trouble="facts_missing")
        return Evidence(name, record, leaf_hash, key, tuple(seen), acts)

    def _key(self, row: Any) -> bytes:  # noqa: ANN401 - a row of `_KEYS`
        parts = (row.lone_key,) if row.wrapped is None else (row.key_id, row.wrapped, row.lookup)
        if not all(isinstance(part, bytes) for part in parts):
            raise Unwritable("the key of a decision cannot be read")
        if row.wrapped is None:
            lone: bytes = row.lone_key
            return lone
        return self._keys.unwrap(row.key_id, Wrapped(row.kek_id, row.wrapped), row.lookup).key


async def _load(connection: AsyncConnection, documents: _Documents, wanted: set[Any]) -> None:
    missing = sorted(item for item in wanted - documents.keys() if isinstance(item, bytes))
    if missing:
        statement = _DOCUMENTS[connection.dialect.name]
        for row in await connection.execute(statement, {"ids": missing}):
            documents[row.id] = _text(row.document)


async def _acts(
    connection: AsyncConnection, found: Sequence[Row[Any]], *, are_neighbours: bool
) -> dict[int, tuple[str, ...] | None]:
    """The acts of these decisions by row number, None where the table begins after them.

    `are_neighbours`: no others lie between them in time. Then one look at each act's rows is
    enough; else each decision is looked up under each act.
    """
    first = (await connection.execute(_FIRST_ACT)).scalar_one()
    if first is None:
        return {row.seq: None for row in found}
    values: dict[str, Any] = {"seqs": [row.seq for row in found]}
    statement = _ACTS_OF_EACH
    if are_neighbours:
        statement = _ACTS_BETWEEN
        values |= {"first": found[0].t_us, "last": found[-1].t_us}
    rows = await connection.execute(statement[connection.dialect.name], values)
    named = {row.seq: _sorted(row.acts) for row in rows if row.acts is not None}
    return {row.seq: named.get(row.seq, () if row.t_us >= first else None) for row in found}


@lru_cache(1024)
def _sorted(acts: str) -> tuple[str, ...]:
    number, *names = acts.split(" ")
    return tuple(sorted(names)) if len(names) == int(number) else (acts,)


def _text(document: bytes | str) -> str:
    """The text; an empty one for what is none."""
    if isinstance(document, str):
        return document
    try:
        return document.decode()
    except UnicodeDecodeError:
        return ""


def _effect(code: int) -> str:
    return EFFECTS[code] if code in range(len(EFFECTS)) else str(code)
