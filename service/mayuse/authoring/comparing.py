"""A candidate beside the active bundle: which answers turn, which ids go, which version is later.

The active bundle's own cases are asked of both. What turns is no fault: law changes, and so do
answers. Whoever activates a candidate is to see it before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date

from mayuse.answer import Ruling, rule_on
from mayuse.authoring import cases
from mayuse.authoring.case_run import evaluate
from mayuse.authoring.cases import Case
from mayuse.authoring.examination import Answered, Change, Comparison
from mayuse.bundle import Bundle
from mayuse.catalog import Catalog
from mayuse.decide import Engine
from mayuse.errors import InvalidQuestion
from mayuse.intake import Intake
from mayuse.question import Question
from mayuse.vocabulary import Vocabulary

SHOWN = 200
"""So many changed answers are told one by one."""

NOT_ASKED = "not_asked"
_NUMBERED = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,9}")

Asked = tuple[Case, Question]


async def compare(candidate: Bundle, active: Bundle, before: Engine, after: Engine) -> Comparison:
    """Ask the active bundle's cases of both engines, `before` the active one.

    Raises `AuthoringError` when the active bundle's own cases cannot be read.
    """
    asked = [
        (case, answer.question)
        for case in cases.read(active.cases, before.vocabulary)
        for answer in case.answers
    ]
    old = await _answers([question for _, question in asked], before)
    new = await _again(asked, after)
    catalog = Catalog(active)
    changes = [
        Change(case.name, question.on.isoformat(), catalog.in_words(question), was, now)
        for (case, question), was, now in zip(asked, old, new, strict=True)
        if was != now
    ]
    return Comparison(
        asked=len(asked),
        changed=len(changes),
        changes=tuple(changes[:SHOWN]),
        dropped=dropped(before.vocabulary, after.vocabulary),
        newer=is_later(candidate.version, active.version),
    )


def dropped(before: Vocabulary, after: Vocabulary) -> dict[str, tuple[str, ...]]:
    """Topic -> ids, values of choices among them, that questions may use now and then no more."""
    gone = {
        topic.name: tuple(
            sorted(set(getattr(before, topic.name)) - set(getattr(after, topic.name)))
        )
        for topic in fields(Vocabulary)
    }
    gone["values"] = tuple(_values_gone(before, after))
    return {topic: ids for topic, ids in gone.items() if ids}


def is_later(version: str, than: str) -> bool:
    """Whether a version such as `2026.11.1` comes after another; others cannot be compared."""
    if not _NUMBERED.fullmatch(version) or not _NUMBERED.fullmatch(than):
        return False
    return _parts(version) > _parts(than)


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _values_gone(before: Vocabulary, after: Vocabulary) -> Iterator[str]:
    for name in sorted(set(before.choices) & set(after.choices)):
        gone = set(before.choices[name].values) - set(after.choices[name].values)
        yield from (f"{name}: {value}" for value in sorted(gone))


async def _again(asked: Sequence[Asked], engine: Engine) -> list[Answered]:
    """The same questions under another vocabulary, which may lack ids they use."""
    intake = Intake(engine.vocabulary)
    found: dict[int, Answered] = {}
    readable: dict[int, Question] = {}
    for index, (case, question) in enumerate(asked):
        document = {**case.document, "on": question.on.isoformat()}
        try:
            readable[index] = intake.read(document, today=date.min)
        except InvalidQuestion as error:
            faults = tuple(f"{fault.pointer}: {fault.detail}" for fault in error.errors)
            found[index] = Answered(NOT_ASKED, faults)
    answers = await _answers(list(readable.values()), engine)
    found.update(zip(readable, answers, strict=True))
    return [found[index] for index in range(len(asked))]


async def _answers(questions: Sequence[Question], engine: Engine) -> list[Answered]:
    facts = [question.facts(engine.vocabulary) for question in questions]
    verdicts = iter(await evaluate([item for group in facts for item in group], engine))
    rulings = (rule_on(group, [next(verdicts) for _ in group]) for group in facts)
    return [Answered(ruling.effect, _reasons(ruling)) for ruling in rulings]


def _reasons(ruling: Ruling) -> tuple[str, ...]:
    return tuple(sorted({f"{said.rule}: {said.reason}" for said in ruling.forcing}))
