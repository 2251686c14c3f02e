"""Which of its filters a search begins with: the one that the fewest decisions have.

A database guesses that, SQLite without having counted anything, and an auditor's rare value beside
a common one would cost a walk through all that have the common one. So each filter's index is
walked first, from its newest decision back, a thousand rows at most. One that ends before is rare.
Where none does, the one whose thousand rows reach furthest back is the narrowest.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, literal_column, select
from sqlmodel import col

from mayuse.answer import Effect
from mayuse.store.search import BESIDE, OF_THE_RECORD, Conditions, Filters, of_period
from mayuse.store.tables import EFFECTS, Decision

RARE: Effect = "indeterminate"
"""The effect that few decisions have, and that has an index of its own."""

ENOUGH = 1000
"""Rows walked of each filter."""


def probing(filters: Filters) -> Select[Any] | None:
    """One row that tells of each filter by its name; None where there is nothing to choose.

    Told is how many decisions there are, less `ENOUGH`; where there are enough, the time back to
    which they reach. A person's decisions are few: they need no counting.
    """
    counted = {
        name: (Decision, col(getattr(Decision, name)) == value)
        for name in OF_THE_RECORD
        if (value := getattr(filters, name)) is not None
    }
    if filters.effect == RARE:
        code: ColumnElement[int] = literal_column(
            str(EFFECTS.index(RARE))
        )  # as the index on it is written
        counted["effect"] = (Decision, col(Decision.effect) == code)
    for table, name in BESIDE.items():
        if (value := getattr(filters, name)) is not None:
            counted[name] = (table, col(getattr(table, name)) == value)
    if len(counted) < 2 or filters.subject is not None:  # noqa: PLR2004
        return None
    return select(
        *(
            _reach(table, [condition, *of_period(filters, table)]).label(name)
            for name, (table, condition) in counted.items()
        )
    )


def narrowest(found: Row[Any]) -> tuple[str, bool]:
    """The filter to begin with, of what `probing` found, and whether it is rare."""
    name, reach = min(found._asdict().items(), key=itemgetter(1))
    return str(name), reach < 0


def _reach(table: Any, conditions: Conditions) -> Any:  # noqa: ANN401 - a table, a subquery
    rows = (
        select(table.t_us)
        .where(*conditions)
        .order_by(table.t_us.desc(), table.seq.desc())
        .limit(ENOUGH)
        .subquery()
    )
    count = func.count()
    told = case((count < ENOUGH, count - ENOUGH), else_=func.min(rows.c.t_us))
    return select(told).select_from(rows).scalar_subquery()
