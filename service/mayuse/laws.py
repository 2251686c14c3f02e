"""What came of each act of a place: what was said under it, else what its dates say. Pure.

Decided here and not in Rego: the acts' own places and dates list an act even where no rule is in
place, and folding in Rego costs several times as much (docs/adr/0007).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mayuse.answer import Ruling
from mayuse.verdict import Said

OUTCOMES = (
    "not_yet_in_force",
    "no_longer_in_force",
    "not_in_scope",
    "permit",
    "deny",
    "indeterminate",
)
"""What an act can come to; `indeterminate` where some category of the question has no verdict."""

Row = dict[str, Any]
Span = tuple[str, str, str]
"""An act, its first day and its last."""


class Laws:
    """The acts of one policy bundle, by place."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._spans: dict[str, Span] = {
            act: (act, row["from"], row["until"]) for act, row in facts["acts"].items()
        }
        self._of_place = _spans_by_place(facts["places"], facts["acts"])
        self._bodies = {
            act: {
                outcome: {"act": act, "title": row["title"], "outcome": outcome}
                for outcome in OUTCOMES
            }
            for act, row in facts["acts"].items()
        }

    def of(self, jurisdiction: str, on: date, ruling: Ruling) -> list[Row]:
        """Every act of law of the place, and any other that spoke, by id with its outcome.

        A deny stands whatever the dates say. An act that is not in force cannot permit: a rule
        that says just that of it leaves it `not_yet_in_force`.
        """
        verdicts = ruling.verdicts
        denying = {said.act for item in verdicts for said in item.denies if _is_law(said)}
        permitting = {said.act for item in verdicts for said in item.permits if _is_law(said)}
        silent = "not_in_scope" if len(verdicts) == len(ruling.findings) else "indeterminate"
        spans = self._of_place.get(jurisdiction, [])
        if elsewhere := (denying | permitting).difference(act for act, _, _ in spans):
            spans = sorted([*spans, *(self._spans[act] for act in elsewhere)])
        day, found = on.isoformat(), []
        for act, first, last in spans:
            if act in denying:
                outcome = "deny"
            elif day < first:
                outcome = "not_yet_in_force"
            elif day > last:
                outcome = "no_longer_in_force"
            else:
                outcome = "permit" if act in permitting else silent
            found.append(self._bodies[act][outcome])
        return found


def places_of(act: Row, places: Mapping[str, Row]) -> list[str]:
    """The places in which an act applies, those whose next regime it belongs to included."""
    own, regimes = set(act.get("places") or ()), set(act.get("regimes") or ())
    return [
        place
        for place, row in places.items()
        if place in own
        or row["regime"] in regimes
        or (row.get("regime_next") or {}).get("regime") in regimes
    ]


def _spans_by_place(places: Mapping[str, Row], acts: Mapping[str, Row]) -> dict[str, list[Span]]:
    """The acts of law of each place, those of its next regime included, by id."""
    found: dict[str, list[Span]] = {place: [] for place in places}
    for act, row in sorted(acts.items()):
        if row["layer"] == "law":
            for place in places_of(row, places):
                found[place].append((act, row["from"], row["until"]))
    return found


def _is_law(said: Said) -> bool:
    return said.rule.startswith("law/")
