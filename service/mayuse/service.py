"""A running service: what every door needs to read the log, and to answer questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncEngine

from mayuse.answer import Decision
from mayuse.bundle import Bundle
from mayuse.catalog import Catalog
from mayuse.choices_intake import ChoicesIntake
from mayuse.decide import Log, may, may_each
from mayuse.decision_log.opening import OpenLog
from mayuse.decision_log.published import PublishedLog
from mayuse.engines.memo import Memo
from mayuse.erasure import Erasures
from mayuse.errors import OPERATOR_SECONDS, LogUnavailable
from mayuse.intake import Intake
from mayuse.kept import Kept
from mayuse.ledger import Ledger
from mayuse.question import Question
from mayuse.repeats import Repeats
from mayuse.replay import Replayer
from mayuse.retelling import Teller
from mayuse.retention import Retention
from mayuse.searches import Searches
from mayuse.settings import Settings
from mayuse.store.counts import Counts
from mayuse.store.decisions import Decisions
from mayuse.store.evidence import EvidenceReader
from mayuse.store.happenings import Happenings
from mayuse.store.policy_activations import Activation, Activations
from mayuse.store.policy_candidates import Candidates
from mayuse.store.standing import Standing, read_standing


@dataclass(frozen=True, slots=True)
class Part:
    """Whether a part can do its work at this moment."""

    part: Literal["policy", "log", "access"]
    ready: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Records:
    """What was decided, and the log it is in: all that needs no policy engine."""

    settings: Settings
    bundle: Bundle
    """The active one."""

    activations: Activations
    """Which bundle decides, and which did."""

    candidates: Candidates
    """The bundles that wait to."""

    log: OpenLog
    reader: AsyncEngine
    choices: Ledger
    """What persons have chosen."""

    catalog: Catalog
    kept: Kept
    decisions: Decisions
    """What was decided, to read."""

    counts: Counts
    evidence: EvidenceReader
    """The same, with all that is needed to make it again."""

    replayer: Replayer
    published: PublishedLog
    """The log as everybody may see it: checkpoint and proofs."""

    repeats: Repeats
    """What callers asked before, by their Idempotency-Keys."""

    teller: Teller
    """Recorded decisions, in words."""

    searches: Searches
    erasures: Erasures
    retention: Retention
    happenings: Happenings
    """What happened to the log itself."""


@dataclass(frozen=True, slots=True)
class Service(Records):
    """What every door needs to answer questions, all under one policy bundle."""

    engine: Memo
    intake: Intake
    choices_intake: ChoicesIntake
    activation: Activation
    """By which the bundle became the active one."""

    async def may(
        self, question: Question, *, caller: str, now: datetime, log: Log | None = None
    ) -> Decision:
        """`decide.may` with what is here, recorded in this log or in another way to it."""
        engine, choices, log = self.engine, self.choices, log or self.log
        return await may(question, engine=engine, choices=choices, log=log, caller=caller, now=now)

    async def may_each(
        self, questions: Sequence[Question], *, caller: str, now: datetime
    ) -> list[Decision]:
        """`decide.may_each` with what is here."""
        engine, choices, log = self.engine, self.choices, self.log
        return await may_each(
            questions, engine=engine, choices=choices, log=log, caller=caller, now=now
        )

    async def words_of(self, decision: Decision) -> Catalog:
        """The words of the bundle that made a decision, which may be one made again.

        Raises `LogUnavailable` where that bundle cannot be read any more.
        """
        draft = decision.draft
        if draft.ruling.effect == "indeterminate" or draft.policy.digest == self.bundle.digest:
            return self.catalog
        if (words := await self.teller.catalog(draft.policy.digest)) is None:
            told = "the policy bundle of the first answer cannot be read"
            raise LogUnavailable("log_unavailable", told, OPERATOR_SECONDS)
        return words

    async def standing(self) -> Standing:
        """Where the log stands, and the bundle in it. Raises `LogUnavailable`."""
        return await read_standing(self.reader, self.bundle.digest)

    async def parts(self) -> list[Part]:
        """Ask each part whether it is ready; a part that is not says why."""
        fault = await self.engine.ready()
        policy = Part("policy", fault is None, fault.detail if fault else self.bundle.version)
        return [policy, await self._log_part()]

    async def _log_part(self) -> Part:
        try:
            await self.decisions.ping()
        except LogUnavailable as error:
            return Part("log", ready=False, detail=error.detail)
        if trouble := await self.log.ready():
            return Part("log", ready=False, detail=trouble.detail)
        return Part("log", ready=True, detail=f"{self.log.waiting} decisions wait to be recorded")
