"""What may be ordered of policy bundles: to keep a candidate, to activate one, to roll back.

Nothing that is stored is believed. A candidate is examined when it comes and once more before it
decides; a bundle that decided before is read and its signature checked anew, and no more, because
a roll-back must not fail for what has changed around it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mayuse import archive
from mayuse.answer import Policy, Receipt
from mayuse.authoring.examination import Examination
from mayuse.authoring.examine import examine
from mayuse.bundle import Bundle
from mayuse.deciding import activated_bundle, check_signature, trusted_keys
from mayuse.decision_log.entry import Unwritable
from mayuse.errors import BundleError, NotFound, PolicyOrderRefused
from mayuse.rollout import Rollout
from mayuse.store.policy_activations import (
    ACTIVATED,
    AT_START,
    ROLLED_BACK,
    Activation,
    what_activates,
)
from mayuse.store.policy_candidates import LIMIT, Candidate

SHOWN = 32
"""Findings, and ids, that a refusal names."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who orders a bundle to decide, and under which conditions."""

    by: str
    because: str | None = None
    if_active: str | None = None
    """Only if the bundle of this digest decides now."""

    allow_removal: bool = False
    """Also if questions can then no longer use an id that they can now."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an order came to."""

    activation: Activation
    receipt: Receipt | None
    """Of the leaf that says so; None when the bundle decided already."""


class PolicyOrders:
    """Carries out orders, one after another. For one event loop."""

    def __init__(self, rollout: Rollout) -> None:
        """`rollout` stays its owner's."""
        self._rollout = rollout
        self._turn = asyncio.Lock()

    async def upload(self, raw: bytes, *, by: str) -> tuple[Candidate, bool]:
        """Examine a bundle and keep it as a candidate; whether it is new.

        Raises `PolicyOrderRefused` for one that does not pass, that decided already, or that is
        one too many; `LogUnavailable`.
        """
        if not raw.startswith(archive.GZIP):
            raise PolicyOrderRefused("policy_refused", "the policy bundle is no gzip archive")
        async with self._turn:
            examined = await self._examine(raw)
            bundle = _passed(examined)
            current = self._rollout.active.current
            if await current.activations.is_stored(bundle.digest):
                raise PolicyOrderRefused(
                    "policy_known", "this policy bundle decided before; activate it as it is"
                )
            known = await current.candidates.archive(bundle.digest) is not None
            candidate = Candidate(
                bundle.digest, bundle.version, examined.to_json(), datetime.now(UTC), by
            )
            if not await current.candidates.keep(candidate, raw):
                raise PolicyOrderRefused(
                    "too_many_candidates", f"{LIMIT} candidates are kept; remove one of them first"
                )
            return candidate, not known

    async def remove(self, digest: str) -> None:
        """Forget a candidate. Raises `NotFound`, `PolicyOrderRefused` for one that decided."""
        current = self._rollout.active.current
        if await current.activations.is_stored(digest):
            raise PolicyOrderRefused("policy_known", "decisions were made under this policy bundle")
        if not await current.candidates.remove(digest):
            raise NotFound("there is no candidate of this digest")

    async def activate(self, digest: str, order: Order) -> Done:
        """Have a candidate decide, or a bundle that decided before.

        Raises `NotFound`, `PolicyOrderRefused`, `BundleError`, `LogUnavailable`; then what decided
        goes on deciding.
        """
        async with self._turn:
            last = await self._last(order)
            if last.what.policy == digest:
                return Done(last, None)
            kept = self._rollout.active.current
            raw = None
            if await kept.activations.is_stored(digest):
                bundle = await self._once_active(digest)
                examined = await self._examine(bundle.raw)
            else:
                raw = await kept.candidates.archive(digest)
                if raw is None:
                    raise NotFound("there is no policy bundle of this digest")
                examined = await self._examine(raw)
                bundle = _passed(examined)
                if bundle.digest != digest:
                    raise PolicyOrderRefused(
                        "policy_refused", "the candidate is not what was uploaded; upload it anew"
                    )
            _check(examined, order)
            return await self._have_decide(bundle, raw, last, order, ACTIVATED)

    async def roll_back(self, to: str | None, order: Order) -> Done:
        """Have the bundle decide again that did before, or another that once did. As `activate`."""
        async with self._turn:
            last = await self._last(order)
            digest = to or last.what.previous
            if digest is None:
                raise PolicyOrderRefused(
                    "policy_never_active", "no other policy bundle has decided before this one"
                )
            if last.what.policy == digest:
                return Done(last, None)
            bundle = await self._once_active(digest)
            return await self._have_decide(bundle, None, last, order, ROLLED_BACK)

    async def _last(self, order: Order) -> Activation:
        """The activation that counts now. Raises `PolicyOrderRefused` if it is not as ordered."""
        current = self._rollout.active.current
        last = await current.activations.newest() or current.activation
        if order.if_active not in {None, last.what.policy}:
            raise _changed(last)
        return last

    async def _once_active(self, digest: str) -> Bundle:
        """A bundle that decided before, checked anew.

        Signed by a key that is still trusted, unless it was activated by being configured: then it
        came with a program, or its signature was looked at when that started.
        """
        current = self._rollout.active.current
        if not await current.activations.is_stored(digest):
            raise PolicyOrderRefused(
                "policy_never_active", "this policy bundle has never decided; activate it"
            )
        bundle = await activated_bundle(current.kept, digest)
        earlier = await current.activations.of(digest)
        if all(activation.what.by != AT_START for activation in earlier):
            try:
                check_signature(bundle, trusted_keys(current.settings))
            except BundleError as error:
                raise PolicyOrderRefused("policy_refused", str(error)) from error
        return bundle

    async def _examine(self, raw: bytes) -> Examination:
        current = self._rollout.active.current
        trusted = trusted_keys(current.settings)
        return await asyncio.to_thread(examine, raw, trusted=trusted, active=current.bundle)

    async def _have_decide(
        self, bundle: Bundle, raw: bytes | None, last: Activation, order: Order, reason: str
    ) -> Done:
        """1. Compile. 2. The row and the leaf. 3. This process; the others will notice."""
        engine = await self._rollout.prepare(bundle)
        try:
            async with self._rollout.turn:
                done = await self._record(bundle, raw, last, order, reason)
                self._rollout.put(bundle, engine, done.activation)
        except BaseException:
            await engine.close()
            raise
        return done

    async def _record(
        self, bundle: Bundle, raw: bytes | None, last: Activation, order: Order, reason: str
    ) -> Done:
        current = self._rollout.active.current
        at = datetime.now(UTC)
        policy = Policy(bundle.digest, bundle.version)
        what = what_activates(policy, last, by=order.by, reason=reason, because=order.because)
        changes = current.activations.changes(what, at, raw)
        try:
            receipt = await current.log.record(what, at=at, changes=changes)
        except Unwritable:
            newest = await current.activations.newest()
            raise _changed(newest or last) from None
        return Done(Activation(what, at), receipt)


