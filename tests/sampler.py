"""Random facts that reach every rule. Pure: it draws and chooses, others evaluate.

Uniform draws reach the rule that two states have on one category once in a hundred thousand. So
for a rare rule the words of its own source are preferred, and facts on which it speaks are varied,
a field or two at a time, until it has spoken often enough.
"""

from __future__ import annotations

import dataclasses
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from mayuse.answer import find
from mayuse.question import Facts
from mayuse.verdict import Verdict
from mayuse.vocabulary import ADULT, AGES, UNKNOWN, Vocabulary

FIELDS = ("controller", "recipient", "purpose", "data", "jurisdiction", "on", "age", "gpc")

GROWN_UP = 35
"""The age of whoever is only known to be an adult."""

FIRST_DAY, LAST_DAY = "1900-01-01", "2199-12-31"
"""The days a question can be about."""


class Sampler:
    """Draws facts from all that the vocabulary allows, on days around those the acts name."""

    def __init__(self, vocabulary: Vocabulary, facts: Mapping[str, Any], seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._choices = vocabulary.choices
        self._values: dict[str, Sequence[Any]] = {
            "controller": sorted(vocabulary.controllers),
            "recipient": sorted(vocabulary.recipients),
            "purpose": sorted(vocabulary.purposes),
            "data": sorted(vocabulary.data),
            "jurisdiction": sorted(vocabulary.jurisdictions),
            "on": days_around(facts["acts"]),
            "age": [*AGES, *[ADULT] * len(AGES)],
            "gpc": [True, False],
        }

    def draw(self, rego: str = "") -> Facts:
        """Facts with every field at random; each choice more often its default than not.

        With a rule's source, a field takes one of the values quoted there if there is any.
        """
        words = {*re.findall(r'"(\w+)"', rego)}
        fields = {
            name: self._random.choice([v for v in values if v in words] or values)
            for name, values in self._values.items()
        }
        return Facts(**fields, choices=tuple(sorted(self._choice(name) for name in self._choices)))

    def vary(self, facts: Facts) -> Facts:
        """The same facts with one to three fields, or as many choices, at random."""
        for _ in range(self._random.randint(1, 3)):
            name = self._random.choice([*FIELDS, "choices"])
            if name == "choices":
                chosen = self._random.choice(sorted(self._choices))
                changed = {**dict(facts.choices), **dict([self._choice(chosen)])}
                facts = dataclasses.replace(facts, choices=tuple(sorted(changed.items())))
            else:
                value = self._random.choice(self._values[name])
                facts = dataclasses.replace(facts, **{name: value})
        return facts

    def shuffled(self, facts: Sequence[Facts]) -> list[Facts]:
        """The facts in random order."""
        return self._random.sample(facts, len(facts))

    def _choice(self, name: str) -> tuple[str, str]:
        choice = self._choices[name]
        return name, self._random.choice([*choice.values, *[choice.default] * 2])


def asked(facts: Facts) -> dict[str, Any]:
    """The body of `POST /v1/decisions` that these facts come from, about one of many people."""
    person: dict[str, Any] = {
        "id": f"member-{abs(hash(facts)) % 100_000}",
        "jurisdiction": facts.jurisdiction,
    }
    if facts.age != UNKNOWN:
        person["age"] = GROWN_UP if facts.age == ADULT else int(facts.age)
    return {
        "controller": facts.controller,
        "recipient": facts.recipient,
        "purpose": facts.purpose,
        "data": facts.data,
        "data_subject": person,
        "choices": dict(facts.choices),
        "signals": {"gpc": facts.gpc},
        "on": facts.on,
    }


class Pool:
    """Facts drawn so far, with what was said of each."""

    def __init__(self, rules: Sequence[str]) -> None:
        self.verdicts: dict[Facts, Verdict] = {}
        self._spoken: Counter[str] = Counter(dict.fromkeys(rules, 0))
        self._witness: dict[str, list[Facts]] = {rule: [] for rule in rules}

    def add(self, facts: Facts, verdict: Verdict) -> None:
        """Remember facts and verdict, once."""
        if facts in self.verdicts:
            return
        self.verdicts[facts] = verdict
        for rule in verdict.speaking:
            self._spoken[rule] += 1
            self._witness[rule].append(facts)

    def rare(self, times: int) -> list[str]:
        """Rules that have spoken fewer than `times`."""
        return [rule for rule, spoken in self._spoken.items() if spoken < times]

    def witnesses(self, rule: str) -> list[Facts]:
        """Facts on which a rule speaks."""
        return self._witness[rule]

    def choose(self, sampler: Sampler, count: int, *, times: int, permitted: float) -> list[Facts]:
        """`count` facts on which every rule speaks `times` and that share at least is permitted.

        Raises `LookupError` when the pool does not suffice.
        """
        order = sampler.shuffled(list(self.verdicts))
        chosen: dict[Facts, None] = {}
        for witnesses in self._witness.values():
            chosen.update(dict.fromkeys(sampler.shuffled(witnesses)[:times]))
        yes = [facts for facts in order if find(facts, self.verdicts[facts]).effect == "permit"]
        missing = round(count * permitted) - sum(facts in chosen for facts in yes)
        chosen.update(dict.fromkeys([f for f in yes if f not in chosen][: max(missing, 0)]))
        chosen.update(dict.fromkeys([f for f in order if f not in chosen][: count - len(chosen)]))
        if len(chosen) != count or self.rare(times) or len(yes) < count * permitted:
            raise LookupError(f"too few: {len(chosen)} chosen, rare rules: {self.rare(times)}")
        return list(chosen)


def days_around(acts: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The first and last day of every act with their neighbours, and a day of each recent month."""
    edges = {act[end] for act in acts.values() for end in ("from", "until")} - {"9999-12-31"}
    near = {
        (date.fromisoformat(edge) + timedelta(days=step)).isoformat()
        for edge in edges
        for step in (-1, 0, 1)
    }
    months = {f"{year}-{month:02}-15" for year in range(2024, 2029) for month in range(1, 13)}
    return sorted(day for day in near | months if FIRST_DAY <= day <= LAST_DAY)
