"""Every worked case on both engines; and a case that is wrong about anything fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from mayuse.authoring import case_report, case_run
from mayuse.authoring.case_run import Result
from mayuse.authoring.cases import Case, Expected
from mayuse.catalog import Catalog
from mayuse.decide import Engine
from mayuse.engines.embedded import EmbeddedEngine
from mayuse.engines.opa import OpaEngine
from mayuse.verdict import Fault

ROWS = {f"A{row}" for row in range(1, 12)}


async def test_every_case_is_as_expected(
    every_case: tuple[Case, ...], engine: Engine, catalog: Catalog
) -> None:
    results = await case_run.run(every_case, engine, catalog)
    wrong = [result for result in results if result.differences]
    assert len(results) >= len(every_case) > 0
    assert not wrong, "\n" + case_report.sentences({engine.info.name: wrong}, catalog)


async def test_both_engines_give_the_same_bytes(
    every_case: tuple[Case, ...], embedded: EmbeddedEngine, opa: OpaEngine
) -> None:
    facts = [
        facts
        for case in every_case
        for expected in case.answers
        for facts in expected.question.facts(embedded.vocabulary)
    ]
    ours = await case_run.evaluate(facts, embedded)
    theirs = await case_run.evaluate(facts, opa)
    assert [_text(verdict) for verdict in ours] == [_text(verdict) for verdict in theirs]


def test_every_row_of_the_article_has_a_case(every_case: tuple[Case, ...]) -> None:
    named = {case.name.split()[0] for case in every_case if "article" in case.file}
    assert named >= ROWS


def test_every_case_permits_or_denies_on_some_day(every_case: tuple[Case, ...]) -> None:
    effects = [expected.effect for case in every_case for expected in case.answers]
    assert set(effects) == {"permit", "deny"}
    assert all(case.answers for case in every_case)


@pytest.fixture
async def right(every_case: tuple[Case, ...], embedded: EmbeddedEngine, catalog: Catalog) -> Result:
    """A case that is right, with reasons of both layers."""
    found = next(
        (case, expected)
        for case in every_case
        for expected in case.answers
        if expected.effect == "deny" and expected.decided_by == ("law", "terms")
    )
    [result] = await case_run.run([only(*found)], embedded, catalog)
    assert not result.differences
    return result


def only(case: Case, expected: Expected) -> Case:
    return replace(case, answers=(expected,))


def _spoilt(expected: Expected) -> Iterable[tuple[str, dict[str, Any]]]:
    rule = min(expected.reasons)
    reasons = dict(expected.reasons)
    yield "effect", {"effect": "permit"}
    yield "layer", {"decided_by": ("law",)}
    yield "another reason", {"reasons": {**reasons, rule: frozenset({"another_reason"})}}
    yield (
        "a reason too many",
        {"reasons": {**reasons, rule: frozenset({*reasons[rule], "another_reason"})}},
    )
    yield "a rule too many", {"reasons": {**reasons, "law/us/another": frozenset({"reason"})}}
    yield "a rule too few", {"reasons": {name: reasons[name] for name in reasons if name != rule}}
    yield "no provision", {"provisions": frozenset()}
    yield "a provision too many", {"provisions": expected.provisions | {"another-provision"}}
    yield "a law's outcome", {"laws": {"us-ftc-act": "not_yet_in_force"}}
    yield "a law elsewhere", {"laws": {"eu-gdpr": "deny"}}
    yield "an obligation", {"obligations": frozenset({"another_obligation"})}


async def test_the_right_answer_for_another_reason_fails(
    right: Result, embedded: EmbeddedEngine, catalog: Catalog
) -> None:
    for what, wrong in _spoilt(right.expected):
        case = only(right.case, replace(right.expected, **wrong))
        [result] = await case_run.run([case], embedded, catalog)
        assert result.differences, what
        assert result.ruling == right.ruling


async def test_engines_that_differ_are_told_apart(
    right: Result, embedded: EmbeddedEngine, catalog: Catalog
) -> None:
    case = only(right.case, replace(right.expected, effect="permit"))
    [wrong] = await case_run.run([case], embedded, catalog)
    told = case_report.sentences({"embedded": [right], "opa": [wrong]}, catalog).splitlines()
    assert told[0].endswith(": another answer")
    assert "     the answer is deny, expected permit (on opa only)" in told
    assert (
        told[-1]
        == "1 case: 1 of 1 answers as expected on embedded; 0 of 1 answers as expected on opa"
    )


async def test_a_failing_case_is_told_with_file_line_and_what_differs(
    right: Result, embedded: EmbeddedEngine, catalog: Catalog
) -> None:
    case = only(right.case, replace(right.expected, provisions=frozenset({"another-provision"})))
    [result] = await case_run.run([case], embedded, catalog)
    told = case_report.sentences({"embedded": [result]}, catalog)
    first, place, *rest = told.splitlines()
    assert first.startswith(f"FAIL {right.case.name}")
    assert first.endswith("the answer and its reasons are right, what goes with them differs")
    assert place.startswith(f"     {right.case.file}:{right.expected.line}: No: ")
    assert any("expected the provision another-provision" in line for line in rest)
    assert rest[-1] == "1 case: 0 of 1 answers as expected on embedded"
    assert "expected the provision another-provision" in case_report.junit({"embedded": [result]})
    assert "| no: embedded: expected the provision" in case_report.markdown(
        {"embedded": [result]}, catalog
    )


def _text(verdict: Any) -> str:
    return verdict.code if isinstance(verdict, Fault) else verdict.to_text()
