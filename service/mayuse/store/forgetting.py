"""The statements that forget a person: choices go, and what ties decisions to the person.

The records stay, and are nobody's.

Each statement finds its rows by an index, whatever the tables hold: to forget one person must not
read the log of all others. They run in the transaction that records the erasure, in this order.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from mayuse.decision_log.entry import Unwritable, leaf_hash, to_text
from mayuse.decision_log.event import Erasure, Event
from mayuse.decision_log.keys import LogKeys
from mayuse.decision_log.tree import HASH_BYTES, TILE_WIDTH
from mayuse.decision_log.wrapping import Wrapped
from mayuse.errors import ErasureUnproved, LogUnavailable, MalformedRecord
from mayuse.store.rows import LEAF_SEQ, Change
from mayuse.store.session import reading
from mayuse.store.tables import ChoiceEvent, Decision, DecisionFacts, SubjectDecision, SubjectKey
from mayuse.store.tree_tables import ErasedKey, Leaf, Pending, Tile

AT_ONCE = 64

KNOWN_ACTS = """
    WITH RECURSIVE known(act) AS (
        SELECT min(act) FROM decision_act
        UNION ALL
        SELECT (SELECT min(act) FROM decision_act WHERE act > known.act) FROM known
        WHERE known.act IS NOT NULL
    )
"""
"""Every act there is, by one look at the index for each."""

_MINE = "SELECT seq FROM subject_decision WHERE subject = $1"
_ACTS = {
    # The plus keeps SQLite from trying every number with every moment.
    "sqlite": f"""
        DELETE FROM decision_act
        WHERE act IN ({KNOWN_ACTS} SELECT act FROM known)
        AND t_us IN (SELECT t_us FROM decision_detail WHERE seq IN ({_MINE}))
        AND +seq IN ({_MINE})
    """,  # noqa: S608 - nothing but our own text
    "postgresql": f"""
        {KNOWN_ACTS}
        DELETE FROM decision_act USING known, subject_decision, decision_detail
        WHERE subject_decision.subject = $1 AND decision_detail.seq = subject_decision.seq
        AND decision_act.act = known.act AND decision_act.t_us = decision_detail.t_us
        AND decision_act.seq = decision_detail.seq
    """,  # noqa: S608 - nothing but our own text
}
_FACTS_OF = f"DELETE FROM decision_facts WHERE seq IN ({_MINE})"  # noqa: S608
_DETAILS = f"DELETE FROM decision_detail WHERE seq IN ({_MINE})"  # noqa: S608
_CHOICES = "DELETE FROM choice_event WHERE subject = $1"
_LINKS = "DELETE FROM subject_decision WHERE subject = $1"
_KEY = "DELETE FROM subject_key WHERE number = $1 AND key_id = $2"
_ERASED = "INSERT INTO erased_key (key_id, leaf_seq) VALUES ($1, $2)"

_TILE_OF_LEAF = col(Leaf.leaf_index) // TILE_WIDTH
_COME_BACK: Select[*tuple[Any, ...]] = (
    select(
        col(SubjectKey.lookup),
        col(SubjectKey.key_id),
        col(SubjectKey.kek_id),
        col(SubjectKey.wrapped),
        col(ErasedKey.leaf_seq),
        col(Decision.record),
        col(Decision.row_mac),
        col(Leaf.leaf_index),
        col(Pending.seq).label("waiting"),
        col(Tile.data),
    )
    .select_from(SubjectKey)
    .join(ErasedKey, col(ErasedKey.key_id) == col(SubjectKey.key_id))
    .outerjoin(Decision, col(Decision.seq) == col(ErasedKey.leaf_seq))
    .outerjoin(Leaf, col(Leaf.seq) == col(ErasedKey.leaf_seq))
    .outerjoin(Pending, col(Pending.seq) == col(ErasedKey.leaf_seq))
    .outerjoin(Tile, and_(col(Tile.level) == 0, col(Tile.idx) == _TILE_OF_LEAF))
)
"""The keys that were destroyed and are there again, with the record that says so, if there is."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the database holds of one person."""

    number: int
    """Of the person's key."""

    key_id: bytes
    decisions: int
    choices: int
    """How many events of their choices."""

    facts: tuple[bytes, ...]
    """The fact vectors of these decisions, which others may share."""


