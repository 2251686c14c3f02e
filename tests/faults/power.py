"""What a disk may hold after the power fails, and whether the log survives each of these states.

A writer is traced, with everything it writes. For a crash after each of its operations the files
are made again: all that was flushed, and of what was not flushed yet nothing, everything,
everything but one write, one write alone, or the last write torn at a sector. The log must open
in each state, be whole, and have every decision that had been answered by then.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CALLS = "openat,close,pwrite64,write,fdatasync,fsync,ftruncate,unlink"
FULL = ("-xx", "-s", "10000000", "-y", "-e", f"trace={CALLS}")
"""strace's options: every byte, and the path behind each file descriptor."""

_CALL = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
_FILE = re.compile(r"^\d+<((?:\\x[0-9a-f]{2}|[^>])*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_SECTOR = 512
_ENOUGH = 200
"""So many violations say it all."""

_HOLES = 24
"""About so many of the writes that wait for a flush are left out, and written alone, in turn."""


@dataclass(frozen=True)
class Op:
    """One thing the writer did to a file."""

    kind: str
    """`write`, `sync`, `truncate`, `unlink`, or `ack`: a receipt was told."""

    file: str = ""
    at: int = 0
    data: bytes = b""
    told: str = ""


@dataclass
class Disk:
    """Files as they were flushed, and what has been written since."""

    flushed: dict[str, bytes]
    loose: list[Op] = field(default_factory=list)

    def do(self, op: Op) -> None:
        if op.kind in {"write", "truncate"}:
            self.loose.append(op)
        elif op.kind == "sync":
            mine = [item for item in self.loose if item.file == op.file]
            self.flushed[op.file] = _applied(self.flushed.get(op.file, b""), mine)
            self.loose = [item for item in self.loose if item.file != op.file]
        elif op.kind == "unlink":
            self.flushed.pop(op.file, None)
            self.loose = [item for item in self.loose if item.file != op.file]

    def states(self, *, before_a_flush: bool) -> Iterator[dict[str, bytes]]:
        """States the disk may be in now; those with holes where most is loose, before a flush."""
        loose = self.loose
        yield self._with([])
        if not loose:
            return
        yield self._with(loose)
        if not before_a_flush:
            return
        for number in range(0, len(loose), 1 + len(loose) // _HOLES):
            op = loose[number]
            yield self._with([*loose[:number], *loose[number + 1 :]])
            yield self._with([op])
        last = loose[-1]
        for cut in (1, _SECTOR, 7 * _SECTOR):
            if last.kind == "write" and cut < len(last.data):
                torn = Op("write", last.file, last.at, last.data[:cut])
                yield self._with([*loose[:-1], torn])

    def _with(self, ops: list[Op]) -> dict[str, bytes]:
        files = {op.file for op in ops} | self.flushed.keys()
        return {
            file: _applied(self.flushed.get(file, b""), [op for op in ops if op.file == file])
            for file in files
        }


def read_trace(trace: Path, folder: Path) -> list[Op]:
    """What was done to the database's files in `folder`, and when receipts were told."""
    ops = []
    for line in _whole_lines(trace.read_text()):
        found = _CALL.match(line)
        if not found or found[3].startswith("-"):
            continue
        call, arguments = found[1], found[2]
        if call == "unlink":
            path = _bytes(_TEXT.search(arguments)[1]).decode()
        else:
            named = _FILE.match(arguments)
            path = _bytes(named[1]).decode() if named and named[1].startswith("\\x") else ""
            path = path or (named[1] if named else "")
        if not path.startswith(str(folder)):
            continue
        name = Path(path).name
        if name == "acks" and call == "write":
            told = _bytes(_TEXT.search(arguments)[1]).decode()
            ops.append(Op("ack", told=json.loads(told)["id"]))
        elif name in {"mayuse.db", "mayuse.db-wal"}:
            ops += _op(call, name, arguments)
    return ops


def _op(call: str, name: str, arguments: str) -> list[Op]:
    if call == "pwrite64":
        data = _bytes(_TEXT.search(arguments)[1])
        return [Op("write", name, int(arguments.rpartition(", ")[2]), data)]
    if call in {"fdatasync", "fsync"}:
        return [Op("sync", name)]
    if call == "ftruncate":
        return [Op("truncate", name, int(arguments.rpartition(", ")[2]))]
    return [Op("unlink", name)] if call == "unlink" else []


def _whole_lines(text: str) -> Iterator[str]:
    """Lines of calls; one that another thread's line cut in two is put together."""
    cut: dict[str, str] = {}
    for line in text.splitlines():
        pid = line.split(" ", 1)[0]
        if line.endswith("<unfinished ...>"):
            cut[pid] = line.removesuffix("<unfinished ...>").rstrip()
        elif " resumed>" in line and pid in cut:
            yield cut.pop(pid) + line.partition(" resumed>")[2]
        else:
            yield line


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _applied(content: bytes, ops: list[Op]) -> bytes:
    file = bytearray(content)
    for op in ops:
        end = op.at + len(op.data)
        if op.kind == "truncate":
            file = file[: op.at] + bytes(max(0, op.at - len(file)))
        else:
            file += bytes(max(0, end - len(file)))
            file[op.at : end] = op.data
    return bytes(file)


@dataclass
class Outcome:
    """What became of all states."""

    states: int = 0
    violations: list[str] = field(default_factory=list)


def survive(base: dict[str, bytes], ops: list[Op], folder: Path) -> Outcome:
    """Crash after each operation; look into every distinct state with what was told by then."""
    disk, told, outcome = Disk(dict(base)), [], Outcome()
    seen: set[tuple[int, int]] = set()
    for number, op in enumerate(ops):
        if op.kind == "ack":
            told.append(op.told)
        flush = op.kind in {"sync", "ack"}
        states = [*disk.states(before_a_flush=True)] if flush else []
        disk.do(op)
        for files in (*states, *disk.states(before_a_flush=False)):
            key = (hash(frozenset(files.items())), len(told))
            if key in seen:
                continue
            seen.add(key)
            outcome.states += 1
            if fault := _look(files, told, folder):
                outcome.violations.append(f"after operation {number}: {fault}")
                if len(outcome.violations) == _ENOUGH:
                    return outcome
    return outcome


def _look(files: dict[str, bytes], told: list[str], folder: Path) -> str | None:
    """What is wrong with a log of these files, if anything."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    try:
        database = sqlite3.connect(folder / "mayuse.db")
        try:
            return _faults(database, told)
        finally:
            database.close()
    except sqlite3.Error as error:
        return f"it does not open: {error}"


def _faults(database: sqlite3.Connection, told: list[str]) -> str | None:
    def one(statement: str) -> int:
        return int(database.execute(statement).fetchone()[0])

    there = {row[0] for row in database.execute("SELECT id FROM decision")}
    lost = len(set(told) - there)
    if lost:
        return f"{lost} answered decisions are lost"
    records, leaves = one("SELECT count(*) FROM decision"), one("SELECT count(*) FROM leaf")
    size = one("SELECT size FROM log_state")
    hashes = one("SELECT coalesce(sum(length(data)), 0) / 32 FROM tile WHERE level = 0")
    if not records == leaves == size == hashes:
        return f"{records} records, {leaves} leaves, {hashes} hashes, size {size}"
    in_order = "SELECT leaf_hash FROM leaf JOIN decision USING (seq) ORDER BY leaf_index"
    leaf_hashes = b"".join(row[0] for row in database.execute(in_order))
    tiles = "SELECT data FROM tile WHERE level = 0 ORDER BY idx"
    if leaf_hashes != b"".join(row[0] for row in database.execute(tiles)):
        return "the tiles are not those of the records"
    return None
