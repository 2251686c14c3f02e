"""How many decisions there are, by what an auditor groups them by, over time.

The database counts by day, for that is whole numbers; days are folded into months and years here.
A decision counts once in each group it belongs to: one about two categories of data counts under
both of them, so such counts add up to more than there are decisions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import aliased
from sqlmodel import col

from mayuse.decision_log.entry import from_micros
from mayuse.decision_log.keys import LogKeys
from mayuse.errors import FieldError, InvalidQuestion
from mayuse.store.decisions import IS_A_DECISION
from mayuse.store.search import (
    BESIDE,
    EVERYTHING,
    OF_THE_RECORD,
    Filters,
    axis_of,
    conditions,
    from_axis,
)
from mayuse.store.session import reading
from mayuse.store.tables import EFFECTS, Decision

Dimension = Literal[
    "effect",
    "recipient",
    "purpose",
    "data",
    "jurisdiction",
    "rule",
    "act",
    "caller",
    "policy",
]
Interval = Literal["day", "month", "year"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
INTERVALS: tuple[Interval, ...] = get_args(Interval)

MOST = 10_000
"""Longer tables of counts are not told: nobody reads them."""

_MOST_ROWS = 200_000
_MICROSECONDS_A_DAY = timedelta(days=1) // timedelta(microseconds=1)
_LENGTH = {"day": len("2026-11-24"), "month": len("2026-11"), "year": len("2026")}

Group = tuple[str | None, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Count:
    """How many decisions are in one group."""

    period: str | None
    """`2026-11-24`, `2026-11` or `2026`, UTC; None when not asked over time."""

    values: tuple[str, ...]
    """One for each dimension asked for."""

    decisions: int


class Counts:
    """Counts the decisions of one database."""

    def __init__(self, engine: AsyncEngine, keys: LogKeys) -> None:
        """`engine` stays its owner's, who disposes of it."""
        self._engine = engine
        self._keys = keys

    async def by(
        self,
        dimensions: Sequence[Dimension] = (),
        interval: Interval | None = None,
        filters: Filters = EVERYTHING,
    ) -> list[Count]:
        """Counts of the decisions that match, in order of time and then of the values.

        Groups without a decision are left out. Raises `InvalidQuestion` when there are more than
        `MOST`, `LogUnavailable` when the database does not answer.
        """
        if not filters.can_be_stored():
            return []
        statement = self._statement(dimensions, interval, filters)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(statement)).all()
        found: Counter[Group] = Counter()
        for row in rows:
            values = [*row[:-1]]
            period = None if interval is None else _period(values.pop(0), interval)
            said = tuple(map(_said, dimensions, values))
            found[period, said] += row[-1]
        if len(rows) > _MOST_ROWS or len(found) > MOST:
            raise InvalidQuestion(
                (FieldError("/interval", f"gives more than {MOST} counts; narrow the period"),)
            )
        return [Count(*group, number) for group, number in sorted(found.items(), key=_order)]

    def _statement(
        self, dimensions: Sequence[Dimension], interval: Interval | None, filters: Filters
    ) -> Select[Any]:
        axis = axis_of(filters)
        groups: list[Any] = []
        if interval is not None:
            groups.append(axis.t_us // _MICROSECONDS_A_DAY)
        joined = []
        for name in dimensions:
            if name == "effect" or name in OF_THE_RECORD:
                groups.append(col(getattr(Decision, name)))
            else:
                # Another look at the table: a filter on it chooses decisions, not their groups.
                table: Any = aliased(_TABLES[name])
                groups.append(getattr(table, name))
                joined.append(table)
        statement = from_axis(select(*groups, func.count()), axis)
        for table in joined:
            statement = statement.join(table, table.seq == axis.seq)
        return (
            statement.where(IS_A_DECISION, *conditions(filters, axis, self._keys))
            .group_by(*groups)
            .limit(_MOST_ROWS + 1)
        )


_TABLES: dict[str, Any] = {name: table for table, name in BESIDE.items()}


def _said(dimension: Dimension, value: Any) -> str:  # noqa: ANN401 - as the database has it
    return EFFECTS[value] if dimension == "effect" else str(value)


def _period(day: int, interval: Interval) -> str:
    return from_micros(day * _MICROSECONDS_A_DAY).date().isoformat()[: _LENGTH[interval]]


def _order(item: tuple[Group, int]) -> tuple[str, tuple[str, ...]]:
    (period, values), _ = item
    return period or "", values
