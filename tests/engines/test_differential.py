"""Fifty thousand random questions on both engines: every rule heard often, every byte the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest

from mayuse import bundle
from mayuse.answer import find
from mayuse.bundle import Bundle
from mayuse.decide import Engine
from mayuse.engines import slices
from mayuse.engines.embedded import EmbeddedEngine
from mayuse.engines.opa import OpaEngine
from mayuse.question import Facts
from mayuse.verdict import Verdict
from sampler import Pool, Sampler

QUESTIONS = 50_000
TIMES = 100
PERMITTED = 0.25
SEED = 20_251_103
ROUNDS = 300
PATIENT = 300.0


@pytest.fixture
async def ours() -> AsyncIterator[EmbeddedEngine]:
    engine = EmbeddedEngine(bundle.packaged(), timeout=PATIENT)
    yield engine
    await engine.close()


@pytest.fixture
async def theirs(packaged_opa: str) -> AsyncIterator[OpaEngine]:
    engine = OpaEngine(packaged_opa, bundle.packaged(), timeout=PATIENT)
    yield engine
    await engine.close()


async def test_both_engines_say_the_same_of_fifty_thousand_random_questions(
    ours: EmbeddedEngine, theirs: OpaEngine, figure: Callable[[str], None]
) -> None:
    active = bundle.packaged()
    rules = [row["rule"] for row in active.rules]
    sampler = Sampler(ours.vocabulary, active.facts, SEED)
    pool = await filled(sampler, ours, active)
    questions = pool.choose(sampler, QUESTIONS, times=TIMES, permitted=PERMITTED)

    here, there = await texts(ours, questions), await texts(theirs, questions)

    differing = [facts for facts, a, b in zip(questions, here, there, strict=True) if a != b]
    spoken = Counter(rule for facts in questions for rule in pool.verdicts[facts].speaking)
    permitted = sum(find(f, pool.verdicts[f]).effect == "permit" for f in questions)
    rarest = min(rules, key=lambda rule: spoken[rule])
    figure(
        f"{len(questions)} questions drawn from {len(pool.verdicts)}, "
        f"{len(set(here))} different verdicts, {permitted / len(questions):.1%} permitted; "
        f"{len(rules)} rules, the rarest ({rarest}) speaks {spoken[rarest]} times; "
        f"differing: {len(differing)}"
    )
    assert differing == []
    assert here == [pool.verdicts[facts].to_text() for facts in questions]
    assert len(set(questions)) == QUESTIONS
    assert min(spoken[rule] for rule in rules) >= TIMES
    assert permitted >= QUESTIONS * PERMITTED


async def filled(sampler: Sampler, engine: Engine, active: Bundle) -> Pool:
    """A pool in which every rule has spoken often, and half of what is asked for to spare."""
    sources = {row["rule"]: active.modules[row["file"]] for row in active.rules}
    pool = Pool(list(sources))
    for _ in range(ROUNDS):
        drawn = [sampler.draw() for _ in range(slices.MAX_SLICE)]
        for rule in pool.rare(TIMES):
            drawn += [sampler.draw(sources[rule]) for _ in range(50)]
            drawn += [sampler.vary(facts) for facts in pool.witnesses(rule)[-TIMES:] * 5]
        for facts, verdict in zip(drawn, (await engine.evaluate(drawn)).verdicts, strict=True):
            assert isinstance(verdict, Verdict), (facts, verdict)
            pool.add(facts, verdict)
        if not pool.rare(TIMES) and len(pool.verdicts) > QUESTIONS * 1.5:
            return pool
    raise LookupError(f"these rules hardly ever speak: {pool.rare(TIMES)}")


async def texts(engine: Engine, questions: list[Facts]) -> list[str]:
    """The canonical verdicts; a fault is told by its code."""
    verdicts = (await engine.evaluate(questions)).verdicts
    return [v.to_text() if isinstance(v, Verdict) else v.code for v in verdicts]
