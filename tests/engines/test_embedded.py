from __future__ import annotations

import asyncio
import dataclasses
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from mayuse import bundle, opa_wasm
from mayuse.bundle import Bundle
from mayuse.engines.embedded import INLINE, EmbeddedEngine
from mayuse.errors import BundleError
from mayuse.question import Facts
from mayuse.verdict import Fault, Verdict

Ask = Callable[..., Facts]


@pytest.fixture
async def hasty(small: Bundle) -> AsyncIterator[EmbeddedEngine]:
    engine = EmbeddedEngine(small, timeout=0.3)
    yield engine
    await engine.close()


@pytest.fixture
async def frugal(small: Bundle) -> AsyncIterator[EmbeddedEngine]:
    engine = EmbeddedEngine(small, timeout=60, memory=16 * 2**20)
    yield engine
    await engine.close()


def codes(verdicts: tuple[Verdict | Fault, ...]) -> list[str]:
    return [item.code if isinstance(item, Fault) else "verdict" for item in verdicts]


async def test_a_policy_that_runs_on_is_stopped_at_its_deadline(
    hasty: EmbeddedEngine, ask: Ask
) -> None:
    started = time.monotonic()
    evaluated = await hasty.evaluate([ask(data="slow")])
    assert codes(evaluated.verdicts) == ["policy_timeout"]
    assert 0.3 <= time.monotonic() - started < 3
    assert codes((await hasty.evaluate([ask()])).verdicts) == ["verdict"]


async def test_a_deadline_spoils_its_slice_and_is_not_tried_again(
    hasty: EmbeddedEngine, ask: Ask
) -> None:
    started = time.monotonic()
    evaluated = await hasty.evaluate([ask()] * 20 + [ask(data="slow")])
    assert set(codes(evaluated.verdicts)) == {"policy_timeout"}
    assert time.monotonic() - started < 3


async def test_a_deadline_passes_while_the_event_loop_goes_on(
    hasty: EmbeddedEngine, ask: Ask
) -> None:
    turns = 0
    evaluation = asyncio.ensure_future(hasty.evaluate([ask(data="slow")] * (INLINE + 1)))
    while not evaluation.done():
        turns += 1
        await asyncio.sleep(0.01)
    assert turns > 5
    assert set(codes(evaluation.result().verdicts)) == {"policy_timeout"}


async def test_a_policy_that_eats_its_memory_harms_its_own_question_only(
    frugal: EmbeddedEngine, ask: Ask
) -> None:
    facts = [ask(), ask(), ask(data="large"), ask(), ask()] * 2
    verdicts = (await frugal.evaluate(facts)).verdicts
    wanted = ["verdict", "verdict", "policy_unavailable", "verdict", "verdict"] * 2
    assert codes(verdicts) == wanted
    assert "opa_malloc" in str(verdicts[2])


async def test_an_input_larger_than_the_memory_is_halved(frugal: EmbeddedEngine, ask: Ask) -> None:
    long = [ask(data="x" * 100_000) for _ in range(300)]
    assert set(codes((await frugal.evaluate([*long, ask()])).verdicts)) == {"undefined", "verdict"}


async def test_many_at_once_each_get_their_own_answer(embedded: EmbeddedEngine, ask: Ask) -> None:
    asked = [
        [ask(gpc=(round_ + number) % 3 == 0) for number in range(1 + round_ % 12)]
        for round_ in range(60)
    ]
    answers = await asyncio.gather(*map(embedded.evaluate, asked))
    for facts, answer in zip(asked, answers, strict=True):
        denied = [bool(item.denies) for item in answer.verdicts if isinstance(item, Verdict)]
        assert denied == [item.gpc for item in facts]


async def test_aborts_in_several_threads_do_not_mix(small: Bundle, ask: Ask) -> None:
    engine = EmbeddedEngine(small, timeout=0.3)
    conflicts = [ask(data="conflicting")] * (INLINE + 1)
    slow = [ask(data="slow")] * (INLINE + 1)
    answers = await asyncio.gather(*map(engine.evaluate, [conflicts, slow] * 4))
    await engine.close()
    assert [set(codes(answer.verdicts)) for answer in answers] == [
        {"malformed_verdict"},
        {"policy_timeout"},
    ] * 4


