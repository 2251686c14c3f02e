"""The questions that the matrix and the calendar ask of every place. Pure.

They cannot ask everything; they ask who wants what from whom in the combinations that the law and
the terms tell apart, for an adult, for an adult whose browser sends a signal, and for a person of
15. No choice is set: what is shown is the answer where a person has done nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from mayuse.question import Facts, Question
from mayuse.vocabulary import UNKNOWN, Vocabulary

ADULT_AGE = 35
TEEN_AGE = 15


@dataclass(frozen=True, order=True)
class Setting:
    """Who wants which data, held by whom."""

    controller: str
    recipient: str
    data: str

    def in_words(self, words: Vocabulary) -> str:
        """E.g. `Microsoft (with its subsidiaries), profile held by LinkedIn`."""
        return (
            f"{words.recipients[self.recipient]}, {words.data[self.data]} "
            f"held by {words.controllers[self.controller]}"
        )


@dataclass(frozen=True, order=True)
class Person:
    """Of what age, and with which browser."""

    age: int
    gpc: bool

    def in_words(self) -> str:
        """E.g. `an adult, with a browser signal`."""
        who = "an adult" if self.age == ADULT_AGE else f"a person of {self.age}"
        return f"{who}, with a browser signal" if self.gpc else who


@dataclass(frozen=True, order=True)
class Probe:
    """One question, but for the place and the day."""

    setting: Setting
    purpose: str
    person: Person

    def facts(self, place: str, on: date, words: Vocabulary) -> Facts:
        """The facts of this question in a place on a day."""
        question = Question(
            controller=self.setting.controller,
            recipient=self.setting.recipient,
            purpose=self.purpose,
            data=(self.setting.data,),
            jurisdiction=place,
            age=self.person.age,
            gpc=self.person.gpc,
            on=on,
        )
        return question.facts(words)[0]


SETTINGS = (
    Setting("linkedin", "linkedin_corporation", "profile"),
    Setting("linkedin", "linkedin_ireland", "public_posts"),
    Setting("linkedin", "linkedin_ireland", "offsite_activity"),
    Setting("linkedin", "microsoft", "profile"),
    Setting("linkedin", "microsoft", "public_posts"),
    Setting("linkedin", "public", "likeness"),
    Setting("generic", "advertiser", "profile"),
    Setting("generic", "advertiser", "offsite_activity"),
    Setting("generic", "advertiser", "health"),
)
ADULT = Person(ADULT_AGE, gpc=False)
OTHERS = (Person(ADULT_AGE, gpc=True), Person(TEEN_AGE, gpc=False))
ASKED_OF_OTHERS = {"microsoft", "advertiser"}
"""Recipients that signals and teen rules are about; asked of everybody they would cost double."""


def probes(words: Vocabulary) -> Iterator[Probe]:
    """Every probe whose ids the vocabulary knows."""
    for setting in SETTINGS:
        persons = (ADULT, *OTHERS) if setting.recipient in ASKED_OF_OTHERS else (ADULT,)
        if known(setting, words):
            for purpose in words.purposes:
                for person in persons:
                    yield Probe(setting, purpose, person)


def known(setting: Setting, words: Vocabulary) -> bool:
    """Whether the vocabulary has the ids of a setting."""
    return (
        setting.controller in words.controllers
        and setting.recipient in words.recipients
        and setting.data in words.data
    )


def places(words: Vocabulary) -> list[str]:
    """Every place, the unknown one last."""
    return [*(place for place in words.jurisdictions if place != UNKNOWN), UNKNOWN]
