"""The statements that drop old records from the log, some at a time.

What is dropped is always the beginning of the log. The tree stays whole: a leaf's hash, its tiles
and every receipt for it hold as before, only what the hash is of is gone. Each statement finds its
rows by an index and deletes no more than a step's worth: writers wait for it no longer than for
each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from mayuse.decision_log.tree import Tree
from mayuse.store.forgetting import AT_ONCE, KNOWN_ACTS, forget_facts
from mayuse.store.rows import Change
from mayuse.store.session import reading
from mayuse.store.tables import KINDS, Decision, DecisionDetail, DecisionFacts
from mayuse.store.tree_tables import Leaf, LogState

STEP = 2_000
"""Leaves whose records are dropped at once."""

_KNOWN_RULES = KNOWN_ACTS.replace("act", "rule")
_THESE = "SELECT seq FROM leaf WHERE leaf_index >= $1 AND leaf_index < $2"
_STATE = "UPDATE log_state SET min_index = $2 WHERE one = 1 AND min_index = $1"
_OF_ACTS = (
    f"DELETE FROM decision_act WHERE act IN ({KNOWN_ACTS} SELECT act FROM known) "  # noqa: S608
    f"AND t_us <= $3 AND seq IN ({_THESE})"
)
_OF_RULES = (
    f"DELETE FROM decision_rule WHERE rule IN ({_KNOWN_RULES} SELECT rule FROM known) "  # noqa: S608
    f"AND t_us <= $3 AND seq IN ({_THESE})"
)
_OF_PERSONS = (
    "DELETE FROM subject_decision WHERE (subject, seq) IN (SELECT subject, seq "  # noqa: S608
    f"FROM decision_detail WHERE seq IN ({_THESE}) AND subject IS NOT NULL)"
)
_BY_NUMBER = "DELETE FROM {table} WHERE seq IN ({these})"


@dataclass(frozen=True, slots=True)
class Step:
    """Some of the oldest records, and what of the rest must be looked at with them."""

    first: int
    """Index of the first leaf whose record is still there."""

    until: int
    """Index after the last leaf of this step."""

    decisions: int
    """How many of them are decisions."""

    lasting: tuple[bytes, ...]
    """Those of them that say who has seen the log, and whose keys signed it."""

    newest_us: int
    facts: tuple[bytes, ...]
    subjects: tuple[int, ...]
    tree: Tree

    @property
    def records(self) -> int:
        """How many records are dropped."""
        return self.until - self.first


async def next_step(engine: AsyncEngine, before_us: int, size: int = STEP) -> Step | None:
    """The oldest records, as far as they are from before that time; None when none are.

    Raises `LogUnavailable`.
    """
    async with reading(engine) as connection:
        state = (
            await connection.execute(
                select(col(LogState.size), col(LogState.frontier), col(LogState.min_index))
            )
        ).one()
        first = state.min_index
        rows = (
            await connection.execute(
                select(col(Decision.seq), col(Decision.t_us), col(Decision.kind))
                .join(Leaf, col(Leaf.seq) == col(Decision.seq))
                .where(col(Leaf.leaf_index) >= first, col(Leaf.leaf_index) < first + size)
                .order_by(col(Leaf.leaf_index))
            )
        ).all()
        old = next((n for n, row in enumerate(rows) if row.t_us >= before_us), len(rows))
        if not old:
            return None
        these = (
            select(col(Leaf.seq))
            .where(col(Leaf.leaf_index) >= first, col(Leaf.leaf_index) < first + old)
            .scalar_subquery()
        )
        facts = await connection.execute(
            select(col(DecisionFacts.facts_id)).where(col(DecisionFacts.seq).in_(these)).distinct()
        )
        lasting = await connection.execute(
            select(col(Decision.record))
            .where(col(Decision.seq).in_(these))
            .where(col(Decision.kind).in_([KINDS.index("anchor"), KINDS.index("key")]))
        )
        subjects = await connection.execute(
            select(col(DecisionDetail.subject))
            .where(col(DecisionDetail.seq).in_(these), col(DecisionDetail.subject).is_not(None))
            .distinct()
        )
        return Step(
            first=first,
            until=first + old,
            decisions=sum(row.kind == KINDS.index("decision") for row in rows[:old]),
            lasting=tuple(lasting.scalars()),
            newest_us=max(row.t_us for row in rows[:old]),
            facts=tuple(sorted(facts.scalars())),
            subjects=tuple(sorted(number for number in subjects.scalars() if number is not None)),
            tree=Tree.from_bytes(state.size, state.frontier),
        )


def drop(step: Step) -> list[Change]:
    """All that must be deleted. Nothing happens when another process was first."""
    these = (step.first, step.until)
    with_time = (*these, step.newest_us)

    def by_number(table: str, changes: int | None = None) -> Change:
        return Change(_BY_NUMBER.format(table=table, these=_THESE), these, changes=changes)

    return [
        Change(_STATE, these, changes=1),
        Change(_OF_ACTS, with_time),
        Change(_OF_RULES, with_time),
        by_number("decision_facts"),
        *forget_facts(step.facts),
        Change(_OF_PERSONS, these),
        by_number("decision_detail"),
        *_forget_keys(step.subjects),
        by_number("idempotency"),
        by_number("decision", changes=step.records),
    ]


def _forget_keys(subjects: Sequence[int]) -> list[Change]:
    """Delete the keys of those persons about whom nothing is left, no choice either."""
    found = []
    for start in range(0, len(subjects), AT_ONCE):
        some = tuple(subjects[start : start + AT_ONCE])
        holes = ", ".join(f"${number}" for number in range(1, len(some) + 1))
        found.append(
            Change(
                f"DELETE FROM subject_key WHERE number IN ({holes}) AND NOT EXISTS "  # noqa: S608
                "(SELECT 1 FROM subject_decision WHERE subject = subject_key.number) "
                "AND NOT EXISTS (SELECT 1 FROM choice_event WHERE subject = subject_key.number)",
                some,
            )
        )
    return found
