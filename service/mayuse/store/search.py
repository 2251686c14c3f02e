"""What a list of decisions is narrowed to, as one statement that walks one index.

Every search ends in "newest (or oldest) first, some at a time". The statement begins at the
narrowest table the filters name, walks its index in the order of the answer, and looks the rest
up row by row, so that a page costs what it shows and not what the log holds. Where filters exclude
each other it would walk to the end: `windows` bounds how far one statement looks.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, and_, literal_column, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import col

from mayuse.answer import Effect
from mayuse.decision_log.entry import to_micros
from mayuse.decision_log.keys import LogKeys
from mayuse.store.cursor import Cursor
from mayuse.store.tables import (
    EFFECTS,
    Decision,
    DecisionAct,
    DecisionDetail,
    DecisionFacts,
    DecisionRule,
    SubjectDecision,
    SubjectKey,
)

Conditions = list[ColumnElement[bool]]

OF_THE_RECORD = ("recipient", "purpose", "caller", "policy")
"""Filters on a column of `decision` of the same name."""


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

    act: str | None = None
    """An act under which a reason lies that forced the effect, e.g. `us-ca-ccpa`."""

    caller: str | None = None
    policy: str | None = None
    """Digest of the policy bundle."""

    subject: str | None = None
    """The caller's id of the person."""

    def can_be_stored(self) -> bool:
        """Whether the texts are such as a row could hold: no NUL, no lone surrogate."""
        texts = "".join(value for value in asdict(self).values() if isinstance(value, str))
        try:
            return b"\x00" not in texts.encode()
        except UnicodeEncodeError:
            return False


EVERYTHING = Filters()

_NOTHING: ColumnElement[str] = literal_column("''")


def axis_of(filters: Filters, first: str | None = None) -> Any:  # noqa: ANN401 - a table
    """The table whose index a search walks: its (t_us, seq) gives order, period and place.

    `first`: the filter it begins with, where that is known.
    """
    if first is not None:
        return next((table for table, name in BESIDE.items() if name == first), Decision)
    if filters.act is not None:
        return DecisionAct
    if filters.rule is not None:
        return DecisionRule
    if filters.data is not None:
        return DecisionFacts
    return Decision if filters.jurisdiction is None else DecisionDetail


def narrowed(  # noqa: PLR0913 - a place in an order, given by name
    columns: Select[Any],
    filters: Filters,
    keys: LogKeys,
    *,
    after: Cursor | None = None,
    up_to: Cursor | None = None,
    newest_first: bool = True,
    first: str | None = None,
) -> Select[Any]:
    """`columns` of `decision`, narrowed by the filters, in order of time, behind a cursor.

    `up_to`: the last place looked at; `first`: the filter to begin with, where that is known.
    """
    axis = axis_of(filters, first)
    said = conditions(filters, axis, keys, first, row_by_row=True)
    statement = from_axis(columns, axis).where(*said)
    return in_order(statement, axis, after=after, up_to=up_to, newest_first=newest_first)


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
    order = (axis.t_us, axis.seq)
    return statement.order_by(*(item.desc() if newest_first else item for item in order))


def from_axis(columns: Select[Any], axis: Any) -> Select[Any]:  # noqa: ANN401 - a table
    """`columns` of `decision`, read along another table.

    Joined by the time, too, which is the same: so the other table's index serves even a planner
    that begins with `decision`, as PostgreSQL does while it takes that for small.
    """
    statement = columns.select_from(axis)
    if axis is Decision:
        return statement
    same = and_(col(Decision.seq) == axis.seq, col(Decision.t_us) == axis.t_us)
    return statement.join(Decision, same)


def conditions(
    filters: Filters,
    axis: Any,  # noqa: ANN401 - a table
    keys: LogKeys,
    first: str | None = None,
    *,
    row_by_row: bool = False,
) -> Conditions:
    """Everything the filters name, said of a row of the axis and its decision.

    `row_by_row`: other tables are looked up for each row, however many rows there are.
    """
    said = [*of_record(filters, first), *of_period(filters, axis)]
    for table, name in BESIDE.items():
        if (value := getattr(filters, name)) is not None:
            said.append(_holds(axis, table, name, value, row_by_row=row_by_row))
    if filters.subject is not None:
        said.append(axis.seq.in_(_about(filters.subject, keys)))
    return said


BESIDE: dict[Any, str] = {
    DecisionAct: "act",
    DecisionRule: "rule",
    DecisionFacts: "data",
    DecisionDetail: "jurisdiction",
}
"""Filters on a column of a table beside `decision`."""


def of_record(filters: Filters, first: str | None = None) -> Conditions:
    """What is said of the columns of `decision` itself.

    Where it is known which filter comes first, all but that one are said of expressions, so that no
    index on another is taken instead.
    """
    said: Conditions = []
    for name in OF_THE_RECORD:
        if (value := getattr(filters, name)) is not None:
            column = col(getattr(Decision, name))
            is_looked_up = first not in {None, name}
            said.append((column.concat(_NOTHING) if is_looked_up else column) == value)
    if filters.effect is not None:
        # Written out, so that the index on the rare effect is seen to apply.
        code: ColumnElement[int] = literal_column(str(EFFECTS.index(filters.effect)))
        is_looked_up = first not in {None, "effect"}
        effect = col(Decision.effect)
        said.append((effect + literal_column("0") if is_looked_up else effect) == code)
    return said


def of_period(filters: Filters, axis: Any) -> Conditions:  # noqa: ANN401 - a table
    """What is said of the time, which every table that is searched through has."""
    said: Conditions = []
    if filters.since is not None:
        said.append(_Likely(axis.t_us >= to_micros(filters.since)))
    if filters.until is not None:
        said.append(_Likely(axis.t_us < to_micros(filters.until)))
    return said


class _Likely(FunctionElement[bool]):
    """A condition that holds for most rows.

    SQLite takes any period for a narrow one, and then makes no index for the time a count takes.
    """

    inherit_cache = True
    type = Boolean()


@compiles(_Likely)
def _plain(element: _Likely, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return compiler.process(element.clauses, **options)


@compiles(_Likely, "sqlite")
def _hinted(element: _Likely, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"likely({compiler.process(element.clauses, **options)})"


def name_of_list(filters: Filters, keys: LogKeys, *, newest_first: bool) -> str:
    """What tells lists apart, without naming a person."""
    lookup = None if filters.subject is None else keys.subject_lookup(filters.subject).hex()
    return json.dumps([asdict(replace(filters, subject=lookup)), newest_first], default=str)


def _holds(
    axis: Any,  # noqa: ANN401 - a table
    table: Any,  # noqa: ANN401 - a table
    name: str,
    value: str,
    *,
    row_by_row: bool,
) -> ColumnElement[bool]:
    """A row of `table` about the same decision has this value: the axis itself, or another."""
    if axis is table:
        return col(getattr(table, name)) == value
    one: ColumnElement[int] = literal_column("1")
    # With the time, which is the same everywhere: without it, an index would be of no use.
    same = (table.t_us == axis.t_us, table.seq == axis.seq, getattr(table, name) == value)
    rows = select(one).select_from(table).where(*same).correlate(axis, Decision)
    # An offset keeps PostgreSQL from reading the whole table first, to join it.
    return (rows.offset(literal_column("0")) if row_by_row else rows).exists()


def _about(subject: str, keys: LogKeys) -> Select[Any]:
    key = select(col(SubjectKey.number)).where(
        col(SubjectKey.lookup) == keys.subject_lookup(subject)
    )
    return select(col(SubjectDecision.seq)).where(
        col(SubjectDecision.subject) == key.scalar_subquery()
    )
