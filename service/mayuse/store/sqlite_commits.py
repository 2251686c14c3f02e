"""Batches of records into SQLite: one transaction each, in one thread, sealed and durable.

Any number of processes may write: `BEGIN IMMEDIATE` lets one at a time, and the others wait up to
the busy timeout. Each reads where the tree ends, writes its records, makes leaves of them and
commits; then a second connection reads all of it back before a checkpoint or proof leaves the
house. After any error the connections are dropped and the next batch opens others, so that
nothing is ever concluded from a connection that has failed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from mayuse.answer import Receipt
from mayuse.decision_log.entry import Overtaken, leaf_hash
from mayuse.decision_log.event import Close, Happening
from mayuse.decision_log.keys import LogKeys
from mayuse.decision_log.released import (
    Released,
    check_continuity,
    damaged,
    not_as_signed,
    tiles_to_check,
)
from mayuse.decision_log.sealing import Seal
from mayuse.decision_log.signer import Signer
from mayuse.decision_log.tree import Tree
from mayuse.errors import OPERATOR_SECONDS, LogUnavailable, TreeError
from mayuse.store import inserts, rows, sqlite_tree
from mayuse.store import sqlite_faults as faults
from mayuse.store.rows import LEAF_SEQ, Change, Line, Pending, Place, Subject
from mayuse.store.session import open_sqlite, open_sqlite_reader

KEEP_EVERY_US = 60_000_000
"""A checkpoint is kept this often; all others can be made again."""

BACKLOG_LIMIT = 5_000
"""Records that were written before there was a tree are sealed so many at a time."""

_FIND_AT_ONCE = 64
_FIND_KEYS = f"""
    SELECT lookup, number, key_id, kek_id, wrapped FROM subject_key
    WHERE lookup IN ({", ".join("?" * _FIND_AT_ONCE)})
