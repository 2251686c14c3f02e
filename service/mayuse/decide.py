"""The service in one function. Start reading here.

`may` knows its collaborators only by the small protocols below; none of them calls back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import uuid_utils

from mayuse.answer import Decision, Draft, EngineInfo, Policy, Receipt, rule_on
from mayuse.choices import Event, known_by, settle
from mayuse.question import Facts, Question
from mayuse.verdict import Fault, Verdict
from mayuse.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an engine gave for a sequence of facts, and the policy it really used."""

    policy: Policy
    verdicts: tuple[Verdict | Fault, ...]
    """One per facts, in the same order."""


class Engine(Protocol):
    """Evaluates facts under the active policy bundle."""

    @property
    def info(self) -> EngineInfo:
        """The engine's name and version."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The ids of the active policy bundle."""

    async def evaluate(self, facts: Sequence[Facts]) -> Evaluated:
        """Verdicts in the order of `facts`. Anything but a well-formed verdict is a `Fault`."""


class Choices(Protocol):
    """Knows what persons have chosen."""

    async def of(self, persons: Collection[str]) -> Mapping[str, Sequence[Event]]:
        """All that is recorded of each of these persons, in one read; of whom nothing is, nothing.

        Raises `LogUnavailable` when it cannot be read.
        """


class Log(Protocol):
    """Records decisions."""

    async def append(self, drafts: Sequence[Draft]) -> Sequence[Receipt]:
        """Make the drafts durable, all or none, then give their receipts in order.

        Raises `LogUnavailable` when they could not be recorded.
        """


async def may(  # noqa: PLR0913 - its collaborators, given by name
    question: Question,
    *,
    engine: Engine,
    choices: Choices,
    log: Log,
    caller: str,
    now: datetime,
) -> Decision:
    """Answer whether RECIPIENT may use this person's DATA for PURPOSE.

    An answer without a receipt is never returned, nor one without the person's recorded choices:
    when the log or the choices raise `LogUnavailable`, so does this. `now` is the one reading of
    the clock, made at the edge once the question was read. A decision is never older than what it
    knew of: choices may be recorded while it is made, or by a clock that is ahead.
    """
    [decision] = await may_each(
        [question], engine=engine, choices=choices, log=log, caller=caller, now=now
    )
    return decision


async def may_each(  # noqa: PLR0913 - its collaborators, given by name
    questions: Sequence[Question],
    *,
    engine: Engine,
    choices: Choices,
    log: Log,
    caller: str,
    now: datetime,
) -> list[Decision]:
    """Answer several questions with one read, one evaluation and one commit, in order.

    1. Look up what the persons have chosen, where the questions name any.
    2. See each question as facts, one per data category.
    3. Ask the policy engine, which sees the facts and nothing else.
    4. Fold the verdicts into an effect per question.
    5. Record the decisions; only then are they told.
    """
    known = await recorded_of(questions, choices)
    events = [known.get(question.subject or "", ()) for question in questions]
    times = [known_by(*asked, now) for asked in zip(questions, events, strict=True)]
    questions = [settle(*asked, engine.vocabulary) for asked in zip(questions, events, strict=True)]
    facts = [question.facts(engine.vocabulary) for question in questions]
    evaluated = await engine.evaluate([item for group in facts for item in group])
    verdicts = iter(evaluated.verdicts)
    drafts = [
        Draft(
            id=str(uuid_utils.uuid7()),
            at=at,
            caller=caller,
            question=question,
            ruling=rule_on(group, [next(verdicts) for _ in group]),
            policy=evaluated.policy,
            engine=engine.info,
        )
        for question, group, at in zip(questions, facts, times, strict=True)
    ]
    receipts = await log.append(drafts)
    return [Decision(draft, receipt) for draft, receipt in zip(drafts, receipts, strict=True)]


async def recorded_of(
    questions: Sequence[Question], choices: Choices
) -> Mapping[str, Sequence[Event]]:
    """All that is recorded of the persons the questions name; nobody named, nothing read.

    Raises `LogUnavailable` when it cannot be read.
    """
    persons = {question.subject for question in questions if question.subject is not None}
    return await choices.of(persons) if persons else {}
