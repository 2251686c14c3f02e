"""Verdicts already given, remembered by policy digest and facts.

Sound because a verdict is a pure function of the two: no clock, no network, no identity. A fault
is never remembered, since the next try may succeed.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Protocol

from mayuse import metrics, spans
from mayuse.answer import EngineInfo, Policy
from mayuse.decide import Engine, Evaluated
from mayuse.question import Facts
from mayuse.verdict import Fault, Verdict
from mayuse.vocabulary import Vocabulary


class OnePolicyEngine(Engine, Protocol):
    """An engine that serves one policy bundle all its life."""

    @property
    def policy(self) -> Policy:
        """The only policy its verdicts come from."""

    async def ready(self) -> Fault | None:
        """None when questions can be answered, else why not."""

    async def close(self) -> None:
        """Release what the engine holds."""


class Memo:
    """An engine that asks another one only what it has not heard yet. For one event loop."""

    def __init__(self, engine: OnePolicyEngine, size: int) -> None:
        """Remember at most `size` verdicts, dropping the least recently asked for; 0 for none."""
        self.behind = engine
        self._size = size
        self._verdicts: OrderedDict[tuple[str, Facts], Verdict] = OrderedDict()

    @property
    def info(self) -> EngineInfo:
        """The name and version of the engine behind."""
        return self.behind.info

    @property
    def vocabulary(self) -> Vocabulary:
        """The ids of the active policy bundle."""
        return self.behind.vocabulary

    @property
    def policy(self) -> Policy:
        """The policy of the engine behind."""
        return self.behind.policy

    async def evaluate(self, facts: Sequence[Facts]) -> Evaluated:
        """Verdicts in the order of `facts`; facts asked twice are evaluated once."""
        policy = self.behind.policy
        given: dict[Facts, Verdict | Fault] = dict(self._recall(policy.digest, facts))
        unknown = [item for item in dict.fromkeys(facts) if item not in given]
        metrics.looked_up(found=len(given), missed=len(unknown))
        if unknown:
            evaluated = await self._ask(unknown)
            policy = evaluated.policy
            for item, verdict in zip(unknown, evaluated.verdicts, strict=True):
                given[item] = verdict
                if isinstance(verdict, Verdict):
                    self._remember(policy.digest, item, verdict)
        return Evaluated(policy, tuple(given[item] for item in facts))

    async def ready(self) -> Fault | None:
        """None when the engine behind can answer, else why not."""
        return await self.behind.ready()

    async def close(self) -> None:
        """Forget all and close the engine behind."""
        self._verdicts.clear()
        await self.behind.close()

    async def _ask(self, facts: Sequence[Facts]) -> Evaluated:
        started = time.perf_counter()
        with spans.span("evaluate"):
            evaluated = await self.behind.evaluate(facts)
        seconds = time.perf_counter() - started
        faults = [said.code for said in evaluated.verdicts if isinstance(said, Fault)]
        metrics.evaluated(self.behind.info.name, len(facts), seconds, faults)
        return evaluated

    def _recall(self, digest: str, facts: Iterable[Facts]) -> Iterable[tuple[Facts, Verdict]]:
        for item in facts:
            key = (digest, item)
            if (verdict := self._verdicts.get(key)) is not None:
                self._verdicts.move_to_end(key)
                yield item, verdict

    def _remember(self, digest: str, item: Facts, verdict: Verdict) -> None:
        self._verdicts[digest, item] = verdict
        if len(self._verdicts) > self._size:
            self._verdicts.popitem(last=False)
