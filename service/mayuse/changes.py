"""On which days what changes: acts that begin or end, facts and rules that name the day. Pure.

Rules compare dates and have no clock, so that on any other day every answer is as on the day
before. Which answers turn on such a day is another matter: that is asked, of every place, by
`authoring.calendar`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from mayuse.laws import places_of
from mayuse.vocabulary import UNKNOWN

UNKNOWN_PLACE = "unknown_place"
"""The topic of what holds where nobody knows the place."""

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
QUOTED_DATE = re.compile(r'"(\d{4}-\d{2}-\d{2})"')
WITHOUT_DATES = {"calendar", "vocabulary"}
"""Topics of facts whose dates are no days on which something changes."""

LAST_DAY = "until"
"""The member whose date is the last day of something: the change is the day after."""

OPEN_ENDS = ("1900-01-02", "2199-12-30")
"""Outside of these a date stands for "always" or "until further notice"."""

Row = dict[str, Any]
Dated = tuple[date, tuple[str, ...], bool]
"""The day from which on something is otherwise, where it stands, and whether it has ended then."""


class Changes:
    """The days of one policy bundle."""

    def __init__(self, facts: Mapping[str, Any], modules: Mapping[str, str]) -> None:
        """`facts` are `data.mayuse.facts`, `modules` the Rego by file."""
        self._acts, self._places = facts["acts"], facts["places"]
        self._rows: dict[date, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for day, path, has_ended in dated(facts):
            turn = "ended" if has_ended else "begins"
            if path[0] == "acts":
                self._rows[day][turn].append(self._act(path[1]))
            elif (fact := self._fact(path, turn)) not in self._rows[day]["facts"]:
                self._rows[day]["facts"].append(fact)
        for file, text in sorted(modules.items()):
            for day in turns(text):
                self._rows[day]["rules"].append({"rule": _rule(file)})

    def between(self, first: date, last: date, place: str | None = None) -> list[Row]:
        """The days from `first` to `last`, both included; with a `place`, what concerns that one.

        What names no place concerns every one.
        """
        found = []
        for day in sorted(day for day in self._rows if first <= day <= last):
            parts = {
                name: [row for row in self._rows[day][name] if _concerns(row, place)]
                for name in ("begins", "ended", "facts", "rules")
            }
            if any(parts.values()):
                found.append({"on": day.isoformat(), **parts})
        return found

    def _act(self, act: str) -> Row:
        row = self._acts[act]
        return {
            "act": act,
            "title": row["title"],
            "layer": row["layer"],
            "jurisdictions": sorted(places_of(row, self._places)),
        }

    def _fact(self, path: tuple[str, ...], turn: str) -> Row:
        """A fact's path names the place, or the regime of several."""
        if path[0] == "regimes":
            places = set(places_of({"regimes": path[1:2]}, self._places))
        else:
            known = {*self._places, UNKNOWN}
            places = {UNKNOWN if part == UNKNOWN_PLACE else part for part in path} & known
        return {"fact": "/".join(path), "turn": turn, "jurisdictions": sorted(places)}


def dated(facts: Mapping[str, Any]) -> Iterator[Dated]:
    """Every date that facts name."""
    for topic, rows in facts.items():
        if topic not in WITHOUT_DATES:
            yield from _dated(rows, (topic,))


def named_by(text: str) -> set[date]:
    """The days that the rules of a module name; its comments say when somebody read a text."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return {day for named in QUOTED_DATE.findall("\n".join(lines)) if (day := _day(named))}


def turns(text: str) -> set[date]:
    """The days on which a module may answer otherwise: one that it names is a first or a last."""
    return {day + timedelta(days=later) for day in named_by(text) for later in (0, 1)}


def _dated(node: object, path: tuple[str, ...]) -> Iterator[Dated]:
    if isinstance(node, Mapping):
        for name, item in node.items():
            yield from _dated(item, (*path, name))
    elif isinstance(node, list):
        for item in node:
            yield from _dated(item, path)
    elif isinstance(node, str) and ISO_DATE.fullmatch(node) and (day := _day(node)):
        has_ended = path[-1] == LAST_DAY
        yield day + timedelta(days=has_ended), path[:-1] or path, has_ended


def _concerns(row: Row, place: str | None) -> bool:
    places = row.get("jurisdictions")
    return place is None or not places or place in places


def _day(text: str) -> date | None:
    """The day, if it is one that exists and on which something can turn."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if OPEN_ENDS[0] <= text <= OPEN_ENDS[1] else None


def _rule(file: str) -> str:
    """`mayuse/law/us/likeness/likeness.rego` -> `law/us/likeness`."""
    return "/".join(file.split("/")[1:-1])


def days(facts: Mapping[str, Any], modules: Iterable[str]) -> set[date]:
    """Every day on which something may be otherwise."""
    return {day for day, _, _ in dated(facts)}.union(*map(turns, modules))
