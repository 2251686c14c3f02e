"""Which of its filters a search begins with: the one that the fewest decisions have.

A database guesses that, SQLite without having counted anything, and an auditor's rare value beside
a common one would cost a walk through all that have the common one. So each filter's index is
counted first, a thousand rows at most. Where each has more, none is rare: a page is soon full,
unless they exclude each other. Then the search begins as it would without counting.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal_column, select
from sqlmodel import col

from mayuse.answer import Effect
from mayuse.store.search import BESIDE, OF_THE_RECORD, Conditions, Filters, of_period
from mayuse.store.tables import EFFECTS, Decision

RARE: Effect = "indeterminate"
"""The effect that few decisions have, and that has an index of its own."""

ENOUGH = 1000
"""Rows counted of each filter."""


def probing(filters: Filters) -> Select[Any] | None:
    """One row that counts each filter by its name; None where there is nothing to choose.

    A person's decisions are few: they need no counting.
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
            _count(table, [condition, *of_period(filters, table)]).label(name)
            for name, (table, condition) in counted.items()
        )
    )


def narrowest(counts: Row[Any]) -> str | None:
    """The filter to begin with, of what `probing` counted; None when none is rare."""
    name, count = min(counts._asdict().items(), key=itemgetter(1))
    return str(name) if count < ENOUGH else None


def _count(table: Any, conditions: Conditions) -> Any:  # noqa: ANN401 - a table, a subquery
    one: ColumnElement[int] = literal_column("1")
    rows = select(one).select_from(table).where(*conditions).limit(ENOUGH)
    return select(func.count()).select_from(rows.subquery()).scalar_subquery()
