"""Settings -> a running service. The only place that builds engine, log and catalogue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import fields
from datetime import UTC, datetime

import structlog

from mayuse.answer import Policy
from mayuse.bundle import Bundle
from mayuse.catalog import Catalog
from mayuse.choices_intake import ChoicesIntake
from mayuse.deciding import activated_bundle, configured_bundle, is_new, open_embedded, open_engine
from mayuse.decision_log.opening import Limits, open_log
from mayuse.decision_log.published import PublishedLog
from mayuse.engines.memo import Memo, OnePolicyEngine
from mayuse.engines.stale import StaleEngine
from mayuse.erasure import Erasures
from mayuse.errors import BundleError, MayuseError
from mayuse.intake import Intake
from mayuse.kept import Kept
from mayuse.ledger import Ledger
from mayuse.repeats import Repeats
from mayuse.replay import Replayer
from mayuse.retelling import Teller
from mayuse.retention import Retention
from mayuse.searches import Searches
from mayuse.service import Records, Service
from mayuse.settings import Settings
from mayuse.store import session
from mayuse.store.counts import COUNT_SECONDS, Counts
from mayuse.store.decisions import Decisions
from mayuse.store.evidence import EvidenceReader
from mayuse.store.happenings import Happenings
from mayuse.store.log_reader import LogReader
from mayuse.store.policy_activations import AT_START, Activation, Activations, what_activates
from mayuse.store.policy_candidates import Candidates

UNUSABLE = "the active policy bundle cannot be used by this process"

logger = structlog.get_logger(__name__)


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """Open every part that answering takes, and close them in reverse order.

    What decides is told in `deciding`.

    Raises `SettingsError`, `BundleError`, or `LogUnavailable` when the database does not answer.
    """
    async with AsyncExitStack() as stack:
        configured = configured_bundle(settings)
        # Before the database: a policy that cannot be evaluated must leave nothing behind.
        engine: OnePolicyEngine = open_engine(settings, configured)
        stack.push_async_callback(engine.close)
        records = await stack.enter_async_context(open_records(settings, configured))
        activation = await records.activations.newest()
        if activation is None or await is_new(records.activations, settings, configured):
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
        choices = Ledger(location, log, reader)
        stack.push_async_callback(choices.close)
        kept = Kept(reader)
        kept.remember(configured)
        activations = Activations(reader, log.keys)
        bundle = await _words(activations, kept, configured)
        decisions = Decisions(reader, log.keys)
        published = PublishedLog(LogReader(reader), log.signer, log.released)
        evidence = EvidenceReader(reader, log.keys)
        # By what the log has kept, and not by what lies at hand under the same name.
        replayer = Replayer(Kept(reader), lambda stored: open_embedded(settings, stored))
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


async def _words(activations: Activations, kept: Kept, configured: Bundle) -> Bundle:
    """The active bundle, for its words; where it is damaged, whoever only reads goes on."""
    try:
        newest = await activations.newest()
        digest = configured.digest if newest is None else newest.what.policy
        return await activated_bundle(kept, digest)
    except BundleError as error:
        logger.error("active_bundle_unusable", reason=str(error))  # noqa: TRY400
        return configured
