"""Ask again with the same Idempotency-Key, and hear the first answer: no question is decided twice.

The answer itself is not stored. It follows from what is: from the facts, under the bundle that
decided then, with its words. So a retry after a lost answer is safe, also when the service
died between the commit and the reply. A decision without a verdict binds no key: its caller was
told to ask again.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from mayuse.answer import Decision, Draft, EngineInfo, Policy, Receipt, rule_on
from mayuse.choices import settled_as
from mayuse.decision_log.entry import RepeatTaken, to_micros
from mayuse.decision_log.keys import LogKeys
from mayuse.decision_log.published import NotSealed, PublishedLog
from mayuse.decision_log.writer import DecisionLog
from mayuse.errors import OPERATOR_SECONDS, Erased, KeyReused, LogUnavailable
from mayuse.question import Question
from mayuse.replay import Replayer
from mayuse.store import repeats
from mayuse.store.decisions import Decisions, StoredDecision
from mayuse.store.rows import Repeat
from mayuse.verdict import Fault

LIFE = timedelta(hours=24)
"""How long a key stands for its decision."""

Decide = Callable[["Keyed"], Awaitable[Decision]]
"""Asks the question and records the answer in the log it is given."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """The decision log, as seen by one request with a key; satisfies `decide.Log`."""

    log: DecisionLog
    repeat: Repeat

    async def append(self, drafts: Sequence[Draft]) -> Sequence[Receipt]:
        """Record under the key; drafts without a verdict are recorded without it."""
        if any(draft.ruling.effect == "indeterminate" for draft in drafts):
            return await self.log.append(drafts)
        return await self.log.append(drafts, repeat=self.standing_for(*drafts))

    def standing_for(self, draft: Draft) -> Repeat:
        """The key, tied to its decision: a row that is led to another one is found out."""
        tie = _tie(self.log.keys, self.repeat, draft.id)
        return replace(self.repeat, request=self.repeat.request + tie)


def _tie(keys: LogKeys, repeat: Repeat, decision_id: str) -> bytes:
    return keys.request_digest(repeat.key, repeat.request, decision_id.encode())


class Repeats:
    """What callers asked before. For one event loop."""

    def __init__(
        self,
        log: DecisionLog,
        reader: AsyncEngine,
        decisions: Decisions,
        replayer: Replayer,
        published: PublishedLog,
    ) -> None:
        self._log = log
        self._reader = reader
        self._decisions = decisions
        self._replayer = replayer
        self._published = published
        self._turns: defaultdict[tuple[str, bytes], _Turn] = defaultdict(_Turn)

    async def once(
        self, question: Question, decide: Decide, *, caller: str, key: str, asked: bytes
    ) -> Decision:
        """The decision this key was first sent for, or `decide`'s if this is the first time.

        `asked` is what the request said, in its one form. Two requests at once wait for each other;
        where they reach different processes, one of them decides and the other hears of it.
        Raises `KeyReused` when the key was sent with something else, `Erased` when the first
        answer can no longer be made, `LogUnavailable` when it is not the one the key was sent for,
        and what `decide` raises.
        """
        now = datetime.now(UTC)
        keys = self._log.keys
        repeat = Repeat(
            caller=caller,
            key=keys.request_digest(caller.encode(), key.encode()),
            request=keys.request_digest(asked),
            expires=to_micros(now + LIFE),
        )
        async with self._turn(caller, repeat.key):
            earlier = await self._earlier(question, repeat, now)
            if earlier is not None:
                return earlier
            try:
                return await decide(Keyed(self._log, repeat))
            except RepeatTaken:
                taken = await self._earlier(question, repeat, now)
                if taken is None:
                    raise LogUnavailable("log_unavailable", "another request has the key") from None
                return taken

    async def _earlier(self, question: Question, repeat: Repeat, now: datetime) -> Decision | None:
        found = await repeats.find(self._reader, repeat.caller, repeat.key, to_micros(now))
        if found is None:
            return None
        if not found.request.startswith(repeat.request):
            raise KeyReused("this Idempotency-Key was sent with another question")
        tie = _tie(self._log.keys, repeat, found.decision_id)
        if not hmac.compare_digest(found.request, repeat.request + tie):
            raise LogUnavailable(
                "log_unavailable", "what this key stands for was changed", OPERATOR_SECONDS
            )
        return await self._again(question, await self._decisions.get(found.decision_id))

    async def _again(self, question: Question, stored: StoredDecision) -> Decision:
        """The first answer, made again from its facts and its bundle."""
        entry, detail = stored.entry, stored.detail
        if detail is None:
            raise Erased("what this key was first sent for has been erased")
        facts = [finding.facts for finding in detail.findings]
        verdicts = await self._replayer.verdicts(entry.policy, facts)
        told = [
            verdict if finding.fault is None else Fault(finding.fault, "there was no verdict")
            for finding, verdict in zip(detail.findings, verdicts, strict=True)
        ]
        name, _, version = entry.engine.partition("/")
        draft = Draft(
            id=entry.id,
            at=entry.at,
            caller=entry.caller,
            question=replace(
                settled_as(question, facts[0], detail.sources),
                on=date.fromisoformat(facts[0].on),
            ),
            ruling=rule_on(facts, told),
            policy=Policy(entry.policy, await self._replayer.version(entry.policy)),
            engine=EngineInfo(name, version),
        )
        if draft.ruling.effect != entry.effect:
            raise LogUnavailable("log_unavailable", "the first answer cannot be made again")
        return Decision(draft, await self._receipt(stored))

    async def _receipt(self, stored: StoredDecision) -> Receipt:
        """The receipt with a proof of now: the first one holds as well."""
        try:
            proven = await self._published.of_decision(stored.entry.id)
        except NotSealed as waits:
            recorded = waits.recorded
            return await self._log.receipt_again(
                stored.entry.id, recorded.leaf_hash, recorded.row_mac
            )
        return Receipt(stored.leaf_hash, proven.proof.index, proven.proof.to_text())

    @asynccontextmanager
    async def _turn(self, caller: str, key: bytes) -> AsyncIterator[None]:
        turn = self._turns[caller, key]
        turn.waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= 1
            if not turn.waiting:
                del self._turns[caller, key]


class _Turn:
    """Requests with one key, one after another."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0