"""  # noqa: S608 - nothing but question marks
_LAST_NUMBER = "SELECT seq FROM sqlite_sequence WHERE name = ?"
_LAST_KEPT = "SELECT coalesce(max(t_us), 0) FROM checkpoint"
_EXPIRED = "DELETE FROM idempotency WHERE expires_us <= ?"

T = TypeVar("T")


class SqliteCommits:
    """Writes batches of records to one SQLite file."""

    def __init__(self, path: Path, keys: LogKeys, signer: Signer, released: Released) -> None:
        self._path = path
        self._keys = keys
        self._signer = signer
        self._released = released
        self._place = Place()
        self._connection: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._tree: Tree | None = None
        self._kept_at = 0
        self._unsettled = False
        self._broken: LogUnavailable | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="decision-log")

    async def commit(self, batch: Sequence[Pending]) -> list[Receipt]:
        """Make a batch durable, all of it or none; its receipts, with their proofs.

        Raises `LogUnavailable`: `log_rolled_back` when the database is older than what was signed;
        `Unwritable` when the batch itself is at fault.
        """
        receipts = await self._in_thread(
            lambda: self._commit(lambda it: self._decisions(it, batch))
        )
        return receipts[-len(batch) :]

    async def record(self, what: Happening, t: int, changes: Sequence[Change]) -> Receipt:
        """Make an event durable, with the changes that belong to it. Raises as `commit` does."""

        def write(connection: sqlite3.Connection) -> list[Line]:
            return self._event(connection, what, t, changes)

        return (await self._in_thread(lambda: self._commit(write)))[-1]

    async def start(self) -> None:
        """Open the file, see that the tree goes on, seal what waits from before there was one.

        Raises `LogUnavailable` as `commit` does.
        """
        await self._in_thread(self._start)

    async def close(self) -> None:
        """End the run, then close the file, after what is being written."""
        await self._in_thread(self._end)
        self._thread.shutdown()

    async def _in_thread(self, do: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, do)

    def _commit(self, write: Callable[[sqlite3.Connection], list[Line]]) -> list[Receipt]:
        """One transaction: where the tree ends, the records, the tree with them."""
        if self._broken is not None:
            raise self._broken
        try:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            tree = self._tree_now(connection)
            lines = write(connection)
            first = _last_number(connection, "decision") - len(lines) + 1
            seal = Seal.of(tree, [line.leaf_hash for line in lines], self._signer)
            self._write_seal(connection, seal, range(first, first + len(lines)))
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            told = faults.told(
                error, self._path
            )  # before closing, which may shorten what filled the disk
            self._unsettled |= faults.primary_code(error) == sqlite3.SQLITE_IOERR
            self._drop()
            raise told from error
        except BaseException:
            self._drop()
            raise
        self._publish(seal)
        return seal.receipts()

    def _decisions(self, connection: sqlite3.Connection, batch: Sequence[Pending]) -> list[Line]:
        now = batch[0].content.t
        if any(item.repeat for item in batch):
            connection.execute(_EXPIRED, (now,))
        subjects = self._subjects(connection, batch)
        lines = rows.opening(self._place, self._keys, now)
        written = rows.write_all(batch, subjects, self._place, self._keys)
        lines += [item.line for item in written]
        inserts.FACTS.into_sqlite(connection, rows.distinct_facts(batch))
        end = self._insert(connection, lines)
        for insert, values in rows.details(written, range(end - len(batch), end)):
            insert.into_sqlite(connection, values)
        return lines

    def _event(
        self, connection: sqlite3.Connection, what: Happening, t: int, changes: Sequence[Change]
    ) -> list[Line]:
        lines = rows.opening(self._place, self._keys, t)
        lines.append(rows.write_event(what, self._place, self._keys, t))
        seq = self._insert(connection, lines) - 1
        for change in changes:
            values = [seq if value is LEAF_SEQ else value for value in change.values]
            statement = re.sub(r"\$(\d+)", r"?\1", change.statement)
            count = connection.execute(statement, values).rowcount
            if change.changes not in {None, count}:
                raise Overtaken("the database is not as it was when this began")
        return lines

    def _insert(self, connection: sqlite3.Connection, lines: Sequence[Line]) -> int:
        """Number the lines and insert them; the number after the last one."""
        first = _last_number(connection, "decision") + 1
        numbered = [(seq, *line.row) for seq, line in enumerate(lines, first)]
        inserts.DECISION.into_sqlite(connection, numbered)
        return first + len(lines)

    def _subjects(
        self, connection: sqlite3.Connection, batch: Sequence[Pending]
    ) -> dict[bytes, Subject]:
        """The keys of the persons in a batch; those who have none yet are given one.

        Looked up each time, inside the transaction: a key that was destroyed is never used again.
        """
        wanted = {item.lookup: item.content.t for item in batch if item.lookup is not None}
        lookups = list(wanted)
        subjects = {}
        for start in range(0, len(lookups), _FIND_AT_ONCE):
            some = lookups[start : start + _FIND_AT_ONCE]
            some += some[-1:] * (_FIND_AT_ONCE - len(some))
            for row in connection.execute(_FIND_KEYS, some):
                subjects[row[0]] = rows.known_subject(self._keys, row)
        unknown = {lookup: t for lookup, t in wanted.items() if lookup not in subjects}
        first = _last_number(connection, "subject_key") + 1
        fresh = list(enumerate(rows.new_subjects(self._keys, unknown), first))
        for number, (made, (lookup, *_)) in fresh:
            subjects[lookup] = Subject(number, made.key)
        inserts.SUBJECT_KEY.into_sqlite(connection, [(number, *row) for number, (_, row) in fresh])
        return subjects

    def _tree_now(self, connection: sqlite3.Connection, let_out: list[str] | None = None) -> Tree:
        """Where the tree ends. When others have written since, see that ours is still in it.

        `let_out`: the newest checkpoints known before the transaction, if it lets others write.
        """
        self._signer.heed(*sqlite_tree.read_signers(connection))
        try:
            tree = sqlite_tree.read_tree(connection)
        except TreeError as error:
            raise damaged() from error
        if tree != self._tree:
            notes = self._released.notes() if let_out is None else let_out
            remembered = self._released.believed(notes)
            tiles = sqlite_tree.read_tiles(connection, tiles_to_check(tree, remembered))
            check_continuity(tree, tiles, remembered)
            self._tree = tree
        return tree

    def _write_seal(self, connection: sqlite3.Connection, seal: Seal, seqs: Sequence[int]) -> None:
        now = time.time_ns() // 1000
        keep = not 0 <= now - self._kept_at < KEEP_EVERY_US
        sqlite_tree.write_seal(connection, seal, seqs, now if keep else None)
        if keep:
            self._kept_at = now

    def _publish(self, seal: Seal) -> None:
        """Read back what was committed, and only then let it out.

        What does not read back as it was signed is the end: nothing more is signed.
        """
        try:
            whole = sqlite_tree.reads_back(self._reader_now(), seal)
        except sqlite3.Error as error:
            self._drop()
            raise LogUnavailable("log_unavailable", "what was sealed cannot be read") from error
        if not whole:
            self._drop()
            self._broken = not_as_signed()
            raise self._broken
        self._tree = seal.after
        self._released.let_out(seal.note, seal.after.size)

    def _start(self) -> None:
        if self._broken is not None:
            raise self._broken
        try:
            connection = self._open()
            let_out = self._released.notes()
            connection.execute("BEGIN")  # to look, nobody needs to wait
            self._tree_now(connection, let_out)
            waiting = sqlite_tree.read_pending(connection, 0, 1)
            connection.execute("COMMIT")
            while waiting and self._seal_backlog(connection):
                pass
        except (sqlite3.Error, OSError) as error:
            self._drop()
            raise faults.told(error, self._path) from error
        except BaseException:
            self._drop()
            raise

    def _seal_backlog(self, connection: sqlite3.Connection) -> bool:
        """Seal some of the records that wait; whether there were any."""
        connection.execute("BEGIN IMMEDIATE")
        waiting = sqlite_tree.read_pending(connection, 0, BACKLOG_LIMIT)
        for item in waiting:
            if leaf_hash(item.record) != item.leaf_hash or item.row_mac != self._keys.row_mac(
                item.leaf_hash
            ):
                raise LogUnavailable(
                    "log_unavailable",
                    f"record {item.seq} was changed before it was sealed",
                    OPERATOR_SECONDS,
                )
        if not waiting:
            connection.execute("ROLLBACK")
            return False
        seal = Seal.of(
            self._tree_now(connection), [item.leaf_hash for item in waiting], self._signer
        )
        seqs = [item.seq for item in waiting]
        self._write_seal(connection, seal, seqs)
        sqlite_tree.done_waiting(connection, seqs)
        connection.execute("COMMIT")
        self._publish(seal)
        return True

    def _end(self) -> None:
        """Write the run's `close`, if it began and nothing is wrong."""
        if self._connection is not None and self._place.count and self._broken is None:
            now = time.time_ns() // 1000
            self._kept_at = 0  # the last checkpoint of a run is kept
            with contextlib.suppress(LogUnavailable):  # it ends without its `close`, as in a crash
                self._commit(lambda connection: self._event(connection, Close(), now, ()))
        self._drop()

    def _open(self) -> sqlite3.Connection:
        file = os.stat(self._path)  # noqa: PTH116 - called for every commit
        identity = (file.st_dev, file.st_ino)
        if self._connection is not None and self._file == identity:
            return self._connection
        self._drop()  # the file we had open is no longer the one at this path
        self._connection, self._file = open_sqlite(self._path), identity
        self._place = Place()
        [self._kept_at] = self._connection.execute(_LAST_KEPT).fetchone()
        if self._unsettled:
            faults.settle(self._connection)
            self._unsettled = False
        return self._connection

    def _reader_now(self) -> sqlite3.Connection:
        if self._reader is None:
            self._reader = open_sqlite_reader(self._path)
        return self._reader

    def _drop(self) -> None:
        self._tree = None
        for connection in (self._reader, self._connection):
            if connection is not None:
                connection.close()
        self._reader = self._connection = None


def _last_number(connection: sqlite3.Connection, table: str) -> int:
    """The highest number a table ever gave; nobody can give another before we commit."""
    found = connection.execute(_LAST_NUMBER, (table,)).fetchone()
    return int(found[0]) if found else 0
