"""A new name for a log whose database was put back to an older state for good. By hand.

A log that has lost leaves it once signed must not go on under its old name: that would be two logs
of one name. What is to be said under the new one is written down beside the keys before the name
changes, so that whoever is interrupted does the rest by doing it again; until then nothing else is
done with the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlmodel import col

from mayuse.decision_log import unfinished
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.entry import to_micros, to_text
from mayuse.decision_log.event import FORMER_ORIGIN, Anchor
from mayuse.decision_log.keys import ROLES, LogKeys, open_keys
from mayuse.decision_log.opening import OpenLog
from mayuse.decision_log.released import NAME, Released
from mayuse.decision_log.rotation import Place, identity, opened, reader
from mayuse.decision_log.signer import check_origin, vkey
from mayuse.decision_log.tree import Tree
from mayuse.decision_log.unfinished import Renaming
from mayuse.errors import LogUnavailable, ProofError, SettingsError
from mayuse.store import tree_tables
from mayuse.store.log_identity import Identity, signer_of
from mayuse.store.log_reader import LogSnapshot
from mayuse.store.rows import Change
from mayuse.store.session import Location, open_engine, writing
from mayuse.store.tree_tables import LogKey, LogState

_STATE = select(col(LogState.size), col(LogState.frontier))
_KEEP = "INSERT INTO anchor (size, kind, evidence, t_us) VALUES ($1, $2, $3, $4)"


async def rename(place: Place, origin: str, *, at: datetime) -> str:
    """Go on under a new name; the first checkpoint under it.

    The last checkpoints under the old ones are kept as anchors, and leaves name them: the last that
    left the house, and that of the database, which may be of a name before. Raises `SettingsError`
    for what is no name, and for one under which something was signed; `LogUnavailable`. Done again
    with the same name, it does what is left to do.
    """
    check_origin(origin)
    keys = open_keys(place.keys_dir, may_create=False)
    plan = unfinished.renaming(place.keys_dir)
    if plan is None and (note := await _done(place, origin)):
        return note
    if plan is None or (await identity(place)).origin != plan.origin:
        plan = await _planned(place, origin, plan.former if plan else ())
        plan.keep(place.keys_dir)
    elif plan.origin != origin:
        raise SettingsError(
            f"MAYUSE_LOG_ORIGIN: `mayuse log new-origin {plan.origin}` was not finished: that first"
        )
    plan = await _take_name(place, keys, plan)
    async with opened(place, unfinished=True) as log:
        await _name_former(place, log, plan.former, at)
    unfinished.finished(place.keys_dir)
    return (place.keys_dir / NAME).read_text(encoding="utf-8")


async def _done(place: Place, origin: str) -> str | None:
    """The last checkpoint of a log that was given this name before and goes on under it."""
    last = place.keys_dir / NAME
    if (await identity(place)).origin != origin or not last.exists():
        return None
    note = last.read_text(encoding="utf-8")
    let_out = _checkpoint(note)
    named = select(col(tree_tables.Anchor.id)).where(col(tree_tables.Anchor.kind) == FORMER_ORIGIN)
    async with reader(place) as connection:
        renamed = (await connection.execute(named.limit(1))).first() is not None
        row = (await connection.execute(_STATE)).one()
        snapshot = LogSnapshot(connection, Tree.from_bytes(row.size, row.frontier), 0)
        try:
            await snapshot.check_continuity([let_out])
        except LogUnavailable:
            return None
    return note if renamed and let_out.origin == origin else None


async def _planned(place: Place, origin: str, found: Iterable[str]) -> Renaming:
    """What is to be said under a new name: the last checkpoint of each name known so far.

    `found`: notes that an attempt before knew of.
    """
    last = place.keys_dir / NAME
    let_out = [last.read_text(encoding="utf-8")] if last.exists() else []
    newest = select(col(tree_tables.Checkpoint.note)).order_by(
        col(tree_tables.Checkpoint.size).desc()
    )
    async with reader(place) as connection:
        vkeys = (await connection.execute(select(col(LogKey.vkey)))).scalars().all()
        stored = (await connection.execute(newest.limit(1))).scalars().all()
    kept = sorted([*stored, *found, *let_out], key=lambda note: _checkpoint(note).size)
    former = {_checkpoint(note).origin: note for note in kept}
    if origin in {*former, *(vkey.partition("+")[0] for vkey in vkeys)}:
        raise SettingsError("MAYUSE_LOG_ORIGIN: a log has signed under this name already")
    return Renaming(origin, tuple(former.values()))


async def _take_name(place: Place, keys: LogKeys, plan: Renaming) -> Renaming:
    """Give the log its name and its keys under it, and forget what was let out before.

    What is to be said then may be more than was planned: services may have gone on until now.
    """
    before = await identity(place)
    engine = open_engine(Location.from_url(place.sealer_url or place.database_url), may_write=True)
    try:
        async with writing(engine) as connection:
            # Changed first, which locks it: nothing more is signed under the old name.
            await connection.execute(update(LogState).values(origin=plan.origin))
            row = (await connection.execute(_STATE)).one()
            grown = Tree.from_bytes(row.size, row.frontier)
            if before.origin != plan.origin:
                plan = await _grown(LogSnapshot(connection, grown, 0), plan, before, keys)
                plan.keep(place.keys_dir)
                ended = update(LogKey).where(col(LogKey.to_size).is_(None))
                await connection.execute(ended.values(to_size=grown.size))
                await connection.execute(insert(LogKey), _own_keys(keys, plan.origin, grown))
    finally:
        await engine.dispose()
    last = place.keys_dir / NAME
    if not last.exists() or _checkpoint(last.read_text(encoding="utf-8")).origin != plan.origin:
        signer = signer_of(await identity(place), keys, plan.origin)
        released = Released(place.keys_dir, plan.origin, signer.checkpoint_keys)
        released.forget(signer.checkpoint(grown))
    return plan


def _own_keys(keys: LogKeys, origin: str, grown: Tree) -> list[dict[str, object]]:
    return [
        {"vkey": vkey(role, origin, seed), "role": role, "from_size": grown.size, "to_size": None}
        for role in ROLES
        for seed in list(keys.signing[role].values())[-1:]
    ]


async def _grown(
    snapshot: LogSnapshot, plan: Renaming, before: Identity, keys: LogKeys
) -> Renaming:
    """The plan, with the tree of now under the old name where it has in it what was let out."""
    known = [told for note in plan.former if (told := _checkpoint(note)).origin == before.origin]
    try:
        await snapshot.check_continuity(known)
        note = signer_of(before, keys).checkpoint(snapshot.tree)
    except (LogUnavailable, SettingsError):
        return plan  # it was put back, or its old keys are gone
    others = [note for note in plan.former if _checkpoint(note).origin != before.origin]
    return replace(plan, former=(*others, note))


async def _name_former(place: Place, log: OpenLog, notes: Iterable[str], at: datetime) -> None:
    """Say in the log what its last checkpoints under former names were, and keep the notes."""
    kept = select(col(tree_tables.Anchor.evidence)).where(
        col(tree_tables.Anchor.kind) == FORMER_ORIGIN
    )
    async with reader(place) as connection:
        said = set((await connection.execute(kept)).scalars())
    for evidence in (note.encode() for note in notes):
        if evidence in said:
            continue
        told = _checkpoint(evidence.decode())
        await log.record(
            Anchor(
                by=FORMER_ORIGIN,
                name=told.origin,
                size=told.size,
                root=to_text(told.root),
                evidence=to_text(hashlib.sha256(evidence).digest()),
            ),
            at=at,
            changes=[Change(_KEEP, (told.size, FORMER_ORIGIN, evidence, to_micros(at)), changes=1)],
        )


def _checkpoint(note: str) -> Checkpoint:
    try:
        return Checkpoint.from_note(note)
    except ProofError as error:
        raise SettingsError(f"a checkpoint that was kept is none: {error}") from error
