"""Everything that is stored of the log, in order, for `verify`: a million rows in seconds.

Read with the drivers themselves, some thousand rows at a time, all from one state of the database.
What is read is handed on as it is; nothing is judged here.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from operator import itemgetter
from typing import Any

import asyncpg

from mayuse import bundle as bundles
from mayuse.decision_log.entry import to_text
from mayuse.decision_log.event import ACTIVATION, Anchor, Bundle, Erasure, name_of
from mayuse.decision_log.findings import Report
from mayuse.decision_log.mac import Mac
from mayuse.decision_log.note import VerifierKey
from mayuse.decision_log.records import CHANGED, Row
from mayuse.decision_log.verify import Log, LogKey, Tile, verify
from mayuse.errors import BundleError
from mayuse.store.absence import POSTGRESQL_FAILED, unavailable
from mayuse.store.helpers import Helping
from mayuse.store.log_beside import Indexed, RuleIndex, check_keys
from mayuse.store.log_reader import StoredKey, checkpoint_keys
from mayuse.store.policy_activations import signed_activation
from mayuse.store.said_beside import check_said
from mayuse.store.session import BUSY_SECONDS, Location, open_sqlite_reader
from mayuse.store.stretches import COPIED, NO_COMPILING, Fetch, Stretches, copies, fetch_sqlite, raw
from mayuse.store.ties import FactsId, check_ties
from mayuse.store.whole_leaves import leaves

PAGE = 4096
"""Rows read at once."""

_WAIT_SECONDS = 600.0
"""For one page, at most: long where PostgreSQL has not counted its tables, as after a restore."""

_DONE = object()

_TILES = (
    "SELECT level, idx, data FROM tile WHERE level > $1 OR (level = $1 AND idx > $2) "
    "ORDER BY level, idx LIMIT $3"
)
_CHECKPOINTS = "SELECT size, note FROM checkpoint WHERE size > $1 ORDER BY size LIMIT $2"
_WITNESSED = "SELECT size, evidence FROM anchor WHERE kind = 'witness' ORDER BY size, id"
_BEYOND = (
    "SELECT leaf_index FROM leaf LEFT JOIN decision ON decision.seq = leaf.seq "
    "WHERE (leaf_index < 0 OR leaf_index >= $1) AND decision.seq IS NULL ORDER BY leaf_index"
)
_STATE = "SELECT origin, size, frontier, min_index FROM log_state"
_KEYS = "SELECT role, vkey, from_size, to_size FROM log_key"
_OUTSIDE = (
    "SELECT decision.seq, record, leaf_hash, row_mac, pending.seq, {columns} FROM decision "
    "LEFT JOIN leaf ON leaf.seq = decision.seq LEFT JOIN pending ON pending.seq = decision.seq "
    "WHERE leaf.leaf_index IS NULL ORDER BY decision.seq"
)
_LOST = (
    "SELECT pending.seq FROM pending LEFT JOIN decision ON decision.seq = pending.seq "
    "LEFT JOIN leaf ON leaf.seq = pending.seq "
    "WHERE decision.seq IS NULL OR leaf.seq IS NOT NULL ORDER BY pending.seq"
)
_WAITING = "SELECT seq FROM pending"
_RULES = (
    "SELECT rule, t_us, seq FROM decision_rule WHERE (rule, t_us, seq) > ($1, $2, $3) "
    "ORDER BY rule, t_us, seq LIMIT $4"
)
_DECIDED = "SELECT DISTINCT policy FROM decision WHERE policy IS NOT NULL ORDER BY policy"
_DIGESTS = "SELECT digest FROM policy_bundle"
_BUNDLES = "SELECT digest, bundle FROM policy_bundle"
_ACTIVATIONS = (
    "SELECT policy, version, reason, ordered_by, because, number, previous, t_us, mac "
    "FROM policy_activation"
)
_ERASED = "SELECT key_id FROM erased_key"
_ANCHORS = "SELECT kind, size, evidence FROM anchor"


@dataclass(frozen=True, slots=True)
class Beside:
    """What one who verifies brings along."""

    checkpoints: Sequence[tuple[int, str]] = ()
    """Sizes and notes that were kept outside the database."""

    keys: Sequence[VerifierKey] | None = None
    """Keys from outside, to be believed in the place of those in the database."""

    own: Mapping[str, Mapping[str, bytes]] | None = None
    """For one who holds the log's signing keys: by role, their seeds by name."""

    witnesses: Sequence[VerifierKey] = ()
    row_mac: Mac | None = None
    facts_id: FactsId | None = None


