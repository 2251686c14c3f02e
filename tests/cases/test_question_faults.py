"""A question that lost a field is answered as if the field had its documented default, or refused.

What the default is stands in the OpenAPI document; here each is written out, put in the field's
place, and must give the same answer to the byte.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from mayuse.answer import rule_on
from mayuse.authoring import case_run
from mayuse.authoring.cases import Case
from mayuse.engines.embedded import EmbeddedEngine
from mayuse.errors import InvalidQuestion
from mayuse.intake import Intake
from mayuse.question import Facts, Question
from mayuse.vocabulary import UNKNOWN, Vocabulary

TODAY = date(2026, 2, 1)
REQUIRED = {("recipient",), ("purpose",), ("data",)}

Path = tuple[str, ...]
Document = dict[str, Any]


def defaults(vocabulary: Vocabulary) -> dict[Path, Any]:
    """What stands for a field that is absent. Age and id have no value that says `absent`."""
    return {
        ("controller",): "linkedin",
        ("on",): TODAY.isoformat(),
        ("data_subject",): {"jurisdiction": UNKNOWN},
        ("data_subject", "jurisdiction"): UNKNOWN,
        ("choices",): {name: choice.default for name, choice in vocabulary.choices.items()},
        ("signals",): {"gpc": False},
        ("signals", "gpc"): False,
        **{("choices", name): choice.default for name, choice in vocabulary.choices.items()},
    }


def fields_of(document: Mapping[str, Any]) -> Iterator[Path]:
    for name, value in document.items():
        yield (name,)
        if isinstance(value, dict):
            yield from ((name, member) for member in value)


def without(document: Document, path: Path) -> Document:
    changed = copy.deepcopy(document)
    holder = changed
    for name in path[:-1]:
        holder = holder[name]
    del holder[path[-1]]
    return changed


def putting(document: Document, path: Path, value: object) -> Document:
    changed = copy.deepcopy(document)
    holder = changed
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return changed


def pairs(case: Case, intake: Intake, tried: Counter[str]) -> Iterator[tuple[Question, Question]]:
    """Each question of a case that lost a field, with the one that says the default instead."""
    known = defaults(intake.vocabulary)
    for expected in case.answers:
        whole = {**case.document, "on": expected.question.on.isoformat()}
        for path in fields_of(whole):
            if path in REQUIRED:
                with pytest.raises(InvalidQuestion) as refused:
                    intake.read(without(whole, path), today=TODAY)
                assert [fault.pointer for fault in refused.value.errors] == [f"/{path[0]}"]
                tried["refused"] += 1
                continue
            lost = intake.read(without(whole, path), today=TODAY)
            if path in known:
                tried["default"] += 1
                yield lost, intake.read(putting(whole, path, known[path]), today=TODAY)
            else:
                assert path in {("data_subject", "age"), ("data_subject", "id")}
                tried["unknown"] += 1
                assert lost.age is None or path[-1] != "age"
                assert lost.subject is None or path[-1] != "id"


async def test_a_lost_field_is_its_default_or_a_refusal(
    every_case: tuple[Case, ...], embedded: EmbeddedEngine, figure: Callable[[str], None]
) -> None:
    intake, tried = Intake(embedded.vocabulary), Counter[str]()
    both = [pair for case in every_case for pair in pairs(case, intake, tried)]
    facts: dict[Facts, None] = {
        item: None for pair in both for q in pair for item in q.facts(embedded.vocabulary)
    }
    verdicts = dict(zip(facts, await case_run.evaluate(list(facts), embedded), strict=True))

    def answer(question: Question) -> tuple[str, list[str]]:
        seen = question.facts(embedded.vocabulary)
        ruling = rule_on(seen, [verdicts[item] for item in seen])
        return ruling.effect, [verdict.to_text() for verdict in ruling.verdicts]

    differing = [pair for pair in both if answer(pair[0]) != answer(pair[1])]
    figure(
        f"a field of the question removed: {sum(tried.values())} questions; {tried['refused']} "
        f"refused, {tried['default']} answered as with the default, {tried['unknown']} with the "
        f"age or the id not known; differing: {len(differing)}"
    )
    assert differing == []
    assert min(tried.values()) > 100


async def test_an_age_that_is_not_told_is_unknown_to_the_policy(embedded: EmbeddedEngine) -> None:
    document = {"recipient": "microsoft", "purpose": "ads_personalised", "data": "profile"}
    question = Intake(embedded.vocabulary).read(document, today=TODAY)

    assert [facts.age for facts in question.facts(embedded.vocabulary)] == [UNKNOWN]
