"""How many decisions there are, by what an auditor groups them by, over time.

The database counts by day, for that is whole numbers; days are folded into months and years here.
A decision counts once in each group it belongs to: one about two categories of data counts under
both of them, so such counts add up to more than there are decisions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import aliased
from sqlmodel import col

from mayuse.decision_log.entry import from_micros
from mayuse.decision_log.keys import LogKeys
from mayuse.errors import FieldError, InvalidQuestion, LogUnavailable
from mayuse.store.search import (
    BESIDE,
    EVERYTHING,
    IS_A_DECISION,
    Filters,
    axis_of,
    conditions,
    from_axis,
    of_period,
    of_record,
)
from mayuse.store.session import reading
from mayuse.store.tables import EFFECTS, Decision, DecisionAct, DecisionRule
from mayuse.store.time_limit import was_too_slow

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

COUNT_SECONDS = 30.0
"""How long a count may take: over all decisions it reads whole tables."""

_MOST_ROWS = 200_000
_MICROSECONDS_A_DAY = timedelta(days=1) // timedelta(microseconds=1)
_LENGTH = {"day": len("2026-11-24"), "month": len("2026-11"), "year": len("2026")}

_TOO_SLOW = FieldError("/since", "leaves so much that it cannot be counted in time; narrow it")

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
        `MOST`, or when the database has counted for too long; `LogUnavailable`.
        """
        if not filters.can_be_stored():
            return []
        statement = self._statement(dimensions, interval, filters)
        try:
            async with reading(self._engine) as connection:
                rows = (await connection.execute(statement)).all()
        except LogUnavailable as error:
            if was_too_slow(error):
                raise InvalidQuestion((_TOO_SLOW,)) from error
            raise
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
        """Walk one table, and join only what is grouped or narrowed by.

        Where nothing but the record's own columns is filtered on, a dimension kept in a table
        of its own is walked itself: most such counts need no other.
        """
        axis = axis_of(filters)
        beside = [name for name in dimensions if name in _TABLES]
        if axis is Decision and beside:
            axis = _TABLES[beside[0]]
            columns = {beside[0]: getattr(axis, beside.pop(0))}
        else:
            columns = {}
        joined = {name: _another(name, filters) for name in beside}
        columns |= {name: columns_of[name] for name, (_, columns_of) in joined.items()}
        columns |= {
            name: col(getattr(Decision, name)) for name in dimensions if name not in _TABLES
        }
        groups: list[Any] = [] if interval is None else [axis.t_us // _MICROSECONDS_A_DAY]
        groups += [columns[name] for name in dimensions]
        statement: Select[Any] = select(*groups, func.count())
        if axis is Decision:
            statement = statement.where(IS_A_DECISION)
        elif of_record(filters) or any(name not in _TABLES for name in dimensions):
            statement = from_axis(statement, axis)
        else:
            statement = statement.select_from(axis)
        for table, columns_of in joined.values():
            # An outer join, so that SQLite begins with the axis. Else it may look up the axis for
            # each row of the other table, by the filter alone: all that match, each time. So that
            # it does not begin with `decision` either, no index on that is offered below.
            statement = statement.outerjoin(table, columns_of["seq"] == axis.seq)
        grouped = [columns_of[name].is_not(None) for name, (_, columns_of) in joined.items()]
        narrowing = conditions(filters, axis, self._keys, BESIDE.get(axis))
        statement = statement.where(*narrowing).group_by(*groups)
        for condition in grouped:
            statement = statement.having(condition)
        return statement.limit(_MOST_ROWS + 1)


_TABLES: dict[str, Any] = {name: table for table, name in BESIDE.items()}


def _another(name: str, filters: Filters) -> tuple[Any, Mapping[str, Any]]:
    """Another look at a table: a filter on it chooses decisions, not their groups.

    Those that have no index by number are written down first, as far as the period goes; the
    database then makes one for the time it takes.
    """
    table: Any = _TABLES[name]
    if table not in (DecisionRule, DecisionAct):
        again = aliased(table)
        return again, {name: getattr(again, name), "seq": again.seq}
    rows = select(getattr(table, name), table.seq).where(*of_period(filters, table))
    written = rows.cte(f"of_{name}").prefix_with("MATERIALIZED")
    return written, {name: written.c[name], "seq": written.c.seq}


def _said(dimension: Dimension, value: Any) -> str:  # noqa: ANN401 - as the database has it
    return EFFECTS[value] if dimension == "effect" else str(value)


def _period(day: int, interval: Interval) -> str:
    return from_micros(day * _MICROSECONDS_A_DAY).date().isoformat()[: _LENGTH[interval]]


def _order(item: tuple[Group, int]) -> tuple[str, tuple[str, ...]]:
    (period, values), _ = item
    return period or "", values