async def verify_stored(
    location: Location,
    beside: Beside = Beside(),
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Verify all that the database holds of the log, and what was kept outside it.

    `progress` hears up to which leaf all were read. Other processes help with a large log. Raises
    `LogUnavailable` when the database does not answer; what is wrong with the log itself is in the
    report.
    """
    given_up = threading.Event()

    def heard(seen: int) -> None:
        if given_up.is_set():
            raise InterruptedError
        progress(seen)

    try:
        if location.dialect == "sqlite":
            return await asyncio.to_thread(_verify_sqlite, location, beside, heard)
        return await _verify_postgresql(location, beside, heard)
    except asyncio.CancelledError:
        given_up.set()  # the thread goes on until it hears of it
        raise
    except (sqlite3.Error, *POSTGRESQL_FAILED) as error:
        raise unavailable("the decision log cannot be read", error) from error


def _verify_sqlite(location: Location, beside: Beside, progress: Callable[[int], None]) -> Report:
    with _open_sqlite(location) as connection:
        connection.execute("BEGIN")
        fetch = partial(fetch_sqlite, connection)
        try:
            return verify_read(fetch, "sqlite", beside, progress, location=location)
        except sqlite3.OperationalError as error:
            if not str(error).startswith("Could not decode"):
                raise
            # Text that is none: read so that it is seen where it stands. It takes longer.
            connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
            return verify_read(fetch, "sqlite", beside, progress, location=location)


@contextmanager
def _open_sqlite(location: Location) -> Iterator[sqlite3.Connection]:
    connection = open_sqlite_reader(location.file)
    try:
        yield connection
    finally:
        connection.close()


async def _verify_postgresql(
    location: Location, beside: Beside, progress: Callable[[int], None]
) -> Report:
    connection = await asyncpg.connect(
        location.dsn, timeout=BUSY_SECONDS, server_settings=NO_COMPILING
    )
    loop = asyncio.get_running_loop()

    def fetch(statement: str, *values: object) -> Sequence[tuple[Any, ...]]:
        # The verification runs in a thread of its own; the connection belongs to the loop.
        answer = asyncio.run_coroutine_threadsafe(connection.fetch(statement, *values), loop)
        found: Sequence[tuple[Any, ...]] = answer.result(_WAIT_SECONDS)
        return found

    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await asyncio.to_thread(
                verify_read, fetch, "postgresql", beside, progress, location=location
            )
    finally:
        await connection.close()


def verify_read(
    fetch: Fetch,
    dialect: str,
    beside: Beside = Beside(),
    progress: Callable[[int], None] = lambda _: None,
    *,
    location: Location | None = None,
) -> Report:
    """Verify the log, and then what is searched instead of it, with all that `fetch` reads.

    With `location` other processes may help, who read what is there.
    """
    index = RuleIndex()
    searched = _rules(fetch)
    log = _log(fetch, dialect, beside)
    tied = Report()
    ties = check_ties(fetch, dialect, beside.facts_id, tied)

    def meanwhile() -> bool:
        return index.compare(searched) or next(ties, _DONE) is not _DONE

    rows = leaves(
        fetch,
        Stretches(fetch, dialect, index.secret, beside.row_mac),
        size=log.size,
        index=index,
        helping=None if location is None else Helping(location, index.secret, beside.row_mac),
        meanwhile=meanwhile,
        progress=progress,
    )
    report = verify(replace(log, rows=rows, seen=index.follow))
    while meanwhile():
        progress(log.size)
    for rule in index.differing():
        report.add("index_changed", f"rule {rule}")
    report.include(tied)
    for (index_beyond,) in fetch(_BEYOND, log.size):
        report.add("row_extra", f"leaf {index_beyond}", "it has no record")
    if report.hash_only:  # the entry that speaks of a bundle may have been purged
        there = {digest for (digest,) in fetch(_DIGESTS)}
        for (policy,) in fetch(_DECIDED):
            if policy not in there:
                report.add("kept_missing", f"bundle {policy}")
    keys = _stored_keys(fetch)
    check_said(fetch, keys, log.origin, log.min_index, report)
    if beside.own is not None:
        check_keys(log.origin, keys, beside.own, report)
    return report


def _rules(fetch: Fetch) -> Iterator[Sequence[Indexed]]:
    """What is searched by rules, but for records that wait to be sealed."""
    waiting = {seq for (seq,) in fetch(_WAITING)}
    after: tuple[object, ...] = ("", -(2**63), -(2**63))
    while page := fetch(_RULES, *after, PAGE):
        after = page[-1]
        yield [row for row in page if row[2] not in waiting] if waiting else page


def _log(fetch: Fetch, dialect: str, beside: Beside) -> Log:
    """All but the leaves."""
    states = fetch(_STATE) or [("", -1, b"", -1)]
    origin, size, frontier, min_index = states[0]
    stored = _stored_keys(fetch)
    # What was signed under a former name may be more than the database that was put back has.
    keys = [
        key if key.key.name == origin else key._replace(to_size=None)
        for key in checkpoint_keys(stored)
    ]
    if beside.keys:
        known = {item.key: item for item in keys}  # believed from outside is whose, not how long
        keys = [known.get(key, LogKey(key)) for key in beside.keys]
    return Log(
        origin=str(origin),
        size=_number(size),
        frontier=raw(frontier),
        min_index=_number(min_index),
        rows=(),
        tiles=_tiles(fetch),
        checkpoints=heapq.merge(
            _checkpoints(fetch), _witnessed(fetch), sorted(beside.checkpoints), key=itemgetter(0)
        ),
        keys=keys,
        must_be_signed=beside.keys is not None,
        witnesses=beside.witnesses,
        waiting=_outside(fetch, dialect, waiting=True),
        orphans=_outside(fetch, dialect, waiting=False),
        kept=_kept(fetch, beside.row_mac),
        copies=copies,
        row_mac=beside.row_mac,
    )


def _stored_keys(fetch: Fetch) -> list[StoredKey]:
    return [
        StoredKey(role, str(vkey), _number(begin), None if end is None else _number(end))
        for role, vkey, begin, end in fetch(_KEYS)
    ]


def _tiles(fetch: Fetch) -> Iterator[Tile]:
    level, index = -1, -1
    while page := fetch(_TILES, level, index, PAGE // 8):
        for level, index, data in page:
            yield Tile(level, index, raw(data))


def _checkpoints(fetch: Fetch) -> Iterator[tuple[int, str]]:
    size = -(2**63)
    while page := fetch(_CHECKPOINTS, size, PAGE):
        for size, note in page:
            yield size, str(note)


def _witnessed(fetch: Fetch) -> Iterator[tuple[int, str]]:
    """The checkpoints that witnesses cosigned: one a minute at most, and so not many."""
    for size, evidence in fetch(_WITNESSED):
        yield size, raw(evidence).decode(errors="replace")


def _outside(fetch: Fetch, dialect: str, *, waiting: bool) -> Iterator[Row]:
    """Records in no leaf: those that wait to be sealed, or those that nothing waits for."""
    for row in fetch(_OUTSIDE.format(columns=COPIED[dialect])):
        seq, record, leaf_hash, row_mac, pending, *copied = row
        if (pending is not None) == waiting:
            yield Row(seq, raw(record), raw(leaf_hash), tuple(copied), raw(row_mac))
    if not waiting:
        for (seq,) in fetch(_LOST):
            yield Row(seq, None, b"")


def _kept(fetch: Fetch, row_mac: Mac | None) -> Iterator[tuple[str, str]]:
    """What is kept because an entry says so, as `event.keeps` names it."""
    for digest, archive in fetch(_BUNDLES):
        yield Bundle.kind, digest if _is_bundle(digest, archive) else f"{digest}{CHANGED}"
    for row in fetch(_ACTIVATIONS):
        yield ACTIVATION, _activation(row, row_mac)
    for (key_id,) in fetch(_ERASED):
        yield Erasure.kind, to_text(raw(key_id))
    for by, size, evidence in fetch(_ANCHORS):
        digest = to_text(hashlib.sha256(raw(evidence)).digest())
        yield Anchor.kind, f"{by} {size} {digest}"


def _activation(row: Sequence[Any], row_mac: Mac | None) -> str:
    *said, at, mac = row
    try:
        what = Bundle(*said)
        if row_mac is None or mac == row_mac(signed_activation(what, at)):
            return name_of(what)
    except (TypeError, UnicodeEncodeError):  # SQLite keeps in a column whatever was put there
        pass
    return f"{row[5]}{CHANGED}"


def _is_bundle(digest: str, archive: object) -> bool:
    try:
        return bundles.read(raw(archive), complete=False).digest == digest
    except BundleError:
        return False


def _number(value: object) -> int:
    return value if isinstance(value, int) else -1
