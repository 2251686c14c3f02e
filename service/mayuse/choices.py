"""A person's choices on a day, out of the events that were recorded of them. Pure.

A choice has two clocks: since when it holds (`effective`) and since when the ledger knows of it
(`recorded`). Its value on a day is the most protective one that held at any moment of that day
(UTC), as far as it was known at the time asked for: whoever opts out in the afternoon is not used
in the evening, nor excused for the morning. An event never reaches back before it takes effect.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from mayuse.question import Facts, Question
from mayuse.vocabulary import Choice, Vocabulary

GPC = "signals.gpc"
"""What the ledger, and the sources of a decision, call a Global Privacy Control signal."""

SENT, NOT_SENT = "true", "false"
ASSERTED, RECORDED = "asserted", "recorded"
"""Where a value came from: the caller's question, or the ledger."""

OPPOSED_TO_GPC: Mapping[str, str] = {
    "share_with_affiliates": "on",
    "data_from_others_for_ads": "on",
    "consent_ads": "given",
    "consent_dma_combination": "given",
}
"""The choices that allow what the signal asks not to do: sell, share, advertise across services."""

_SIGNAL = Choice("signal", (SENT, NOT_SENT), NOT_SENT)
_EPOCH = date(1970, 1, 1)
_DAY_US = 24 * 60 * 60 * 1_000_000


class Event(NamedTuple):
    """One choice a person made, as it was recorded."""

    id: str
    """UUIDv7."""

    choice: str
    """Its id in the vocabulary, or `GPC`."""

    value: str
    effective: int
    """Since when it holds, in microseconds since 1970."""

    recorded: int
    """Since when the ledger knows of it."""

    source: str
    """Where the person made it, a short word."""

    notice: str | None
    """Which notice the person was shown."""

    actor: str
    """Which caller recorded it."""


def state(
    events: Iterable[Event], on: date, known_at: datetime | None, vocabulary: Vocabulary
) -> dict[str, Event]:
    """The event whose value holds on a day, for each choice of which there is one.

    `known_at` leaves out what was recorded later; None leaves out nothing. Choices that the
    vocabulary does not have are left out. The order of the events does not matter.
    """
    begin = (on - _EPOCH).days * _DAY_US
    known = None if known_at is None else micros(known_at)
    candidates: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.effective < begin + _DAY_US and (known is None or event.recorded <= known):
            candidates[event.choice].append(event)
    return {
        name: _most_protective(_held(found, begin), choice)
        for name, found in sorted(candidates.items())
        if (choice := choice_of(name, vocabulary)) is not None
    }


def settle(question: Question, events: Iterable[Event], vocabulary: Vocabulary) -> Question:
    """The question with what is recorded of the person beside what the caller asserts.

    Of an asserted and a recorded value the more protective stands; where nothing is recorded, the
    asserted one.
    """
    held = state(events, question.on, question.known_at, vocabulary)
    if not held:
        return question
    chosen, recorded, overruled = dict(question.choices), set(), {}
    for name, event in held.items():
        if name == GPC:
            if event.value == SENT:
                recorded.add(GPC)
            continue
        choice = vocabulary.choices[name]
        asserted = chosen.get(name)
        if asserted is not None and _rank(asserted, choice) < _rank(event.value, choice):
            continue
        # A value the vocabulary no longer has may be any.
        chosen[name] = event.value if event.value in choice.values else choice.values[0]
        recorded.add(name)
        if asserted not in {None, chosen[name]}:
            overruled[name] = str(asserted)
    return replace(
        question,
        choices=chosen,
        gpc=question.gpc or GPC in recorded,
        recorded=frozenset(recorded),
        overruled=overruled,
    )


def known_by(question: Question, events: Iterable[Event], now: datetime) -> datetime:
    """As of when `settle` counts events: now, or when the last of them was recorded, if later.

    Asked again with this as `known_at`, the question is settled in the same way.
    """
    limit = None if question.known_at is None else micros(question.known_at)
    counted = [event.recorded for event in events if limit is None or event.recorded <= limit]
    last = max(counted, default=0)
    return max(now, _EPOCH_AT + timedelta(microseconds=last))


def settled_as(question: Question, facts: Facts, origins: Mapping[str, str]) -> Question:
    """The question as it was settled once, from what the policy saw and where that came from."""
    seen = dict(facts.choices)
    chosen = {name: seen[name] for name in origins if name in seen}
    recorded = frozenset(name for name, origin in origins.items() if origin == RECORDED)
    return replace(
        question,
        choices=chosen,
        gpc=facts.gpc,
        recorded=recorded,
        overruled={
            name: asserted
            for name, asserted in question.choices.items()
            if name in recorded and asserted != chosen[name]
        },
    )


def sources(question: Question) -> dict[str, str]:
    """Where each choice, and a signal that is sent, came from: `asserted` or `recorded`."""
    stated = [*question.choices, *([GPC] if question.gpc else [])]
    return {name: RECORDED if name in question.recorded else ASSERTED for name in sorted(stated)}


def conflicts(question: Question) -> list[dict[str, str]]:
    """Where what is known of the person does not agree, and so had to be decided.

    A choice the caller asserted and the ledger knows a more protective value of, which stands; and
    a signal beside a choice that allows what the signal asks not to do: both are put before the
    policy, and the law of the place says which prevails.
    """
    overruled = [
        {"choice": name, "asserted": asserted, "recorded": question.choices[name]}
        for name, asserted in sorted(question.overruled.items())
    ]
    opposed = [
        {"signal": "gpc", "choice": name, "value": value, "source": source}
        for name, source in (sources(question).items() if question.gpc else ())
        if (value := question.choices.get(name)) == OPPOSED_TO_GPC.get(name, "")
    ]
    return [*overruled, *opposed]


def choice_of(name: str, vocabulary: Vocabulary) -> Choice | None:
    """The choice of this name, the signal among them, or None when there is none."""
    return _SIGNAL if name == GPC else vocabulary.choices.get(name)


def micros(at: datetime) -> int:
    """A time as events have it: microseconds since 1970."""
    return (at - _EPOCH_AT) // timedelta(microseconds=1)


_EPOCH_AT = datetime(1970, 1, 1, tzinfo=UTC)


def _held(events: list[Event], begin: int) -> list[Event]:
    """Those of a choice's events that held at some moment of the day that begins then.

    What stands from before is the event that began last; of several that began at one moment, the
    one recorded last, for it was told to correct the others.
    """
    held = [event for event in events if event.effective >= begin]
    before = [event for event in events if event.effective < begin]
    if before and all(event.effective > begin for event in held):
        held.append(max(before, key=lambda event: (event.effective, event.recorded, event.id)))
    return held


def _most_protective(events: Iterable[Event], choice: Choice) -> Event:
    """The same one in whatever order they come: of equal values, the one that began last."""
    return min(events, key=lambda event: (_rank(event.value, choice), -event.effective, event.id))


def _rank(value: str, choice: Choice) -> int:
    """0 for the most protective value, and below for one that is not known: it may be any."""
    return choice.values.index(value) if value in choice.values else -1
