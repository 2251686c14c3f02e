"""One suite, both engines: what one says the other says, byte for byte."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from mayuse.bundle import Bundle
from mayuse.decide import Evaluated
from mayuse.engines import slices
from mayuse.engines.embedded import EmbeddedEngine
from mayuse.engines.memo import OnePolicyEngine
from mayuse.engines.opa import OpaEngine
from mayuse.question import Facts
from mayuse.verdict import Fault, Verdict

Ask = Callable[..., Facts]

SOLD_WITH_SIGNAL = (
    '{"denies":[{"act":"act-a","cites":["act-a-1","act-a-2"],"reason":"signal_on",'
    '"rule":"law/world/signal"}],"missing":[],"obliges":[],"permits":[{"act":"act-a",'
    '"cites":["act-a-1"],"reason":"nothing_forbids","rule":"law/world/baseline"}],'
    '"speaking":["law/world/baseline","law/world/signal"]}'
)


def texts(evaluated: Evaluated) -> list[str]:
    """Canonical verdicts, and faults by their code: what must not differ between engines."""
    return [
        item.to_text() if isinstance(item, Verdict) else item.code for item in evaluated.verdicts
    ]


def reasons(verdict: Verdict | Fault) -> set[str]:
    assert isinstance(verdict, Verdict), verdict
    return {said.reason for said in (*verdict.permits, *verdict.denies)}


def all_facts(ask: Ask, bundle: Bundle) -> list[Facts]:
    words = bundle.facts["vocabulary"]
    return [
        ask(
            controller=controller,
            purpose=purpose,
            data=data,
            jurisdiction=place,
            choices=(("selling", selling),),
            gpc=gpc,
        )
        for controller, purpose, data, place, selling, gpc in itertools.product(
            words["controllers"],
            words["purposes"],
            ("profile", "posts", "conflicting", "unheard_of"),
            bundle.facts["places"],
            words["choices"]["selling"]["values"],
            (True, False),
        )
    ]


async def test_a_verdict_is_the_canonical_text_of_what_every_rule_said(
    engine: OnePolicyEngine, ask: Ask, small: Bundle
) -> None:
    evaluated = await engine.evaluate([ask(gpc=True)])
    assert texts(evaluated) == [SOLD_WITH_SIGNAL]
    assert (evaluated.policy.digest, evaluated.policy.version) == (small.digest, "1.0")


async def test_each_rule_speaks_where_it_is_in_place_and_in_scope(
    engine: OnePolicyEngine, ask: Ask
) -> None:
    asked = {
        "signal": ask(),
        "elsewhere": ask(jurisdiction="BB", gpc=True),
        "promise": ask(controller="acme", purpose="serve", choices=(("selling", "on"),)),
    }
    evaluated = await engine.evaluate(list(asked.values()))
    assert dict(zip(asked, map(reasons, evaluated.verdicts), strict=True)) == {
        "signal": {"nothing_forbids", "signal_off"},
        "elsewhere": {"nothing_forbids"},
        "promise": {"nothing_forbids", "allowed_to_sell"},
    }


async def test_both_engines_say_the_same_of_every_combination(
    embedded: EmbeddedEngine, opa: OpaEngine, ask: Ask, small: Bundle
) -> None:
    facts = all_facts(ask, small)
    here, there = texts(await embedded.evaluate(facts)), texts(await opa.evaluate(facts))
    assert here == there
    assert {"undefined", "malformed_verdict"} < set(here)
    assert sum(text.startswith("{") for text in here) == len(facts) // 2


async def test_one_at_a_time_or_all_at_once_is_the_same(
    engine: OnePolicyEngine, ask: Ask, small: Bundle
) -> None:
    facts = all_facts(ask, small)[::7]
    together = texts(await engine.evaluate(facts))
    alone = [text for item in facts for text in texts(await engine.evaluate([item]))]
    assert together == alone


async def test_a_bad_item_in_the_middle_leaves_the_other_98_right(
    engine: OnePolicyEngine, ask: Ask
) -> None:
    facts = [ask(gpc=number % 3 == 0) for number in range(100)]
    facts[49], facts[50] = ask(data="unheard_of"), ask(data="conflicting")
    verdicts = list((await engine.evaluate(facts)).verdicts)
    bad = [verdicts.pop(50), verdicts.pop(49)]
    assert [item.code for item in bad if isinstance(item, Fault)] == [
        "malformed_verdict",
        "undefined",
    ]
    numbers = [number for number in range(100) if number not in {49, 50}]
    assert [("signal_on" in reasons(item)) for item in verdicts] == [n % 3 == 0 for n in numbers]


async def test_more_than_one_slice_keeps_the_order(engine: OnePolicyEngine, ask: Ask) -> None:
    facts = [ask(gpc=number % 7 == 0) for number in range(2 * slices.MAX_SLICE + 1)]
    verdicts = (await engine.evaluate(facts)).verdicts
    assert [("signal_on" in reasons(item)) for item in verdicts] == [item.gpc for item in facts]


async def test_nothing_asked_is_nothing_answered(engine: OnePolicyEngine) -> None:
    assert (await engine.evaluate([])).verdicts == ()


async def test_an_engine_is_ready_and_says_who_it_is(engine: OnePolicyEngine) -> None:
    assert await engine.ready() is None
    assert engine.info.name in {"embedded", "opa"}
    assert engine.info.version in {"1.22.2", "wasmtime 50.0.1"} or "wasmtime" in engine.info.version
    assert set(engine.vocabulary.jurisdictions) == {"AA", "BB", "unknown"}


@pytest.mark.parametrize(
    "result", [{"0": {}, "2": {}}, {"0": {}, "00": {}}, {"-1": {}}, [{}, {}], None, "ab", 7]
)
def test_answers_to_questions_not_asked_are_no_answers(ask: Ask, result: object) -> None:
    outcome = slices.said([ask(), ask()], result)
    assert isinstance(outcome, Fault)
    assert outcome.code == "malformed_verdict"
