"""What lists and counts of decisions are narrowed to, and how that is said of rows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, and_, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import col

from mayuse.answer import Effect
from mayuse.decision_log.entry import to_micros
from mayuse.decision_log.keys import LogKeys
from mayuse.store.tables import (
    EFFECTS,
    KINDS,
    Decision,
    DecisionAct,
    DecisionDetail,
    DecisionFacts,
    DecisionRule,
    SubjectDecision,
    SubjectKey,
)

Conditions = list[ColumnElement[bool]]

IS_A_DECISION = col(Decision.kind) == literal_column(str(KINDS.index("decision")))

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
) -> Conditions:
    """Everything the filters name, said of a row of the axis and its decision."""
    said = [*of_record(filters, first), *of_period(filters, axis)]
    for table, name in BESIDE.items():
        if (value := getattr(filters, name)) is not None:
            said.append(_holds(axis, table, name, value))
    if filters.subject is not None:
        said.append(axis.seq.in_(about(filters.subject, keys)))
    return said


BESIDE: dict[Any, str] = {
    DecisionAct: "act",
    DecisionRule: "rule",
    DecisionFacts: "data",
    DecisionDetail: "jurisdiction",
}
"""Filters on a column of a table beside `decision`."""


def of_record(
    filters: Filters,
    first: str | None = None,
    record: Any = Decision,  # noqa: ANN401 - the table, or another look at it
) -> Conditions:
    """What is said of the columns of `decision` itself.

    Where it is known which filter comes first, all but that one are said of expressions, so that no
    index on another is taken instead.
    """
    said: Conditions = []
    for name in OF_THE_RECORD:
        if (value := getattr(filters, name)) is not None:
            column = col(getattr(record, name))
            is_looked_up = first not in {None, name}
            said.append((column.concat(_NOTHING) if is_looked_up else column) == value)
    if filters.effect is not None:
        # Written out, so that the index on the rare effect is seen to apply.
        code: ColumnElement[int] = literal_column(str(EFFECTS.index(filters.effect)))
        is_looked_up = first not in {None, "effect"}
        effect = col(record.effect)
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
) -> ColumnElement[bool]:
    """A row of `table` about the same decision has this value: the axis itself, or another."""
    if axis is table:
        return col(getattr(table, name)) == value
    return with_value(table, name, value, axis).exists()


def with_value(table: Any, name: str, value: str, axis: Any) -> Select[Any]:  # noqa: ANN401
    """The rows of `table` about the decision of a row of the axis that have this value."""
    one: ColumnElement[int] = literal_column("1")
    # With the time, which is the same everywhere: without it, an index would be of no use.
    same = (table.t_us == axis.t_us, table.seq == axis.seq, getattr(table, name) == value)
    return select(one).select_from(table).where(*same).correlate(axis, Decision)


def about(subject: str, keys: LogKeys) -> Select[Any]:
    """The numbers of the decisions about a person."""
    key = select(col(SubjectKey.number)).where(
        col(SubjectKey.lookup) == keys.subject_lookup(subject)
    )
    return select(col(SubjectDecision.seq)).where(
        col(SubjectDecision.subject) == key.scalar_subquery()
    )
