"""Who signs this log: its name, and the keys that do. Asked once, at the start.

The first start gives the log its name and enters its keys. Every later one must have the files of
all keys that are in use: a log that goes on under another key is a log nobody can check.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from mayuse.decision_log.keys import ROLES, LogKeys
from mayuse.decision_log.note import VerifierKey
from mayuse.decision_log.signer import Signer, check_origin, vkey
from mayuse.errors import ProofError, SettingsError
from mayuse.store.absence import DATABASE_FAILED, unavailable
from mayuse.store.session import Location, open_engine, reading
from mayuse.store.tree_tables import LogKey, LogState

SIGNERS = "SELECT origin, vkey FROM log_state LEFT JOIN log_key ON to_size IS NULL"
"""The log's name, and with it each of its keys in use; on both databases."""

_ORIGIN = select(col(LogState.origin), col(LogState.size))
_IN_USE = (
    select(col(LogKey.vkey), col(LogKey.role), col(LogKey.from_size))
    .where(col(LogKey.to_size).is_(None))
    .order_by(col(LogKey.from_size), col(LogKey.vkey))
)
_EVER = (
    select(col(LogKey.vkey))
    .where(col(LogKey.role) == "checkpoint")
    .order_by(col(LogKey.from_size), col(LogKey.vkey))
)


@dataclass(frozen=True, slots=True)
class InUse:
    """A key that signs now."""

    vkey: str
    role: str
    from_size: int


@dataclass(frozen=True, slots=True)
class Identity:
    """The log's name, and its keys, those in use oldest first."""

    origin: str | None
    in_use: tuple[InUse, ...]
    signed: tuple[VerifierKey, ...] = ()
    """Every key that ever signed checkpoints, under a former name as well; oldest first."""


async def read_identity(engine: AsyncEngine) -> Identity:
    """What the database says. Raises `LogUnavailable`."""
    async with reading(engine) as connection:
        return await connection.run_sync(_read)


async def name_log(location: Location, keys: LogKeys, origin: str | None) -> Identity:
    """Name a log that has no name yet, and enter its keys; several processes may do so at once.

    Raises `SettingsError` when `origin` cannot be a name, `LogUnavailable`.
    """
    engine = open_engine(location, may_write=True)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_enter, keys, origin)
    except DATABASE_FAILED as error:
        raise unavailable("the decision log cannot be named", error) from error
    finally:
        await engine.dispose()


def signer_of(known: Identity, keys: LogKeys, origin: str | None = None) -> Signer:
    """The signer with the keys in use.

    Raises `SettingsError` when the log has another name than `origin`, or when the file of a key
    in use is missing.
    """
    if known.origin is None or (origin is not None and origin != known.origin):
        raise SettingsError(f"MAYUSE_LOG_ORIGIN: the log in the database is {known.origin}")
    seeds = {role: _seeds(known, role, keys.signing[role]) for role in ROLES}
    return Signer(known.origin, seeds["checkpoint"], seeds["receipt"][-1])


def _seeds(known: Identity, role: str, files: Mapping[str, bytes]) -> Sequence[bytes]:
    """The seeds of a role's keys in use, oldest first."""
    there = {vkey(role, known.origin or "", seed): seed for seed in files.values()}
    wanted = [item.vkey for item in known.in_use if item.role == role]
    missing = [name for name in wanted if name not in there]
    if missing or not wanted:
        raise SettingsError(
            f"MAYUSE_KEYS_DIR: {' and '.join(files)} did not sign the log in the database; "
            f"a key in use is {', '.join(missing) or 'none'}"
        )
    return [there[name] for name in wanted]


def _read(connection: Connection) -> Identity:
    origin = connection.execute(_ORIGIN).one().origin
    rows = connection.execute(_IN_USE).all()
    in_use = tuple(InUse(row.vkey, row.role, row.from_size) for row in rows)
    ever = map(readable, connection.execute(_EVER).scalars())
    return Identity(origin, in_use, tuple(key for key in ever if key is not None))


def readable(vkey: str) -> VerifierKey | None:
    """A stored verifier key; None for what is none, and signed nothing."""
    try:
        return VerifierKey.from_text(vkey)
    except ProofError:
        return None


def _enter(connection: Connection, keys: LogKeys, origin: str | None) -> Identity:
    """Name the log and enter its first keys, unless another process was first."""
    row = connection.execute(_ORIGIN.with_for_update()).one()
    if row.origin is not None:
        return _read(connection)
    name = origin or f"mayuse/{secrets.token_hex(8)}"
    check_origin(name)
    entered = [
        {"vkey": vkey(role, name, seed), "role": role, "from_size": row.size, "to_size": None}
        for role in ROLES
        for seed in keys.signing[role].values()
    ]
    connection.execute(update(LogState).values(origin=name))
    connection.execute(insert(LogKey), entered)
    return _read(connection)