async def test_the_same_after_a_thousand_questions_and_many_aborts(
    embedded: EmbeddedEngine, ask: Ask
) -> None:
    first = (await embedded.evaluate([ask(gpc=True)])).verdicts
    for number in range(1000):
        data = "conflicting" if number % 50 == 0 else "profile"
        await embedded.evaluate([ask(data=data, gpc=number % 2 == 0)])
    assert (await embedded.evaluate([ask(gpc=True)])).verdicts == first


def test_a_policy_is_compiled_once_per_process(small: Bundle) -> None:
    assert opa_wasm.compiled(small.wasm) is opa_wasm.compiled(bytes(bytearray(small.wasm)))


def test_a_policy_that_cannot_run_here_is_refused(small: Bundle) -> None:
    with pytest.raises(BundleError, match="no WebAssembly module"):
        EmbeddedEngine(dataclasses.replace(small, wasm=b"\x00asm"))
    stranger = b"\x00asm\x01\x00\x00\x00"
    with pytest.raises(BundleError, match="does not load"):
        EmbeddedEngine(dataclasses.replace(small, wasm=stranger))


def test_data_that_do_not_fit_are_refused(small: Bundle) -> None:
    data = {**small.data, "more": ["x" * 1000] * 20_000}
    with pytest.raises(BundleError, match="does not load"):
        EmbeddedEngine(dataclasses.replace(small, data=data), memory=8 * 2**20)


async def test_verdicts_naming_what_the_bundle_has_no_words_for_are_faults(
    policies: Path, ask: Ask
) -> None:
    rule = policies / "mayuse/law/world/signal/signal.rego"
    source = rule.read_text()
    for word, instead in (
        ('"reason": "signal_off"', '"reason": "unsaid"'),
        ('"act": "act-a"', '"act": "act-z"'),
        ('["act-a-2", "act-a-1"]', '["act-z-1"]'),
        ('["act-a-2", "act-a-1"]', "[]"),
    ):
        rule.write_text(source.replace(word, instead))
        engine = EmbeddedEngine(bundle.build(policies, policies.parent / "b.tar.gz", "1"))
        verdicts = (await engine.evaluate([ask()])).verdicts
        assert codes(verdicts) == ["malformed_verdict"], instead
        await engine.close()


async def test_a_rule_that_speaks_without_a_word_is_a_fault(policies: Path, ask: Ask) -> None:
    rule = policies / "mayuse/law/world/signal/signal.rego"
    rule.write_text(rule.read_text().replace("if not signal_off", "if not input.signals.none"))
    rule.write_text(rule.read_text().replace("} if signal_off", "} if input.signals.none"))
    rule.write_text(rule.read_text().replace("if not input.signals.none", "if input.signals.none"))
    engine = EmbeddedEngine(bundle.build(policies, policies.parent / "b.tar.gz", "1"))
    assert codes((await engine.evaluate([ask()])).verdicts) == ["rule_silent"]
    await engine.close()


FORK = """
import os, sys
from mayuse import bundle, opa_wasm
import orjson
small = bundle.read(open(sys.argv[1], "rb").read())
def stops() -> bool:
    program = opa_wasm.compiled(small.wasm)
    policy = opa_wasm.Instance(program, orjson.dumps(small.data), memory_limit=2**28)
    try:
        policy.evaluate("mayuse/main/decision", b'{"data": "slow"}', seconds=0.3)
    except opa_wasm.PolicyTimedOut:
        return True
    return False
assert stops()
child = os.fork()
if not child:
    os._exit(0 if stops() else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_deadlines_pass_in_a_forked_process_too(small: Bundle, tmp_path: Path, root: Path) -> None:
    file = tmp_path / "small.tar.gz"
    file.write_bytes(small.raw)
    done = subprocess.run(
        [sys.executable, "-c", FORK, file],
        env={"PYTHONPATH": str(root / "service"), "HOME": str(tmp_path)},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
