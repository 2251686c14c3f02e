from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from mayuse.answer import EngineInfo, Policy
from mayuse.bundle import Bundle
from mayuse.decide import Evaluated
from mayuse.engines.embedded import EmbeddedEngine
from mayuse.engines.memo import Memo
from mayuse.question import Facts
from mayuse.verdict import Fault, Verdict
from mayuse.vocabulary import Vocabulary

Ask = Callable[..., Facts]


class Counting:
    """An engine that counts what it is asked; data `broken` gives a fault."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.info = EngineInfo("embedded", "0")
        self.vocabulary = vocabulary
        self.policy = Policy("sha256:1", "1")
        self.asked: list[Facts] = []
        self.closed = False

    async def evaluate(self, facts: Sequence[Facts]) -> Evaluated:
        self.asked += facts
        return Evaluated(self.policy, tuple(map(self._verdict, facts)))

    def _verdict(self, item: Facts) -> Verdict | Fault:
        if item.data == "broken":
            return Fault("policy_unavailable", "")
        return Verdict((), (), (), (), speaking=(self.policy.digest, item.data))

    async def ready(self) -> Fault | None:
        return Fault("policy_unavailable", "said by the engine behind")

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def behind(small: Bundle) -> Counting:
    return Counting(Vocabulary.from_facts(small.facts))


async def said(memo: Memo, *facts: Facts) -> list[tuple[str, ...] | str]:
    verdicts = (await memo.evaluate(facts)).verdicts
    return [item.code if isinstance(item, Fault) else item.speaking for item in verdicts]


async def test_the_engine_is_asked_once(behind: Counting, ask: Ask) -> None:
    memo = Memo(behind, 10)
    a, b = ask(data="a"), ask(data="b")
    first = await said(memo, a, b, a, a)
    assert first == [("sha256:1", "a"), ("sha256:1", "b"), ("sha256:1", "a"), ("sha256:1", "a")]
    assert await said(memo, b, a) == [("sha256:1", "b"), ("sha256:1", "a")]
    assert behind.asked == [a, b]


async def test_each_field_of_the_facts_counts(behind: Counting, ask: Ask) -> None:
    memo = Memo(behind, 100)
    facts = [
        ask(),
        ask(gpc=True),
        ask(age="17"),
        ask(on="2025-11-21"),
        ask(jurisdiction="BB"),
        ask(controller="acme"),
        ask(purpose="serve"),
        ask(recipient="other"),
        ask(data="posts"),
        ask(choices=(("selling", "on"),)),
    ]
    await said(memo, *facts)
    await said(memo, *facts)
    assert behind.asked == facts


async def test_a_fault_is_never_remembered(behind: Counting, ask: Ask) -> None:
    memo = Memo(behind, 10)
    for _ in range(3):
        assert await said(memo, ask(data="broken"), ask(data="a")) == [
            "policy_unavailable",
            ("sha256:1", "a"),
        ]
    assert [item.data for item in behind.asked] == ["broken", "a", "broken", "broken"]


async def test_the_least_recently_asked_is_forgotten(behind: Counting, ask: Ask) -> None:
    memo = Memo(behind, 2)
    for data in ("a", "b", "a", "c", "a", "b"):
        await said(memo, ask(data=data))
    assert [item.data for item in behind.asked] == ["a", "b", "c", "b"]


async def test_more_than_it_can_hold_is_still_answered(behind: Counting, ask: Ask) -> None:
    memo = Memo(behind, 2)
    facts = [ask(data=str(number)) for number in range(5)]
    assert await said(memo, *facts, *facts) == [("sha256:1", str(n % 5)) for n in range(10)]


async def test_size_0_remembers_nothing(behind: Counting, ask: Ask) -> None:
    memo = Memo(behind, 0)
    await said(memo, ask())
    await said(memo, ask())
    assert len(behind.asked) == 2


async def test_another_policy_is_asked_anew(behind: Counting, ask: Ask) -> None:
    memo = Memo(behind, 10)
    await said(memo, ask(data="a"))
    behind.policy = Policy("sha256:2", "2")
    evaluated = await memo.evaluate([ask(data="a")])
    assert evaluated.policy.digest == "sha256:2"
    assert await said(memo, ask(data="a")) == [("sha256:2", "a")]
    assert len(behind.asked) == 2


async def test_it_passes_on_what_it_does_not_do(behind: Counting) -> None:
    memo = Memo(behind, 10)
    assert (memo.info, memo.policy, memo.vocabulary) == (
        behind.info,
        behind.policy,
        behind.vocabulary,
    )
    assert await memo.ready() == Fault("policy_unavailable", "said by the engine behind")
    await memo.close()
    assert behind.closed


async def test_remembered_is_what_the_real_engine_says(embedded: EmbeddedEngine, ask: Ask) -> None:
    memo = Memo(embedded, 100)
    facts = [ask(gpc=True), ask(data="conflicting"), ask(), ask(data="unheard_of")]
    for _ in range(2):
        assert await memo.evaluate(facts) == await embedded.evaluate(facts)
