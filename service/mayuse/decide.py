"""The service in one function. Start reading here.

`may` knows its collaborators only by the small protocols below; none of them calls back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import uuid_utils

from mayuse.answer import Decision, Draft, EngineInfo, Policy, Receipt, rule_on
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


class Log(Protocol):
    """Records decisions."""

    async def append(self, drafts: Sequence[Draft]) -> Sequence[Receipt]:
        """Make the drafts durable, all or none, then give their receipts in order.

        Raises `LogUnavailable` when they could not be recorded.
        """


async def may(
    question: Question, *, engine: Engine, log: Log, caller: str, now: datetime
) -> Decision:
    """Answer whether RECIPIENT may use this person's DATA for PURPOSE.

    An answer without a receipt is never returned: when the log raises `LogUnavailable`,
    so does this. `now` is the one reading of the clock, made at the edge.
    """
    [decision] = await may_each([question], engine=engine, log=log, caller=caller, now=now)
    return decision


async def may_each(
    questions: Sequence[Question], *, engine: Engine, log: Log, caller: str, now: datetime
) -> list[Decision]:
    """Answer several questions with one evaluation and one commit, in order.

    1. See each question as facts, one per data category.
    2. Ask the policy engine, which sees the facts and nothing else.
    3. Fold the verdicts into an effect per question.
    4. Record the decisions; only then are they told.
    """
    facts = [question.facts(engine.vocabulary) for question in questions]
    evaluated = await engine.evaluate([item for group in facts for item in group])
    verdicts = iter(evaluated.verdicts)
    drafts = [
        Draft(
            id=str(uuid_utils.uuid7()),
            at=now,
            caller=caller,
            question=question,
            ruling=rule_on(group, [next(verdicts) for _ in group]),
            policy=evaluated.policy,
            engine=engine.info,
        )
        for question, group in zip(questions, facts, strict=True)
    ]
    receipts = await log.append(drafts)
    return [Decision(draft, receipt) for draft, receipt in zip(drafts, receipts, strict=True)]