def _passed(examined: Examination) -> Bundle:
    """The bundle. Raises `PolicyOrderRefused` when it did not pass, with what was found."""
    if examined.bundle is None or not examined.passed:
        findings = [finding.to_json() for finding in examined.faults[:SHOWN]]
        raise PolicyOrderRefused("policy_refused", _why(examined), findings)
    return examined.bundle


def _why(examined: Examination) -> str:
    if examined.faults:
        return f"the policy bundle has {len(examined.faults)} faults"
    if examined.signature == "refused":
        return "no trusted key has signed the policy bundle"
    if not examined.complete:
        return "the policy bundle could not be examined to the end"
    return f"{examined.right} of the {examined.answers} answers of its worked cases are as expected"


def _check(examined: Examination, order: Order) -> None:
    """Raise `PolicyOrderRefused` for what must be ordered in so many words."""
    dropped = examined.comparison.dropped
    if dropped and not order.allow_removal:
        raise PolicyOrderRefused(
            "policy_removes_ids",
            "questions could no longer use ids they can use now; `allow_removal` orders it",
            _removed(dropped),
        )
    if not examined.comparison.newer and order.because is None:
        raise PolicyOrderRefused(
            "policy_is_older", "it is no later version than the active one; give a reason"
        )


def _removed(dropped: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    rows = [{"topic": topic, "id": name} for topic, ids in dropped.items() for name in ids]
    return rows[:SHOWN]


def _changed(now: Activation) -> PolicyOrderRefused:
    return PolicyOrderRefused(
        "policy_changed", f"the active policy bundle is {now.what.policy}, by another order"
    )
