"""A page of a list, as one statement that walks one index.

Every search ends in "newest (or oldest) first, some at a time". The statement begins at one filter,
walks its index in the order of the answer, and looks the rest up row by row, so that a page costs
what it shows and not what the log holds. Where filters exclude each other it would walk to the end:
`windows` bounds how far one statement looks.

Only what the index has is said in the open. PostgreSQL takes the rest for rarer than it is, and
would rather read all decisions than walk; behind an offset it must look for each row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, literal_column, select, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col

from mayuse.decision_log.keys import LogKeys
from mayuse.store.cursor import Cursor
from mayuse.store.narrowest import RARE
from mayuse.store.search import (
    BESIDE,
    IS_A_DECISION,
    OF_THE_RECORD,
    Conditions,
    Filters,
    about,
    axis_of,
    of_period,
    of_record,
    with_value,
)
from mayuse.store.tables import Decision


def narrowed(  # noqa: PLR0913 - a place in an order, given by name
    columns: Select[Any],
    filters: Filters,
    keys: LogKeys,
    *,
    limit: int,
    after: Cursor | None = None,
    up_to: Cursor | None = None,
    newest_first: bool = True,
    first: str | None = None,
) -> Select[Any]:
    """`columns` of so many decisions, narrowed by the filters, in order of time, behind a cursor.

    `up_to`: the last place looked at; `first`: the filter to begin with, where that is known.
    """
    places = walk(filters, keys, after=after, up_to=up_to, newest_first=newest_first, first=first)
    found = places.limit(limit).subquery("page")
    statement = columns.join(found, col(Decision.seq) == found.c.seq)
    return _by_time(statement, found.c, newest_first=newest_first)


def walk(  # noqa: PLR0913 - a place in an order, given by name
    filters: Filters,
    keys: LogKeys,
    *,
    after: Cursor | None = None,
    up_to: Cursor | None = None,
    newest_first: bool = True,
    first: str | None = None,
) -> Select[Any]:
    """The places of all that match, as in `narrowed`; without a limit it may look at everything."""
    about_one = filters.subject is not None  # whose decisions are few: no index need be walked
    axis = Decision if about_one else axis_of(filters, first)
    begun = None if about_one else first or walked(filters)
    said = [*_walking(filters, axis, keys, begun), *_looking_up(filters, axis, begun)]
    places = select(col(axis.t_us), col(axis.seq)).where(*said)
    return in_order(places, axis, after=after, up_to=up_to, newest_first=newest_first)


def walked(filters: Filters) -> str | None:
    """The filter whose index is walked where there is no choice; None: time alone."""
    names = (*BESIDE.values(), *OF_THE_RECORD)
    found = next((name for name in names if getattr(filters, name) is not None), None)
    return found or ("effect" if filters.effect == RARE else None)


def in_order(
    statement: Select[Any],
    axis: Any,  # noqa: ANN401 - a table
    *,
    after: Cursor | None = None,
    up_to: Cursor | None = None,
    newest_first: bool = True,
) -> Select[Any]:
    """In order of time, behind one place and up to another."""
    place = tuple_(axis.t_us, axis.seq)
    if after is not None:
        begin = tuple_(after.t_us, after.seq)
        statement = statement.where(place < begin if newest_first else place > begin)
    if up_to is not None:
        end = tuple_(up_to.t_us, up_to.seq)
        statement = statement.where(place >= end if newest_first else place <= end)
    return _by_time(statement, axis, newest_first=newest_first)


def _by_time(statement: Select[Any], rows: Any, *, newest_first: bool) -> Select[Any]:  # noqa: ANN401 - a table, a subquery's columns
    order = (rows.t_us, rows.seq)
    return statement.order_by(*(item.desc() if newest_first else item for item in order))


def _walking(filters: Filters, axis: Any, keys: LogKeys, begun: str | None) -> Conditions:  # noqa: ANN401 - a table
    """What is said of the rows that are walked."""
    said = of_period(filters, axis)
    if filters.subject is not None:
        said.append(axis.seq.in_(about(filters.subject, keys)))
    if begun is None:
        return [*said, IS_A_DECISION, *of_record(filters)]
    value = getattr(filters, begun)
    if axis is Decision:
        return [*said, *of_record(Filters(**{begun: value}))]
    return [*said, getattr(axis, begun) == value]


def _looking_up(filters: Filters, axis: Any, begun: str | None) -> Conditions:  # noqa: ANN401 - a table
    """What is looked up for each of these rows."""
    looks = [
        with_value(table, name, value, axis)
        for table, name in BESIDE.items()
        if name != begun and (value := getattr(filters, name)) is not None
    ]
    if begun is not None:
        record: Any = aliased(Decision)
        if said := of_record(replace(filters, **{begun: None}), begun, record):
            one: ColumnElement[int] = literal_column("1")
            looks.append(select(one).where(record.seq == axis.seq, *said).correlate(axis))
    return [look.offset(literal_column("0")).exists() for look in looks]
