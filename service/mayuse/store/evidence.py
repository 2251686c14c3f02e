"""All that is needed to make recorded decisions again: records, keys of their tags, facts.

Read some at a time, oldest first, each time from one state of the database: a long replay holds
nothing that writers wait for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from mayuse.answer import Effect
from mayuse.decision_log.keys import LogKeys
from mayuse.decision_log.wrapping import Wrapped
from mayuse.errors import NotFound
from mayuse.store.cursor import Cursor
from mayuse.store.decisions import columns_told, known_form
from mayuse.store.search import EVERYTHING, Filters, narrowed
from mayuse.store.session import reading
from mayuse.store.tables import (
    EFFECTS,
    Decision,
    DecisionDetail,
    DecisionFacts,
    Facts,
    SubjectKey,
)

SLICE = 1_000
"""Decisions read at once."""

DOCUMENTS_KEPT = 100_000
"""Fact vectors kept at hand: distinct ones are few, and come again and again."""

_SEQS: BindParameter[int] = bindparam("seqs", expanding=True)
_KEYS = (
    select(
        col(DecisionDetail.seq),
        col(DecisionDetail.lone_key),
        col(SubjectKey.key_id),
        col(SubjectKey.kek_id),
        col(SubjectKey.wrapped),
        col(SubjectKey.lookup),
    )
    .outerjoin(SubjectKey, col(SubjectKey.number) == col(DecisionDetail.subject))
    .where(col(DecisionDetail.seq).in_(_SEQS))
)
_SEEN = (
    select(
        col(DecisionFacts.seq),
        col(DecisionFacts.facts_id),
        col(DecisionFacts.effect),
        col(DecisionFacts.fault),
    )
    .where(col(DecisionFacts.seq).in_(_SEQS))
    .order_by(col(DecisionFacts.seq), col(DecisionFacts.position))
)
_IDS: BindParameter[bytes] = bindparam("ids", expanding=True)
_DOCUMENTS = select(col(Facts.id), col(Facts.document)).where(col(Facts.id).in_(_IDS))


@dataclass(frozen=True, slots=True)
class Seen:
    """One category of a decision, as it was recorded."""

    facts: str
    """What the policy saw, as the text that was tagged."""

    effect: Effect
    fault: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One decision, and all that is needed to make it again."""

    id: str
    record: bytes
    leaf_hash: bytes
    key: bytes | None = field(repr=False)
    """The key of the record's tags; None once it was destroyed."""

    seen: tuple[Seen, ...]
    """One per data category, in the order asked; none once erased."""


class EvidenceReader:
    """Reads evidence from one database."""

    def __init__(self, engine: AsyncEngine, keys: LogKeys) -> None:
        """`engine` stays its owner's, who disposes of it."""
        self._engine = engine
        self._keys = keys
        self._documents: OrderedDict[bytes, str] = OrderedDict()

    async def of(self, decision_id: str) -> Evidence:
        """The evidence of one decision. Raises `NotFound`, `LogUnavailable`."""
        statement = columns_told().where(col(Decision.id) == known_form(decision_id))
        async with reading(self._engine) as connection:
            found = (await connection.execute(statement)).first()
            if found is None:
                raise NotFound("no such decision")
            [evidence] = await self._read(connection, [found])
        return evidence

    async def of_these(self, ids: Sequence[str]) -> dict[str, Evidence]:
        """The evidence of these decisions, as far as they are there. Raises `LogUnavailable`."""
        statement = columns_told().where(col(Decision.id).in_(ids))
        async with reading(self._engine) as connection:
            found = (await connection.execute(statement)).all()
            return {item.id: item for item in await self._read(connection, found)}

    async def each(
        self, filters: Filters = EVERYTHING, *, size: int = SLICE
    ) -> AsyncIterator[list[Evidence]]:
        """The evidence of all decisions that match, oldest first, in slices.

        Raises `LogUnavailable`.
        """
        after: Cursor | None = None
        while filters.can_be_stored():
            statement = narrowed(
                columns_told(), filters, self._keys, after=after, newest_first=False
            ).limit(size)
            async with reading(self._engine) as connection:
                found = (await connection.execute(statement)).all()
                evidence = await self._read(connection, found)
            if not found:
                return
            yield evidence
            if len(found) < size:
                return
            after = Cursor(found[-1].t_us, found[-1].seq)

    async def _read(self, connection: AsyncConnection, found: Sequence[Row[Any]]) -> list[Evidence]:
        seqs = {"seqs": [row.seq for row in found]}
        keys = {row.seq: self._key(row) for row in await connection.execute(_KEYS, seqs)}
        rows = (await connection.execute(_SEEN, seqs)).all()
        await self._load(connection, {row.facts_id for row in rows})
        seen: dict[int, list[Seen]] = {}
        for row in rows:
            document = self._documents[row.facts_id]
            seen.setdefault(row.seq, []).append(Seen(document, EFFECTS[row.effect], row.fault))
        while len(self._documents) > DOCUMENTS_KEPT:
            self._documents.popitem(last=False)
        return [
            Evidence(
                id=str(row.id),
                record=row.record,
                leaf_hash=row.leaf_hash,
                key=keys.get(row.seq),
                seen=tuple(seen.get(row.seq, ())),
            )
            for row in found
        ]

    def _key(self, row: Any) -> bytes | None:  # noqa: ANN401 - a row of `_KEYS`
        if row.wrapped is None:
            lone: bytes | None = row.lone_key
            return lone
        return self._keys.unwrap(row.key_id, Wrapped(row.kek_id, row.wrapped), row.lookup).key

    async def _load(self, connection: AsyncConnection, wanted: set[bytes]) -> None:
        missing = sorted(wanted - self._documents.keys())
        if missing:
            for row in await connection.execute(_DOCUMENTS, {"ids": missing}):
                self._documents[row.id] = row.document
