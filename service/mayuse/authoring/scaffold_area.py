"""What a new rule may be called, and which areas can have it: of law, or the terms of a controller.

What cannot be is told with what can.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from mayuse.answer import GENERIC
from mayuse.authoring.source import Source
from mayuse.bundle_check import RULE
from mayuse.errors import AuthoringError
from mayuse.intake_faults import nearest
from mayuse.question import Facts, Question
from mayuse.vocabulary import UNKNOWN, Vocabulary

NAMED = re.compile(r"(law|terms)(/[a-z][a-z0-9_]*(?<!_test)){2}")
"""A rule's id that is a name of Rego, too, and no test's."""

SHOWN = 6
"""So many places are named."""

SHAPE = (
    "is not law/<area>/<slug> or terms/<controller>/<slug>, each of a-z, 0-9 and _, beginning with "
    "a letter and not ending in _test"
)


def check_name(rule: str) -> None:
    """See that a rule can be called so. Raises `AuthoringError` naming the nearest id."""
    if not (RULE.fullmatch(rule) and NAMED.fullmatch(rule)):
        near = re.sub(r"[^a-z0-9_/]+", "_", rule.strip("/").lower())
        hint = f"; did you mean {near}?" if NAMED.fullmatch(near) else ""
        raise AuthoringError((f"{rule} {SHAPE}{hint}",))


def check_area(policies: Path, layer: str, area: str, words: Vocabulary) -> None:
    """See that an area can have rules. Raises `AuthoringError` naming those that can."""
    if layer == "terms":
        _check_controller(area, words)
        return
    folder = policies / "mayuse" / "law"
    known = sorted(path.name for path in folder.iterdir() if path.is_dir())
    if area not in known:
        said = f"there is no area {area} of law; {_known(area, known)}"
        raise AuthoringError((f"{said} For a new area, first make its folder {folder / area}",))


def _check_controller(controller: str, words: Vocabulary) -> None:
    known = sorted({*words.controllers} - {GENERIC})
    if controller == GENERIC:
        whose = words.controllers[GENERIC]
        said = f"no answer rests on terms/{GENERIC}: the terms of {whose} are not known"
        raise AuthoringError((f"{said}, and law alone decides; {_known(controller, known)}",))
    if controller not in known:
        said = f"{controller} is no controller of the vocabulary; {_known(controller, known)}"
        raise AuthoringError((f"{said} Controllers are in mayuse/facts/vocabulary/data.yaml",))


def _known(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return f"known: {', '.join(known)}." + (f" Did you mean {near}?" if near else "")


def places_of(source: Source, layer: str, area: str, on: date) -> list[str]:
    """The places in which the rules of an area are asked, as its `area.rego` has it.

    Of an area of law without one: the parts of the country of that name, or that country, else
    any place. Terms are asked in any place.
    """
    words = source.engine.vocabulary
    anywhere = [place for place in words.jurisdictions if place != UNKNOWN]
    if layer == "terms":
        return anywhere
    if (source.policies / "mayuse" / layer / area / "area.rego").is_file():
        items = [_anything(place, on, words).as_input() for place in words.jurisdictions]
        gate = f"data.mayuse.areas.{area}.in_place"
        asked = source.query(
            f"[i | some i, item in input.items; {gate} with input as item]", {"items": items}
        )
        return [items[i]["jurisdiction"] for i in asked or ()]
    country = area.upper().replace("_", "-")
    parts = [place for place in anywhere if place.startswith(f"{country}-")]
    whole = [country] if country in anywhere else []
    return parts or whole or anywhere


def check_place(place: str, area: str, places: Sequence[str], words: Vocabulary) -> None:
    """See that a place is one of an area's. Raises `AuthoringError` naming some that are."""
    if place in places:
        return
    near = nearest(place, places)
    meant = f"; did you mean {near}?" if near else ""
    if place not in words.jurisdictions:
        raise AuthoringError((f"--place {place} is no place of the vocabulary{meant}",))
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    known = ", ".join(places[:SHOWN]) + more
    raise AuthoringError((f"the rules of {area} are not asked in {place}, but in {known}",))


def _anything(place: str, on: date, words: Vocabulary) -> Facts:
    question = Question(
        recipient=next(iter(words.recipients)),
        purpose=next(iter(words.purposes)),
        data=(next(iter(words.data)),),
        jurisdiction=place,
        on=on,
    )
    return question.facts(words)[0]
