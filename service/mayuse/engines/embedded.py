"""The default engine: the bundle's own WebAssembly, evaluated in this process.

Real OPA semantics without an OPA server: sandboxed, with bounded memory and a deadline.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import orjson

from mayuse import opa_wasm
from mayuse.answer import EngineInfo, Policy
from mayuse.bundle import Bundle
from mayuse.decide import Evaluated
from mayuse.engines import slices
from mayuse.engines.verdicts import Reader
from mayuse.errors import BundleError
from mayuse.opa_wasm import Instance, PolicyFailed, PolicyTimedOut
from mayuse.question import Facts
from mayuse.verdict import Fault, Verdict
from mayuse.vocabulary import Vocabulary

INLINE = 4
"""Up to so many facts are evaluated on the event loop: a thread costs more than they do."""

MEMORY = 256 * 2**20


class EmbeddedEngine:
    """Evaluates facts under one bundle; see `decide.Engine`."""

    def __init__(self, bundle: Bundle, *, timeout: float = 1.0, memory: int = MEMORY) -> None:
        """Compile the policy, once per process, and load its data.

        `timeout` (seconds) bounds the evaluation of one question, and with
        `slices.SECONDS_PER_ITEM` for each further one that of a slice; `memory` (bytes) what it
        may use. Raises `BundleError` for a policy this host cannot run.
        """
        self.vocabulary = Vocabulary.from_facts(bundle.facts)
        self.policy = Policy(bundle.digest, bundle.version)
        self.info = EngineInfo("embedded", f"wasmtime {version('wasmtime')}")
        self._data = orjson.dumps(bundle.data)
        self._reader = Reader(bundle)
        self._timeout, self._memory = timeout, memory
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, "policy")
        self._idle: list[Instance] = []
        try:
            self._program = opa_wasm.compiled(bundle.wasm)
            first = self._instance()
        except PolicyFailed as error:
            raise BundleError(str(error)) from error
        if first.builtins:
            lacking = ", ".join(sorted(first.builtins))
            raise BundleError(f"the embedded engine lacks these builtins: {lacking}")
        if missing := {slices.DECISION, slices.BATCH} - first.entrypoints.keys():
            raise BundleError(f"the bundle's WebAssembly has no {missing.pop()}")
        self._idle.append(first)

    async def evaluate(self, facts: Sequence[Facts]) -> Evaluated:
        """Verdicts in the order of `facts`; see `decide.Engine`."""
        if len(facts) <= INLINE:
            return Evaluated(self.policy, self._evaluate(facts))
        # WebAssembly runs without Python's lock, so that threads share the work.
        loop = asyncio.get_running_loop()
        shares = await asyncio.gather(
            *(
                loop.run_in_executor(self._threads, self._evaluate, share)
                for share in slices.shares(facts, os.cpu_count() or 1)
            )
        )
        return Evaluated(self.policy, tuple(itertools.chain.from_iterable(shares)))

    async def ready(self) -> Fault | None:
        """Always None: whatever could be missing was missing at the start."""
        return None

    async def close(self) -> None:
        """Wait for evaluations under way and give the memory back."""
        await asyncio.to_thread(self._threads.shutdown)
        while self._idle:
            self._idle.pop().close()

    def _evaluate(self, facts: Sequence[Facts]) -> tuple[Verdict | Fault, ...]:
        asking = slices.by_slices(facts, self._reader)
        try:
            asked = next(asking)
            while True:
                asked = asking.send(self._ask(asked))
        except StopIteration as done:
            verdicts: tuple[Verdict | Fault, ...] = done.value
            return verdicts

    def _ask(self, asked: slices.Slice) -> slices.Outcome:
        try:
            instance = self._take()
        except PolicyFailed as error:
            return _outcome(error)
        try:
            text = instance.evaluate(
                slices.entrypoint(asked),
                orjson.dumps(slices.document(asked)),
                seconds=slices.patience(self._timeout, asked),
            )
        except PolicyFailed as error:
            instance.close()
            return _outcome(error)
        self._idle.append(instance)
        results = orjson.loads(text)
        return slices.said(asked, results[0]["result"]) if results else {}

    def _take(self) -> Instance:
        """An instance for this thread alone: an idle one, which is put back after use, or new."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._instance()

    def _instance(self) -> Instance:
        return Instance(self._program, self._data, memory_limit=self._memory)


def _outcome(error: PolicyFailed) -> slices.Outcome:
    if isinstance(error, PolicyTimedOut):
        return Fault("policy_timeout", str(error))
    if error.out_of_memory:
        return slices.Broken(Fault("policy_unavailable", str(error)))
    return slices.Broken(Fault("malformed_verdict", f"the policy failed: {error}"))
