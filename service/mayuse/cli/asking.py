"""How the command line gets its answers: logged like any other, or unsealed from files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from mayuse import batch, bootstrap, journal, settings
from mayuse.answer import rule_on
from mayuse.authoring import source
from mayuse.batch import Answers, Line
from mayuse.catalog import Catalog
from mayuse.cli.ask_file import Answering
from mayuse.intake import Intake
from mayuse.question import Question
from mayuse.service import Service

CALLER = "cli"
"""Who asked, in the decision log. The user's name stays out: a leaf holds no identity."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, for programs and for people."""

    question: Question
    body: dict[str, Any]
    """What the API returns for the same decision."""

    sentence: str


class Asker(Protocol):
    """Answers checked questions."""

    intake: Intake
    catalog: Catalog

    async def each(self, questions: Sequence[Question], now: datetime) -> list[Answered]:
        """Answer several questions at once, in order. Raises `LogUnavailable`."""


@asynccontextmanager
async def asker(policies: Path | None) -> AsyncIterator[Asker]:
    """An asker on the configured service, or on the policies of a folder if one is given."""
    journal.configure("error")  # what a user must know is said in a sentence
    if policies is None:
        async with bootstrap.open_service(settings.load()) as service:
            yield _Logged(service)
    else:
        async with source.open_source(policies) as opened:
            yield _Unsealed(opened)


@asynccontextmanager
async def answering(policies: Path | None) -> AsyncIterator[Answering]:
    """Answers lines of a file, by the same asker."""
    async with asker(policies) as opened:

        async def each(questions: Sequence[Question], now: datetime) -> list[batch.Body]:
            return [answered.body for answered in await opened.each(questions, now)]

        async def answer(lines: Sequence[Line]) -> Answers:
            return await batch.answer(lines, opened.intake, each, datetime.now(UTC))

        yield answer


class _Logged:
    """Asks the service: one evaluation and one commit, then the answers."""

    def __init__(self, service: Service) -> None:
        self.intake = service.intake
        self.catalog = service.catalog
        self._service = service

    async def each(self, questions: Sequence[Question], now: datetime) -> list[Answered]:
        decisions = await self._service.may_each(questions, caller=CALLER, now=now)
        return [
            Answered(
                decision.draft.question,
                self.catalog.answer(decision),
                self.catalog.in_words(decision),
            )
            for decision in decisions
        ]


class _Unsealed:
    """Asks an author's working copy. Nothing is logged, so nothing of it is a decision."""

    def __init__(self, opened: source.Source) -> None:
        self.catalog = opened.catalog
        self._engine = opened.engine
        self.intake = Intake(self._engine.vocabulary)

    async def each(self, questions: Sequence[Question], now: datetime) -> list[Answered]:
        del now  # nothing is recorded, so nothing needs a time
        groups = [question.facts(self._engine.vocabulary) for question in questions]
        evaluated = await self._engine.evaluate([facts for group in groups for facts in group])
        verdicts = iter(evaluated.verdicts)
        rulings = [rule_on(group, [next(verdicts) for _ in group]) for group in groups]
        return [
            Answered(
                question,
                {"unsealed": True, **self.catalog.explained(question, ruling)},
                self.catalog.in_words(ruling),
            )
            for question, ruling in zip(questions, rulings, strict=True)
        ]
