"""Which bundle decides, and its engine.

The bundle that was activated last decides, by whomever it was. The configured one is activated
when this log has never decided under it: the one `MAYUSE_BUNDLE` names, as that is an order; the
packaged one for as long as nobody has ordered another over HTTP.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mayuse import archive
from mayuse import bundle as bundles
from mayuse.bundle import Bundle
from mayuse.decision_log.keys import open_keys
from mayuse.errors import BundleError, SettingsError
from mayuse.kept import Kept
from mayuse.settings import Settings
from mayuse.store import migrate, session
from mayuse.store.fitness import is_empty
from mayuse.store.policy_activations import Activations

if TYPE_CHECKING:
    from mayuse.bundle_keys import TrustedKeys
    from mayuse.engines.embedded import EmbeddedEngine
    from mayuse.engines.opa import OpaEngine


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
        if newest is None or await is_new(activations, settings, configured):
            return configured
        kept = Kept(reader)
        kept.remember(configured)
        return await activated_bundle(kept, newest.what.policy)
    finally:
        await reader.dispose()


async def is_new(activations: Activations, settings: Settings, configured: Bundle) -> bool:
    """Whether the configured bundle is one to begin with, though another has decided."""
    if await activations.is_stored(configured.digest):
        return False
    return bool(settings.bundle) or not await activations.are_ordered()


async def activated_bundle(kept: Kept, digest: str) -> Bundle:
    """The bundle of this digest, whose signature was checked before it was activated.

    Raises `LogUnavailable`, and `BundleError` for one that is not fit to decide.
    """
    found = await kept.get(digest)
    if found is None:
        raise BundleError(f"the policy bundle {digest} is not kept")
    await asyncio.to_thread(bundles.need_complete, found)
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
    return open_embedded(settings, bundle)


def open_embedded(settings: Settings, bundle: Bundle) -> EmbeddedEngine:
    """The engine in this process, whatever the settings name. Close it when done."""
    # It brings wasmtime along, which who only reads should not wait for.
    from mayuse.engines.embedded import EmbeddedEngine  # noqa: PLC0415

    return EmbeddedEngine(
        bundle, timeout=settings.policy_timeout, memory=settings.policy_memory_bytes
    )
