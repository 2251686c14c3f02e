"""Random questions over the whole vocabulary: what is asked of every place at once.

Who does not know the place must not be answered more freely than any place would answer.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from sweeping import ask, drawn, known_places, states, tell

from mayuse.engines.embedded import EmbeddedEngine
from mayuse.question import Facts
from mayuse.verdict import Fault
from mayuse.vocabulary import UNKNOWN

SEED = 20_261_123
AT_ONCE = 500
ROUNDS = 100


@pytest.fixture
def chance() -> random.Random:
    """The same questions each time."""
    return random.Random(SEED)  # noqa: S311 - nothing secret


async def test_a_place_that_is_not_known_permits_only_what_every_place_permits(
    embedded: EmbeddedEngine, chance: random.Random, figure: Callable[[str], None]
) -> None:
    places = known_places(embedded.vocabulary)
    permitted = await _permitted_by_law(UNKNOWN, 120, embedded, chance)
    denied = await _not_permitted(permitted, places, embedded)
    tell(figure, "place not known", len(permitted) * len(places), _but(permitted, places, denied))
    assert not denied


async def test_a_state_that_is_not_known_permits_only_what_every_state_permits(
    embedded: EmbeddedEngine, chance: random.Random, figure: Callable[[str], None]
) -> None:
    places = states(embedded.vocabulary)
    permitted = await _permitted_by_law("US", 240, embedded, chance)
    denied = await _not_permitted(permitted, places, embedded)
    tell(figure, "state not known", len(permitted) * len(places), _but(permitted, places, denied))
    assert not denied


async def test_some_law_speaks_to_every_question_in_a_known_place(
    embedded: EmbeddedEngine, chance: random.Random, figure: Callable[[str], None]
) -> None:
    questions = [
        drawn(embedded.vocabulary, chance, place)
        for place in known_places(embedded.vocabulary)
        for _ in range(60)
    ]
    without = [
        item.facts.to_text()
        for item in await ask(questions, embedded)
        if isinstance(item.verdict, Fault)
        or not any(rule.startswith("law/") for rule in item.verdict.speaking)
    ]
    tell(figure, "some law speaks", len(questions), len(questions) - len(without))
    assert not without


async def _permitted_by_law(
    place: str, size: int, engine: EmbeddedEngine, chance: random.Random
) -> list[Facts]:
    """So many distinct questions about a person in `place` that its law permits."""
    found: dict[Facts, None] = {}
    for _ in range(ROUNDS):
        if len(found) >= size:
            return list(found)[:size]
        questions = [drawn(engine.vocabulary, chance, place) for _ in range(AT_ONCE)]
        answers = await ask(questions, engine)
        found |= {item.facts: None for item in answers if item.layers["law"] == "permit"}
    return pytest.fail(f"the law of {place} permits {len(found)} of {ROUNDS * AT_ONCE} questions")


async def _not_permitted(
    questions: Sequence[Facts], places: Sequence[str], engine: EmbeddedEngine
) -> list[str]:
    """The questions that the law of some place does not permit, with that place."""
    everywhere = [replace(facts, jurisdiction=place) for facts in questions for place in places]
    answers = await ask(everywhere, engine)
    return [item.facts.to_text() for item in answers if item.layers["law"] != "permit"]


def _but(questions: Sequence[Facts], places: Sequence[str], wrong: Sequence[str]) -> int:
    return len(questions) * len(places) - len(wrong)
