"""A database URL and a folder of keys -> a decision log that records. Closed in good order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from mayuse.decision_log.entry import to_micros
from mayuse.decision_log.event import Bundle
from mayuse.decision_log.keys import LogKeys, open_keys
from mayuse.decision_log.released import Released
from mayuse.decision_log.sealer import Sealer
from mayuse.decision_log.signer import Signer
from mayuse.decision_log.unfinished import renaming
from mayuse.decision_log.writer import (
    BATCH_LIMIT,
    QUEUE_LIMIT,
    RECEIPT_WAIT_SECONDS,
    DecisionLog,
)
from mayuse.errors import LogUnavailable, SettingsError
from mayuse.store import migrate
from mayuse.store.fitness import is_empty, verify_keys
from mayuse.store.log_identity import Identity, name_log, read_identity, signer_of
from mayuse.store.postgres_commits import PostgresCommits
from mayuse.store.rows import Change
from mayuse.store.session import Location, open_engine
from mayuse.store.sqlite_commits import SqliteCommits

SAVE_SECONDS = 1.0
"""How often the newest checkpoint is saved outside the database."""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an operator can set of the log."""

    queue: int = QUEUE_LIMIT
    batch: int = BATCH_LIMIT
    receipt_wait: float = RECEIPT_WAIT_SECONDS
    """Seconds a caller with one draft waits for its proof, where a sealer makes the leaves."""


async def open_log(  # noqa: PLR0913 - what is opened, given by name
    database_url: str,
    keys_dir: Path,
    *,
    origin: str | None = None,
    sealer_url: str | None = None,
    limits: Limits = Limits(),
    unfinished: bool = False,
) -> OpenLog:
    """Open the decision log: migrate the database, read or make the keys, start the writer.

    `origin` is the log's name in its checkpoints, given once; `sealer_url` the PostgreSQL login
    that seals, where it is not the one that writes; `unfinished`: also when a renaming of the log
    is. A log that was rolled back opens, and refuses to record. Raises `SettingsError` for a URL,
    a name or keys that cannot be used, `LogUnavailable` for a database that does not answer. Close
    it when done.
    """
    location = Location.from_url(database_url)
    sealing = Location.from_url(sealer_url) if sealer_url else location
    if sealing.dialect != location.dialect:
        raise SettingsError("MAYUSE_SEALER_DATABASE_URL is another kind of database")
    await migrate.upgrade(location)
    keys, known = await _fitting_keys(location, keys_dir)
    if not unfinished:
        _check_named(keys_dir, known)
    if known.origin is None:
        known = await name_log(sealing, keys, origin)
    signer = signer_of(known, keys, origin)
    released = Released(keys_dir, signer.origin, known.signed, is_named=origin is not None)
    if location.dialect == "sqlite":
        commits = SqliteCommits(location.file, keys, signer, released)
        log = OpenLog(commits, keys, signer, released, location, limits=limits)
    else:
        sealer = Sealer(sealing.dsn, keys, signer, released)
        await sealer.start()
        writer = PostgresCommits(location.dsn, keys)
        log = OpenLog(writer, keys, signer, released, location, sealer=sealer, limits=limits)
    await log.start()
    return log


class OpenLog(DecisionLog):
    """A decision log that signs, and keeps the newest checkpoint outside the database."""

    def __init__(  # noqa: PLR0913 - its parts; built in one place
        self,
        commits: SqliteCommits | PostgresCommits,
        keys: LogKeys,
        signer: Signer,
        released: Released,
        location: Location,
        *,
        sealer: Sealer | None = None,
        limits: Limits,
    ) -> None:
        super().__init__(
            commits,
            keys,
            sealer=sealer,
            receipt_wait=limits.receipt_wait,
            queue_limit=limits.queue,
            batch_limit=limits.batch,
        )
        self.signer = signer
        """Signs this log's checkpoints: for those who read the tree and let out what it is."""

        self.released = released
        """What was let out last: to be heeded before anything is signed."""

        self._location = location
        self._saving = asyncio.create_task(self._save_often(), name="last checkpoint")

    async def owe_activation(self, what: Bundle, changes: Sequence[Change], at: datetime) -> None:
        """Say in the log that a bundle decides from now on, with the changes that make it so.

        While the log cannot be written, that is owed: no decision is recorded before it. Where
        another process was first, its word stands.
        """
        try:
            await self.owe((what, to_micros(at), tuple(changes)))
        except LogUnavailable as error:
            logger.warning("bundle_not_stored_yet", code=error.code, detail=error.detail)

    async def close(self) -> None:
        """Write what waits, end the run, seal it, and save the last checkpoint."""
        await super().close()
        self._saving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._saving
        await self._save()

    async def _save_often(self) -> None:
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            await self._save()

    async def _save(self) -> None:
        """Save the newest checkpoint. Decisions do not wait for it, nor fail with it."""
        try:
            await asyncio.to_thread(self.released.save)
        except (OSError, SettingsError, LogUnavailable) as error:
            logger.error("last_checkpoint_not_saved", cause=type(error).__name__)  # noqa: TRY400


def _check_named(keys_dir: Path, known: Identity) -> None:
    """See that nothing is left to be said under the log's name."""
    begun = renaming(keys_dir)
    if begun is not None and begun.origin == known.origin:
        raise SettingsError(
            f"MAYUSE_KEYS_DIR: `mayuse log new-origin {begun.origin}` was not finished: do it again"
        )


async def _fitting_keys(location: Location, keys_dir: Path) -> tuple[LogKeys, Identity]:
    """The keys of this database, made where it is new, and who signs it as far as known."""
    engine = open_engine(location)
    try:
        known = await read_identity(engine)
        unsigned = known.origin is None
        keys = open_keys(keys_dir, may_create=await is_empty(engine), may_sign_anew=unsigned)
        await verify_keys(engine, keys)
    finally:
        await engine.dispose()
    return keys, known
