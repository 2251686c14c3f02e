"""A person's choices as JSON, for API and command line alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from mayuse.choices import GPC, SENT, Event
from mayuse.decision_log.entry import from_micros
from mayuse.recorded import time

Row = dict[str, Any]


def state(held: Mapping[str, Event], on: date, known_at: datetime | None) -> Row:
    """What holds on a day, by choice, each with where it came from."""
    choices = {name: _standing(event) for name, event in held.items()}
    signal = choices.pop(GPC, None)
    return {
        "on": on.isoformat(),
        **({} if known_at is None else {"known_at": time(known_at)}),
        "choices": choices,
        "signals": {} if signal is None else {"gpc": signal},
    }


def events(found: Iterable[Event]) -> list[Row]:
    """Events as they were recorded."""
    return [
        {"event_id": event.id, **_named(event), "value": _value(event), **_circumstances(event)}
        for event in found
    ]


def _standing(event: Event) -> Row:
    return {"value": _value(event), "event_id": event.id, **_circumstances(event)}


def _named(event: Event) -> Row:
    return {"signal": "gpc"} if event.choice == GPC else {"choice": event.choice}


def _value(event: Event) -> str | bool:
    return event.value == SENT if event.choice == GPC else event.value


def _circumstances(event: Event) -> Row:
    return {
        "effective_at": time(from_micros(event.effective)),
        "recorded_at": time(from_micros(event.recorded)),
        "source": event.source,
        **({} if event.notice is None else {"notice": event.notice}),
        "recorded_by": event.actor,
    }
