"""Facts near the worked cases: each case with one or two fields changed. Pure.

Whoever wants to know what the rules can say at all (coverage, lint, pages) asks around the cases:
they lie where something happens, and a random question rarely does.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace

from mayuse.authoring.cases import Case
from mayuse.question import Facts
from mayuse.vocabulary import AGES, Vocabulary

AT_MOST = 30_000
"""So many facts around the cases show what the rules can say; all of them would take minutes."""


def facts_of(cases: Iterable[Case], vocabulary: Vocabulary) -> list[Facts]:
    """The facts of every case and day, each once, in order."""
    found = {
        facts: None
        for case in cases
        for expected in case.answers
        for facts in expected.question.facts(vocabulary)
    }
    return list(found)


def one_field_changed(seed: Facts, vocabulary: Vocabulary) -> Iterator[Facts]:
    """Each `Facts` that differs from `seed` in one field, its place and day excepted."""
    for controller in vocabulary.controllers:
        yield replace(seed, controller=controller)
    for recipient in vocabulary.recipients:
        yield replace(seed, recipient=recipient)
    for purpose in vocabulary.purposes:
        yield replace(seed, purpose=purpose)
    for category in vocabulary.data:
        yield replace(seed, data=category)
    for age in AGES:
        yield replace(seed, age=age)
    yield replace(seed, gpc=not seed.gpc)
    for name, choice in vocabulary.choices.items():
        for value in choice.values:
            yield replace(seed, choices=_with_choice(seed, name, value))


def neighbours(
    seeds: Iterable[Facts], vocabulary: Vocabulary, *, at_most: int = AT_MOST
) -> list[Facts]:
    """The seeds, and `Facts` that differ from one of them in one field, each once.

    Of more than `at_most`, every so manieth is taken: the same ones each time.
    """
    pool = list(dict.fromkeys(seeds))
    near = dict.fromkeys(facts for seed in pool for facts in one_field_changed(seed, vocabulary))
    known = set(pool)
    others = [facts for facts in near if facts not in known]
    step = max(1, -(-len(others) // max(1, at_most - len(pool))))
    return [*pool, *others[::step]]


def sample(
    seeds: Iterable[Facts], vocabulary: Vocabulary, *, size: int, chance: random.Random
) -> list[Facts]:
    """`size` distinct `Facts`: seeds with up to four fields drawn anew, place and day from seeds.

    The same `chance` (a seeded generator) gives the same sample. Gives fewer than `size` when the
    seeds are too few to yield so many.
    """
    pool = list(seeds)
    days = sorted({seed.on for seed in pool})
    found: dict[Facts, None] = {}
    for _ in range(size * 4):
        if len(found) == size or not pool:
            break
        facts = chance.choice(pool)
        for _ in range(chance.randint(0, 4)):
            facts = _one_drawn_anew(facts, vocabulary, days, chance)
        found[facts] = None
    return list(found)


def _one_drawn_anew(
    facts: Facts, vocabulary: Vocabulary, days: list[str], chance: random.Random
) -> Facts:
    field = chance.choice(_FIELDS)
    if field == "choices":
        name = chance.choice(sorted(vocabulary.choices))
        value = chance.choice(vocabulary.choices[name].values)
        return replace(facts, choices=_with_choice(facts, name, value))
    values: dict[str, list[str] | list[bool]] = {
        "controller": sorted(vocabulary.controllers),
        "recipient": sorted(vocabulary.recipients),
        "purpose": sorted(vocabulary.purposes),
        "data": sorted(vocabulary.data),
        "jurisdiction": sorted(vocabulary.jurisdictions),
        "on": days,
        "age": list(AGES),
        "gpc": [False, True],
    }
    return replace(facts, **{field: chance.choice(values[field])})  # type: ignore[arg-type]


def _with_choice(facts: Facts, name: str, value: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({**dict(facts.choices), name: value}.items()))


_FIELDS = (
    *("controller", "recipient", "purpose", "data", "jurisdiction", "on", "age", "gpc"),
    *("choices", "choices", "choices"),
)