async def remembered(engine: AsyncEngine, lookup: bytes) -> Remembered | None:
    """What is held of the person whose key is found here. Raises `LogUnavailable`."""
    async with reading(engine) as connection:
        key = (
            await connection.execute(
                select(col(SubjectKey.number), col(SubjectKey.key_id)).where(
                    col(SubjectKey.lookup) == lookup
                )
            )
        ).first()
        if key is None:
            return None
        seqs = select(col(SubjectDecision.seq)).where(col(SubjectDecision.subject) == key.number)
        decisions = (await connection.execute(seqs)).scalars().all()
        facts = (
            await connection.execute(
                select(col(DecisionFacts.facts_id)).where(col(DecisionFacts.seq).in_(seqs))
            )
        ).scalars()
        choices = (
            await connection.execute(
                select(func.count()).where(col(ChoiceEvent.subject) == key.number)
            )
        ).scalar_one()
        return Remembered(
            key.number, key.key_id, len(decisions), choices, tuple(sorted(set(facts)))
        )


async def come_back(engine: AsyncEngine, keys: LogKeys) -> list[bytes]:
    """Where the keys are found that were erased and are there again, as after a restore.

    Whoever can write into the database could list anybody's key as erased. So each must be proved
    by a record of this service. Raises `ErasureUnproved` for the first that is not, and
    `LogUnavailable`.
    """
    async with reading(engine) as connection:
        rows = (await connection.execute(_COME_BACK)).all()
    for row in rows:
        if (fault := _unproved(row, keys)) is not None:
            raise ErasureUnproved(
                f"erased_key {to_text(row.key_id)}: {fault}; nobody was forgotten: "
                "mayuse log verify"
            )
    return [row.lookup for row in rows]


def _unproved(row: Row[*tuple[Any, ...]], keys: LogKeys) -> str | None:
    """Why it is not proved that this key was destroyed, and is this person's; None if it is."""
    where = f"row {row.leaf_seq}"
    if row.record is None:
        return f"{where} has no record, or it was purged"
    if not _names(row.record, row.key_id):
        return f"{where} is no record that this key was destroyed"
    hashed = leaf_hash(row.record)
    if not hmac.compare_digest(keys.row_mac(hashed), row.row_mac):
        return f"{where} was not written by this service"
    at = (row.leaf_index or 0) % TILE_WIDTH * HASH_BYTES
    sealed = row.leaf_index is not None and (row.data or b"")[at : at + HASH_BYTES] == hashed
    if not sealed and (row.leaf_index is not None or row.waiting is None):
        return f"{where} is not in the tree"
    try:
        keys.unwrap(row.key_id, Wrapped(row.kek_id, row.wrapped), row.lookup)
    except Unwritable:
        return "the key of this name is not the person's it is listed as"
    return None


def _names(record: bytes, key_id: bytes) -> bool:
    """Whether this record says that this key was destroyed."""
    try:
        what = Event.from_bytes(record).what
    except MalformedRecord:
        return False
    return isinstance(what, Erasure) and what.key_id == to_text(key_id)


async def erasure_record(engine: AsyncEngine, key_id: bytes, hashed: str) -> str | None:
    """The record that first said that this key was destroyed, if that is its leaf hash (hex).

    None as well when it cannot be read: what it says was done all the same.
    """
    statement = (
        select(col(Decision.record))
        .join(ErasedKey, col(ErasedKey.leaf_seq) == col(Decision.seq))
        .where(col(ErasedKey.key_id) == key_id)
    )
    try:
        async with reading(engine) as connection:
            record = (await connection.execute(statement)).scalar()
    except LogUnavailable:
        return None
    return record.decode() if record and leaf_hash(record).hex() == hashed else None


def forget(person: Remembered, dialect: str, *, again: bool = False) -> list[Change]:
    """All that must be deleted, and the name of the key that must never come back.

    Nothing happens at all when a decision was made about the person in between, or a choice
    recorded. `again`: the key's name is known already.
    """
    number = (person.number,)
    return [
        Change(_ACTS[dialect], number),
        Change(_FACTS_OF, number),
        *forget_facts(person.facts),
        Change(_DETAILS, number, changes=person.decisions),
        Change(_LINKS, number, changes=person.decisions),
        Change(_CHOICES, number, changes=person.choices),
        Change(_KEY, (person.number, person.key_id), changes=1),
        *([] if again else [Change(_ERASED, (person.key_id, LEAF_SEQ), changes=1)]),
    ]


def forget_facts(facts: Sequence[bytes]) -> list[Change]:
    """Delete those of these fact vectors that no decision refers to any more."""
    found = []
    for start in range(0, len(facts), AT_ONCE):
        some = tuple(facts[start : start + AT_ONCE])
        holes = ", ".join(f"${number}" for number in range(1, len(some) + 1))
        found.append(
            Change(
                f"DELETE FROM facts WHERE id IN ({holes}) AND NOT EXISTS "  # noqa: S608 - holes
                "(SELECT 1 FROM decision_facts WHERE decision_facts.facts_id = facts.id)",
                some,
            )
        )
    return found
