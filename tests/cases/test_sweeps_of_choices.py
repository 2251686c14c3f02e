"""Random questions over the whole vocabulary: to say no is never answered with a yes.

The values of a choice are ranked, the most protective of the person first. Where a question is
permitted, the same question with more allowed by any one choice must be permitted, too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from sweeping import ask, drawn, known_places, tell

from mayuse.engines.embedded import EmbeddedEngine
from mayuse.question import Facts
from mayuse.vocabulary import Vocabulary

SEED = 20_261_130
EACH = 250
"""Questions about every place."""


async def test_whoever_takes_back_a_no_is_not_refused_for_it(
    embedded: EmbeddedEngine, figure: Callable[[str], None]
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - nothing secret
    vocabulary = embedded.vocabulary
    questions = [
        drawn(vocabulary, chance, place) for place in known_places(vocabulary) for _ in range(EACH)
    ]
    permitted = [item.facts for item in await ask(questions, embedded) if item.effect == "permit"]
    pairs = {
        allowing: facts for facts in permitted for allowing in _allowing_more(facts, vocabulary)
    }
    wrong = [
        f"{pairs[item.facts].to_text()} is permitted, {item.facts.to_text()} is not"
        for item in await ask(list(pairs), embedded)
        if item.effect != "permit"
    ]
    tell(figure, "more allowed by one choice", len(pairs), len(pairs) - len(wrong))
    assert len(permitted) > 1_000
    assert not wrong, "\n".join(wrong[:20])


def _allowing_more(facts: Facts, vocabulary: Vocabulary) -> Iterator[Facts]:
    choices = dict(facts.choices)
    for name, value in facts.choices:
        ranked = vocabulary.choices[name].values
        for more in ranked[ranked.index(value) + 1 :]:
            yield replace(facts, choices=tuple(sorted((choices | {name: more}).items())))
    if facts.gpc:
        yield replace(facts, gpc=False)
