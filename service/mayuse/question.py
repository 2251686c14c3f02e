"""The question as a caller asks it, and the facts as the policy sees it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import orjson

from mayuse.vocabulary import ADULT, UNKNOWN, Vocabulary

MAX_DATA = 28
"""How many data categories one question may name."""

REMEMBERED = 8192
"""How many facts, rulings, and what follows from them alone, are kept at hand each: more than are
asked about on a day, in 70 MB at most."""


@dataclass(frozen=True)
class Question:
    """May RECIPIENT use this person's DATA for PURPOSE? Already checked against a vocabulary."""

    recipient: str
    purpose: str
    data: tuple[str, ...]
    """1 to `MAX_DATA` distinct categories, in the order asked."""

    on: date
    """The day of the use."""

    controller: str = "linkedin"
    jurisdiction: str = UNKNOWN
    age: int | None = None
    """Years, or None when not known."""

    subject: str | None = None
    """The caller's id of the person. It goes to keyed tags and the deletable index only."""

    choices: Mapping[str, str] = field(default_factory=dict)
    """The choices the caller asserts, by id; once settled, those recorded of the person, too."""

    gpc: bool = False
    """A Global Privacy Control signal is sent (`Sec-GPC: 1`)."""

    known_at: datetime | None = None
    """Recorded choices count as far as they were recorded by then; None: all of them."""

    recorded: frozenset[str] = frozenset()
    """The choices, by id, whose value was recorded of the person; `choices.GPC` for the signal."""

    overruled: Mapping[str, str] = field(default_factory=dict)
    """What the caller asserted where a more protective value was recorded."""

    def facts(self, vocabulary: Vocabulary) -> tuple[Facts, ...]:
        """What the policy sees: one `Facts` per data category, every choice with a value."""
        who = (self.controller, self.recipient, self.purpose)
        person = (self.jurisdiction, self.on, _age_value(self.age), self.gpc)
        chosen = tuple(self.choices.items())
        return tuple(
            [_facts(vocabulary.defaults, who, category, person, chosen) for category in self.data]
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """One question about one data category, without identity.

    Each field has a finite, declared set of values, so that a verdict is a pure function of
    (policy digest, facts) and can be memoised, replayed and proved.
    """

    controller: str
    recipient: str
    purpose: str
    data: str
    jurisdiction: str
    on: str
    """ISO 8601 date."""

    age: str
    """`0` … `17`, `adult` or `unknown`."""

    choices: tuple[tuple[str, str], ...]
    """(choice id, value), sorted by id, one for every choice of the vocabulary."""

    gpc: bool

    _hash: int = field(init=False, repr=False, compare=False)
    """Facts are looked for several times on the way to an answer."""

    def __post_init__(self) -> None:
        members = (self.controller, self.recipient, self.purpose, self.data, self.jurisdiction)
        rest = (self.on, self.age, self.choices, self.gpc)
        object.__setattr__(self, "_hash", hash((members, rest)))

    def __hash__(self) -> int:
        return self._hash

    def as_input(self) -> dict[str, Any]:
        """The `input` document the policy reads."""
        return {
            "controller": self.controller,
            "recipient": self.recipient,
            "purpose": self.purpose,
            "data": self.data,
            "jurisdiction": self.jurisdiction,
            "on": self.on,
            "age": self.age,
            "choices": dict(self.choices),
            "signals": {"gpc": self.gpc},
        }

    def to_text(self) -> str:
        """Canonical JSON (RFC 8785: sorted keys, no white space) of the input document."""
        return orjson.dumps(self.as_input(), option=orjson.OPT_SORT_KEYS).decode()

    @classmethod
    def from_text(cls, text: str) -> Facts:
        """Read back what `to_text` wrote."""
        document = orjson.loads(text)
        return cls(
            controller=document["controller"],
            recipient=document["recipient"],
            purpose=document["purpose"],
            data=document["data"],
            jurisdiction=document["jurisdiction"],
            on=document["on"],
            age=document["age"],
            choices=tuple(sorted(document["choices"].items())),
            gpc=document["signals"]["gpc"],
        )


@lru_cache(REMEMBERED)
def _facts(
    defaults: tuple[tuple[str, str], ...],
    who: tuple[str, str, str],
    category: str,
    person: tuple[str, date, str, bool],
    chosen: tuple[tuple[str, str], ...],
) -> Facts:
    """Few facts are behind many questions. A choice the vocabulary does not have is left out."""
    controller, recipient, purpose = who
    jurisdiction, on, age, gpc = person
    stated = dict(chosen)
    return Facts(
        controller=controller,
        recipient=recipient,
        purpose=purpose,
        data=category,
        jurisdiction=jurisdiction,
        on=on.isoformat(),
        age=age,
        choices=tuple([(name, stated.get(name, default)) for name, default in defaults]),
        gpc=gpc,
    )


def _age_value(years: int | None) -> str:
    if years is None:
        return UNKNOWN
    return str(years) if years < 18 else ADULT  # noqa: PLR2004 - the last declared age is 17
