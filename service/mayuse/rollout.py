"""Another policy bundle comes to decide: here by an order, in all other processes by their notice.

What decides is a row of the database and a leaf of the log, written in one transaction. Each
process looks at it every second and takes up what it finds. Whatever fails before the row leaves
the bundle of before deciding; a process that cannot take up the new one decides nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from mayuse.active import Active
from mayuse.bootstrap import UNUSABLE, stale, under
from mayuse.bundle import Bundle
from mayuse.deciding import activated_bundle, open_engine
from mayuse.engines.memo import OnePolicyEngine
from mayuse.engines.stale import StaleEngine
from mayuse.errors import BundleError, LogUnavailable, MayuseError
from mayuse.service import Service
from mayuse.store.policy_activations import Activation

EVERY = 0.5
"""Seconds between two looks at which bundle decides."""

AGAIN = 10.0
"""Seconds between two tries to take up a bundle that cannot be used."""

UNTOLD = "it cannot be told which policy bundle is active"

log = structlog.get_logger()


class Rollout:
    """Keeps a process under the bundle that decides."""

    def __init__(self, active: Active) -> None:
        """`active` stays its owner's, who closes it."""
        self.active = active
        self.turn = asyncio.Lock()
        """Held by whoever is changing what this process answers under."""

        self._not_before = 0.0

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Meanwhile, take up what others activate."""
        task = asyncio.create_task(self._follow(), name="active policy")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def look(self) -> None:
        """Take up the bundle that decides now, if this process is under another one.

        Raises nothing: what cannot be taken up is told by every answer. Who cannot read the
        database cannot record a decision either.
        """
        async with self.turn:
            known = self.active.current.activation
            try:
                newest = await self.active.current.activations.newest()
                if newest is not None and self._is_to_be_taken_up(newest):
                    await self._take_up(newest)
            except LogUnavailable:
                return
            except BundleError as error:
                self._decide_nothing(known, UNTOLD, error)
            except Exception as error:
                log.exception("active_policy_fault")
                self._not_before = time.monotonic() + AGAIN
                fault = BundleError(f"a fault of ours: {type(error).__name__}")
                self._decide_nothing(known, UNTOLD, fault)

    async def prepare(self, bundle: Bundle) -> OnePolicyEngine:
        """An engine of this bundle, compiled and tried. Raises `BundleError`."""
        settings = self.active.current.settings
        if settings.opa_url:  # it belongs to the event loop, and compiles nothing
            return open_engine(settings, bundle)
        return await asyncio.to_thread(open_engine, settings, bundle)

    def put(self, bundle: Bundle, engine: OnePolicyEngine, activation: Activation) -> None:
        """Answer under this bundle from now on. Whoever calls has the `turn`."""
        self.active.put(under(self.active.current, bundle, engine, activation))
        log.info(
            "activated",
            policy=bundle.digest,
            policy_version=bundle.version,
            number=activation.number,
            reason=activation.what.reason,
        )

    def _is_to_be_taken_up(self, newest: Activation) -> bool:
        """Whether another bundle decides than here; what is owed to the log is still to come."""
        current = self.active.current
        known = current.activation
        if isinstance(current.engine.behind, StaleEngine):
            return newest.what != known.what or time.monotonic() >= self._not_before
        return newest.number >= known.number and newest.what.policy != known.what.policy

    async def _take_up(self, activation: Activation) -> None:
        try:
            kept = self.active.current.kept
            bundle = await activated_bundle(kept, activation.what.policy)
            engine = await self.prepare(bundle)
        except LogUnavailable as error:
            self._decide_nothing(activation, UNUSABLE, error)
        except BundleError as error:
            self._not_before = time.monotonic() + AGAIN
            self._decide_nothing(activation, UNUSABLE, error)
        else:
            self.put(bundle, engine, activation)

    def _decide_nothing(self, activation: Activation, why: str, error: MayuseError) -> None:
        """Answer that the policy is stale, until another look finds better."""
        current = self.active.current
        is_stale = isinstance(current.engine.behind, StaleEngine)
        if is_stale and activation.what == current.activation.what:
            return
        engine = stale(activation, why, error, current.engine.behind)
        self.active.put(under(current, current.bundle, engine, activation))

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            await self.look()


@asynccontextmanager
async def open_rollout(service: Service) -> AsyncIterator[Rollout]:
    """Answer under this service until another bundle decides; its engine is closed at the end."""
    active = Active(service)
    try:
        rollout = Rollout(active)
        async with rollout.following():
            yield rollout
    finally:
        await active.close()
