"""Stands where the active bundle cannot be used: nothing is decided then, least of all by it."""

from __future__ import annotations

from collections.abc import Sequence

from mayuse.answer import EngineInfo, Policy
from mayuse.decide import Evaluated
from mayuse.question import Facts
from mayuse.verdict import Fault
from mayuse.vocabulary import Vocabulary


class StaleEngine:
    """An engine without verdicts; see `decide.Engine`."""

    def __init__(self, policy: Policy, why: str, *, info: EngineInfo, words: Vocabulary) -> None:
        """`policy` should decide and cannot; questions are still read, in the `words` known here.

        `info` is of the engine that would evaluate it.
        """
        self.policy, self.info, self.vocabulary = policy, info, words
        self._fault = Fault("stale_policy", why)

    async def evaluate(self, facts: Sequence[Facts]) -> Evaluated:
        """The same fault for each."""
        return Evaluated(self.policy, (self._fault,) * len(facts))

    async def ready(self) -> Fault | None:
        """Why nothing can be decided."""
        return self._fault

    async def close(self) -> None:
        """Nothing is held."""
