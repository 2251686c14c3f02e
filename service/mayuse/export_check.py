"""Check an export where nothing but its own files is at hand: no database, no service.

    decisions.ndjson | decisions.csv | decisions.parquet
    proof/checkpoint     the log's signed checkpoint
    proof/keys           its verifier keys; better to be had from elsewhere
    proof/leaves.jsonl   {"index": n, "leaf": base64} a line, in the order of the rows
    proof/tile/…         the hashes that lead from these leaves to the checkpoint (C2SP tlog-tiles)

Each leaf must be in the tree of the checkpoint, and each row must say what its leaf says, and be
there once. What rows were left out, nothing here tells.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from mayuse import export, strict_json
from mayuse.decision_log import tiles
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.entry import Entry, leaf_hash
from mayuse.decision_log.note import Note, VerifierKey, from_base64
from mayuse.decision_log.tree import Prover, verify_inclusion
from mayuse.errors import InvalidJSON, MalformedRecord, MayuseError, ProofError, TreeError
from mayuse.store.decisions import StoredDecision

PROOF = "proof"
CHECKPOINT, KEYS, LEAVES = "checkpoint", "keys", "leaves.jsonl"

_KEPT = 100


Row = Mapping[str, Any]


class NotAnExport(MayuseError):
    """A folder lacks a file that every export has, or one of them cannot be read at all."""


@dataclass(slots=True)
class Checked:
    """What came of checking an export."""

    rows: int = 0
    leaves: int = 0
    size: int = 0
    """Leaves of the log that the checkpoint is of."""

    origin: str = ""
    faults: list[str] = field(default_factory=list)
    """What does not hold, the first hundred of it."""

    @property
    def holds(self) -> bool:
        """Whether everything does."""
        return not self.faults

    def fault(self, sentence: str) -> None:
        """Add one."""
        if len(self.faults) < _KEPT:
            self.faults.append(sentence)


def check(folder: Path, keys: Sequence[VerifierKey] = ()) -> Checked:
    """Check the export in a folder; by its own keys when none are given.

    Raises `NotAnExport`, and `ProofError` when the checkpoint is not signed by the keys.
    """
    proof = folder / PROOF
    own = keys or [VerifierKey.from_text(line) for line in _text(proof / KEYS).splitlines()]
    checkpoint = Checkpoint.verify(Note.from_text(_text(proof / CHECKPOINT)), own)
    found = Checked(size=checkpoint.size, origin=checkpoint.origin)
    prover = Prover(checkpoint.size, tiles.reader(lambda path: _raw(proof / path)))
    table = _decisions(folder)
    rows, differing = (
        (_documents(table), _in_document) if table.suffix == ".ndjson" else (_rows(table), _in_row)
    )
    there: set[int] = set()
    for number, (row, line) in enumerate(itertools.zip_longest(rows, _leaves(proof)), start=1):
        if row is None or line is None:
            found.fault(f"row {number}: rows and leaves are not equally many")
            return found
        found.rows += 1
        found.leaves += 1
        index, leaf = line
        try:
            hashed = leaf_hash(leaf)
            verify_inclusion(
                hashed, index, checkpoint.size, prover.inclusion(index), checkpoint.root
            )
        except (ProofError, TreeError) as error:
            found.fault(f"row {number}: leaf {index} is not in the log: {error}")
        if index in there:
            found.fault(f"row {number}: leaf {index} is in the export already")
        there.add(index)
        for name in _differences(row, leaf, differing):
            found.fault(f"row {number}: its {name} is not what leaf {index} says")
    return found


def _documents(file: Path) -> Iterator[Row]:
    for line in _lines(file):
        try:
            document = strict_json.loads(line)
        except InvalidJSON as error:
            raise NotAnExport(f"{file} has a line that cannot be read: {error}") from error
        if not isinstance(document, dict):
            raise NotAnExport(f"{file} has a line that is no decision")
        yield document


def _rows(file: Path) -> Iterator[Row]:
    """The rows of a table, each column as CSV has it: all columns of an export, and no other."""
    try:
        rows = _csv(file) if file.suffix == ".csv" else export.read_parquet(file)
        for names, values in rows:
            if names != list(export.COLUMNS):
                raise NotAnExport(f"{file} has not the columns of an export")
            yield dict(zip(names, values, strict=True))
    except (ValueError, csv.Error) as error:
        raise NotAnExport(f"{file} has a row that cannot be read") from error


def _csv(file: Path) -> Iterator[tuple[list[str], list[str]]]:
    with file.open(encoding="utf-8", newline="") as text:
        rows = csv.reader(text, strict=True)
        names = next(rows, [])
        yield from ((names, values) for values in rows)


def _differences(
    row: Row, leaf: bytes, differing: Callable[[Row, StoredDecision], list[str]]
) -> list[str]:
    try:
        entry = Entry.from_bytes(leaf)
    except MalformedRecord:
        return ["leaf"]
    return differing(row, StoredDecision(entry, leaf, leaf_hash(leaf).hex(), detail=None))


def _in_document(document: Row, stored: StoredDecision) -> list[str]:
    """What a whole decision says otherwise than its leaf: all of it, but for the detail beside."""
    said = export.whole(stored)
    names = sorted({*said, *document} - {"detail"})
    differing = [name for name in names if _text_of(document, name) != _text_of(said, name)]
    return differing + (["detail"] if _contradicts(document.get("detail"), stored.entry) else [])


def _contradicts(detail: object, entry: Entry) -> bool:
    """Whether the facts beside a record, if any, are of another question than the record is."""
    if detail is None:  # erased: whether it was is not in the record
        return False
    if not isinstance(detail, dict) or not isinstance(facts := detail.get("facts"), dict):
        return True
    return (facts.get("recipient"), facts.get("purpose")) != (entry.recipient, entry.purpose)


def _text_of(document: Row, name: str) -> bytes:
    """So that `true` is not 1, and nothing is not null."""
    return orjson.dumps(document[name], option=orjson.OPT_SORT_KEYS) if name in document else b""


def _in_row(row: Row, stored: StoredDecision) -> list[str]:
    said = {**export.row_of_entry(stored.entry), "leaf_hash": stored.leaf_hash}
    return [name for name, value in said.items() if row[name] != export.cell(value)]


def _leaves(proof: Path) -> Iterator[tuple[int, bytes]]:
    for line in _lines(proof / LEAVES):
        try:
            document = strict_json.loads(line)
            index, leaf = document["index"], from_base64(document["leaf"])
        except (InvalidJSON, ValueError, KeyError, TypeError, ProofError) as error:
            raise NotAnExport(f"{proof / LEAVES} has a line that is no leaf") from error
        if type(index) is not int:
            raise NotAnExport(f"{proof / LEAVES} has a line that is no leaf")
        yield index, leaf


def _decisions(folder: Path) -> Path:
    found = [folder / f"decisions.{kind}" for kind in export.FORMATS]
    there = [file for file in found if file.is_file()]
    if len(there) != 1:
        raise NotAnExport(f"{folder} has no file of decisions, or more than one")
    return there[0]


def _lines(file: Path) -> Iterable[bytes]:
    try:
        with file.open("rb") as opened:
            yield from opened
    except OSError as error:
        raise NotAnExport(f"{file}: {error.strerror}") from error


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotAnExport(f"{file} cannot be read") from error


def _raw(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None
