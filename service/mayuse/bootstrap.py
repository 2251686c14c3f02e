"""Settings -> a running service. The only place that builds engine, log and catalogue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from mayuse import archive
from mayuse import bundle as bundles
from mayuse.answer import Decision, Policy
from mayuse.bundle import Bundle
from mayuse.catalog import Catalog
from mayuse.choices_intake import ChoicesIntake
from mayuse.decide import Log, may, may_each
from mayuse.decision_log.keys import open_keys
from mayuse.decision_log.opening import Limits, OpenLog, open_log
from mayuse.decision_log.published import PublishedLog
from mayuse.engines.memo import Memo, OnePolicyEngine
from mayuse.engines.stale import StaleEngine
from mayuse.erasure import Erasures
from mayuse.errors import BundleError, LogUnavailable, MayuseError, SettingsError
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
from mayuse.store import migrate, session
from mayuse.store.counts import COUNT_SECONDS, Counts
from mayuse.store.decisions import Decisions
from mayuse.store.evidence import EvidenceReader
from mayuse.store.fitness import is_empty
from mayuse.store.happenings import Happenings
from mayuse.store.log_reader import LogReader
from mayuse.store.policy_activations import AT_START, Activation, Activations, what_activates
from mayuse.store.policy_candidates import Candidates
from mayuse.store.standing import Standing, read_standing

if TYPE_CHECKING:
    from mayuse.bundle_keys import TrustedKeys
    from mayuse.engines.embedded import EmbeddedEngine
    from mayuse.engines.opa import OpaEngine

UNUSABLE = "the active policy bundle cannot be used by this process"

logger = structlog.get_logger(__name__)


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


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """Open every part that answering takes, and close them in reverse order.

    The bundle that was activated last decides, by whomever it was. The configured one is activated
    when this log has never decided under it: the one `MAYUSE_BUNDLE` names, as that is an order;
    the packaged one for as long as nobody has ordered another over HTTP.

    Raises `SettingsError`, `BundleError`, or `LogUnavailable` when the database does not answer.
    """
    async with AsyncExitStack() as stack:
        configured = configured_bundle(settings)
        # Before the database: a policy that cannot be evaluated must leave nothing behind.
        engine: OnePolicyEngine = open_engine(settings, configured)
        stack.push_async_callback(engine.close)
        records = await stack.enter_async_context(open_records(settings, configured))
        activation = await records.activations.newest()
        if activation is None or await _is_new(records.activations, settings, configured):
            activation = await _begin_under(records, configured, activation)
        bundle = configured
        if activation.what.policy != configured.digest:
            await engine.close()
            bundle, engine = await _activated(records, activation, configured, engine)
            stack.push_async_callback(engine.close)
            if bundle is not configured:
                _tell_passed_over(configured, activation)
        yield under(records, bundle, engine, activation)


async def _activated(
    records: Records, activation: Activation, configured: Bundle, known: OnePolicyEngine
) -> tuple[Bundle, OnePolicyEngine]:
    """The bundle that decides, and its engine; nothing decides when it cannot be used.

    The service starts all the same, in the words of the configured one, so that another bundle can
    be ordered. Raises `LogUnavailable`.
    """
    try:
        bundle = await activated_bundle(records.kept, activation.what.policy)
        return bundle, open_engine(records.settings, bundle)
    except BundleError as error:
        return configured, stale(activation, UNUSABLE, error, known)


def stale(
    activation: Activation, why: str, error: MayuseError, known: OnePolicyEngine
) -> StaleEngine:
    """What stands in for the engine of the bundle that should decide and cannot; it is logged.

    `known`: an engine that can be used, whose words questions are read in.
    """
    policy = Policy(activation.what.policy, activation.what.version)
    logger.error("stale_policy", policy=policy.digest, meaning=why, reason=str(error))
    return StaleEngine(policy, why, info=known.info, words=known.vocabulary)


async def deciding_bundle(settings: Settings) -> Bundle:
    """The bundle that would decide after a start under these settings. Changes nothing.

    Raises as `open_service`, but for a database that a start would first bring up to date: there
    it is the configured one.
    """
    configured = configured_bundle(settings)
    location = session.Location.from_url(settings.database_url)
    if await migrate.current(location) != migrate.newest():
        return configured
    reader = session.open_engine(location)
    try:
        if await is_empty(reader):  # perhaps there are no keys yet
            return configured
        activations = Activations(reader, open_keys(settings.keys_dir, may_create=False))
        newest = await activations.newest()
        if newest is None or await _is_new(activations, settings, configured):
            return configured
        kept = Kept(reader)
        kept.remember(configured)
        return await activated_bundle(kept, newest.what.policy)
    finally:
        await reader.dispose()


async def _is_new(activations: Activations, settings: Settings, configured: Bundle) -> bool:
    """Whether the configured bundle is one to begin with, though another has decided."""
    if await activations.is_stored(configured.digest):
        return False
    return bool(settings.bundle) or not await activations.are_ordered()


async def _begin_under(records: Records, bundle: Bundle, last: Activation | None) -> Activation:
    at = datetime.now(UTC)
    what = what_activates(Policy(bundle.digest, bundle.version), last, by=AT_START)
    stored = await records.activations.is_stored(bundle.digest)
    changes = records.activations.changes(what, at, None if stored else bundle.raw)
    await records.log.owe_activation(what, changes, at)
    return Activation(what, at)


def _tell_passed_over(configured: Bundle, active: Activation) -> None:
    logger.warning(
        "bundle_passed_over",
        configured=configured.digest,
        configured_version=configured.version,
        active=active.what.policy,
        active_version=active.what.version,
        meaning="the bundle that was activated last decides, not the configured one; to have that "
        "decide again: mayuse policy rollback --to DIGEST, or upload and activate it",
    )


@asynccontextmanager
async def open_records(
    settings: Settings, configured: Bundle | None = None
) -> AsyncIterator[Records]:
    """Bring the database up to date and open the log, without the engine: to read, not to decide.

    Under the bundle that was activated last; before there was one, the `configured` one. Raises as
    `open_service`.
    """
    async with AsyncExitStack() as stack:
        configured = configured or configured_bundle(settings)
        log = await open_log(
            settings.database_url,
            settings.keys_dir,
            origin=settings.log_origin,
            sealer_url=settings.sealer_database_url,
            limits=Limits(queue=settings.log_queue, receipt_wait=settings.receipt_wait_ms / 1000),
        )
        stack.push_async_callback(log.close)
        location = session.Location.from_url(settings.database_url)
        reader = session.open_engine(location)
        stack.push_async_callback(reader.dispose)
        counting = session.open_engine(location, read_seconds=COUNT_SECONDS)
        stack.push_async_callback(counting.dispose)
        writer = session.open_engine(location, may_write=True, patience=session.BUSY_SECONDS)
        stack.push_async_callback(writer.dispose)
        choices = Ledger(location, log.keys, reader)
        stack.push_async_callback(choices.close)
        kept = Kept(reader)
        kept.remember(configured)
        activations = Activations(reader, log.keys)
        bundle = await _words(activations, kept, configured)
        decisions = Decisions(reader, log.keys)
        published = PublishedLog(LogReader(reader), log.signer, log.released)
        evidence = EvidenceReader(reader, log.keys)
        # By what the log has kept, and not by what lies at hand under the same name.
        replayer = Replayer(Kept(reader), lambda stored: _embedded(settings, stored))
        stack.push_async_callback(replayer.close)
        yield Records(
            settings=settings,
            bundle=bundle,
            activations=activations,
            candidates=Candidates(reader, writer),
            log=log,
            reader=reader,
            choices=choices,
            catalog=Catalog(bundle),
            kept=kept,
            decisions=decisions,
            counts=Counts(counting, log.keys),
            evidence=evidence,
            replayer=replayer,
            published=published,
            repeats=Repeats(log, reader, decisions, replayer, published),
            teller=Teller(kept, replayer, evidence),
            searches=Searches(log),
            erasures=Erasures(log, reader, location),
            retention=Retention(log, reader, location),
            happenings=Happenings(reader),
        )


def under(
    records: Records, bundle: Bundle, engine: OnePolicyEngine, activation: Activation
) -> Service:
    """All that is here, under this bundle and the engine that evaluates it."""
    records.kept.remember(bundle)
    shared = {field.name: getattr(records, field.name) for field in fields(Records)}
    own = {"bundle": bundle, "catalog": Catalog(bundle)}
    return Service(
        **{**shared, **own},
        activation=activation,
        engine=Memo(engine, records.settings.memo_size),
        intake=Intake(engine.vocabulary),
        choices_intake=ChoicesIntake(engine.vocabulary),
    )


async def activated_bundle(kept: Kept, digest: str) -> Bundle:
    """The bundle of this digest, whose signature was checked before it was activated.

    Raises `LogUnavailable`, and `BundleError` for one that is not fit to decide.
    """
    found = await kept.get(digest)
    if found is None:
        raise BundleError(f"the policy bundle {digest} is not kept")
    await asyncio.to_thread(bundles.need_complete, found)
    return found


async def _words(activations: Activations, kept: Kept, configured: Bundle) -> Bundle:
    """The active bundle, for its words; where it is damaged, whoever only reads goes on."""
    try:
        newest = await activations.newest()
        digest = configured.digest if newest is None else newest.what.policy
        return await activated_bundle(kept, digest)
    except BundleError as error:
        logger.error("active_bundle_unusable", reason=str(error))  # noqa: TRY400
        return configured


def configured_bundle(settings: Settings) -> Bundle:
    """The bundle the settings name, else the packaged one.

    Where the settings name keys, the bundle they name must be signed by one of them; the packaged
    one comes with the program. Raises `BundleError`, and `SettingsError` for keys that are none.
    """
    trusted = trusted_keys(settings)
    if settings.bundle is None:
        return bundles.packaged()
    found = bundles.read(settings.bundle)
    try:
        check_signature(found, trusted)
    except BundleError as error:
        raise BundleError(f"{settings.bundle}, which MAYUSE_BUNDLE names: {error}") from error
    return found


def check_signature(bundle: Bundle, trusted: TrustedKeys | None) -> None:
    """Raise `BundleError` unless a trusted key has signed, where there are any."""
    if trusted is not None:
        from mayuse import bundle_signature  # noqa: PLC0415 - as in `trusted_keys`

        bundle_signature.verify(archive.unpack(bundle.raw), trusted)


def trusted_keys(settings: Settings) -> TrustedKeys | None:
    """The keys that may sign policy bundles, or None when no signature is asked for.

    Raises `SettingsError` when the settings name what are no such keys.
    """
    if settings.bundle_keys is None:
        return None
    # Most services ask for no signatures, and should not wait for what checks them.
    from mayuse.bundle_keys import TrustedKeys  # noqa: PLC0415

    try:
        return TrustedKeys.read(settings.bundle_keys)
    except BundleError as error:
        raise SettingsError(f"MAYUSE_BUNDLE_KEYS: {error}") from error


def open_engine(settings: Settings, bundle: Bundle) -> EmbeddedEngine | OpaEngine:
    """The engine the settings name, without a memo. Close it when done."""
    if settings.opa_url:
        # Its client brings aiohttp and requests along, which nobody else should wait for.
        from mayuse.engines.opa import OpaEngine  # noqa: PLC0415

        return OpaEngine(settings.opa_url, bundle, timeout=settings.policy_timeout)
    return _embedded(settings, bundle)


def _embedded(settings: Settings, bundle: Bundle) -> EmbeddedEngine:
    # It brings wasmtime along, which who only reads should not wait for.
    from mayuse.engines.embedded import EmbeddedEngine  # noqa: PLC0415

    return EmbeddedEngine(
        bundle, timeout=settings.policy_timeout, memory=settings.policy_memory_bytes
    )
