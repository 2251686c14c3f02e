"""What changes when: the days on which acts begin or end, and the answers that turn on them.

The days are every date that the facts or the rules name. Between two of them nothing can change,
as rules compare dates and have no clock; so each is asked once, and compared with the one before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mayuse import changes as turning
from mayuse.answer import find
from mayuse.authoring import probes
from mayuse.authoring.case_run import evaluate
from mayuse.authoring.probes import Person, Probe, Setting
from mayuse.bundle import Bundle
from mayuse.decide import Engine
from mayuse.vocabulary import Vocabulary

Answers = Mapping[tuple[Probe, str], tuple[str, tuple[str, ...]]]
"""(probe, place) -> effect and the reasons that forced it, as `rule: reason`."""

Change = tuple[str, str, tuple[str, ...]]
"""Effect before, effect after, and the reasons for it."""


@dataclass(frozen=True)
class Turn:
    """Answers that are otherwise from one day on: for all these alike, and for the same reasons."""

    setting: Setting
    before: str
    after: str
    purposes: tuple[str, ...]
    persons: tuple[Person, ...]
    places: tuple[str, ...]
    because: tuple[str, ...]
    """The reasons that force the answers from that day on, as `rule: reason`."""


@dataclass(frozen=True)
class Day:
    """One day on which something changes."""

    on: date
    begins: tuple[str, ...]
    """Acts whose first day it is."""

    ended: tuple[str, ...]
    """Acts whose last day was the day before."""

    turns: tuple[Turn, ...]


async def changes(
    bundle: Bundle,
    engine: Engine,
    first: date,
    last: date,
    *,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Day]:
    """The days from `first` to `last`, both included, on which an act or an answer changes.

    `tell` hears how many days of how many are done.
    """
    named = turning.days(bundle.facts, bundle.modules.values())
    days = [day for day in sorted(named) if first <= day <= last]
    found = []
    before: Answers = {}
    for done, day in enumerate(days):
        before = before or await _answers(engine, day - timedelta(days=1))
        after = await _answers(engine, day)
        begins, ended = _acts(bundle.facts["acts"], day)
        turns = tuple(_turns(before, after))
        if begins or ended or turns:
            found.append(Day(day, begins, ended, turns))
        before = after
        tell(done + 1, len(days))
    return found


def _acts(acts: Mapping[str, Any], day: date) -> tuple[tuple[str, ...], tuple[str, ...]]:
    yesterday = (day - timedelta(days=1)).isoformat()
    begins = (act for act, row in acts.items() if row["from"] == day.isoformat())
    ended = (act for act, row in acts.items() if row["until"] == yesterday)
    return tuple(sorted(begins)), tuple(sorted(ended))


async def _answers(engine: Engine, day: date) -> Answers:
    words = engine.vocabulary
    asked = [(probe, place) for probe in probes.probes(words) for place in probes.places(words)]
    facts = [probe.facts(place, day, words) for probe, place in asked]
    answers = {}
    for key, item, verdict in zip(asked, facts, await evaluate(facts, engine), strict=True):
        finding = find(item, verdict)
        because = sorted({f"{said.rule}: {said.reason}" for said in finding.forcing})
        answers[key] = (finding.effect, tuple(because))
    return answers


def _turns(before: Answers, after: Answers) -> Iterator[Turn]:
    """Alike are first the places of one question, then its persons, then its purposes.

    What is alike turns for the same reasons: they hold of each person and place that is named.
    """
    places: dict[tuple[Probe, Change], list[str]] = defaultdict(list)
    for (probe, place), (effect, because) in after.items():
        was, _ = before[probe, place]
        if was != effect:
            places[probe, (was, effect, because)].append(place)
    persons: dict[tuple[Setting, str, Change, tuple[str, ...]], list[Person]] = defaultdict(list)
    for (probe, change), where in places.items():
        persons[probe.setting, probe.purpose, change, tuple(where)].append(probe.person)
    purposes: dict[tuple[Setting, Change, tuple[str, ...], tuple[Person, ...]], list[str]] = (
        defaultdict(list)
    )
    for (setting, purpose, change, where_all), whose in persons.items():
        purposes[setting, change, where_all, tuple(whose)].append(purpose)
    for (setting, (was, effect, because), where_all, whose_all), what in sorted(purposes.items()):
        yield Turn(setting, was, effect, tuple(what), whose_all, where_all, because)


def to_text(days: Sequence[Day], bundle: Bundle, engine: Engine) -> str:
    """The calendar in sentences."""
    words, acts = engine.vocabulary, bundle.facts["acts"]
    lines = []
    for day in days:
        lines.append(f"{day.on}")
        lines += [f"  begins: {acts[act]['title']} ({act})" for act in day.begins]
        lines += [f"  has ended: {acts[act]['title']} ({act})" for act in day.ended]
        for turn in day.turns:
            lines += _turn_in_words(turn, words)
    return "\n".join(lines)


def _turn_in_words(turn: Turn, words: Vocabulary) -> Iterator[str]:
    yield f"  {turn.before} -> {turn.after}: {turn.setting.in_words(words)}"
    yield f"      for {', '.join(words.purposes[purpose] for purpose in turn.purposes)}"
    yield f"      of {'; '.join(person.in_words() for person in turn.persons)}"
    yield f"      in {', '.join(words.jurisdictions[place] for place in turn.places)}"
    yield f"      because {', '.join(turn.because)}"


def to_json(days: Sequence[Day]) -> list[dict[str, Any]]:
    """The calendar for programs."""
    return [
        {
            "on": day.on.isoformat(),
            "begins": list(day.begins),
            "ended": list(day.ended),
            "turns": [
                {
                    "controller": turn.setting.controller,
                    "recipient": turn.setting.recipient,
                    "data": turn.setting.data,
                    "purposes": list(turn.purposes),
                    "persons": [{"age": person.age, "gpc": person.gpc} for person in turn.persons],
                    "jurisdictions": list(turn.places),
                    "before": turn.before,
                    "after": turn.after,
                    "because": list(turn.because),
                }
                for turn in day.turns
            ],
        }
        for day in days
    ]
