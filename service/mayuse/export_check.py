"""Check an export where nothing but its own files is at hand: no database, no service.

    decisions.ndjson | decisions.csv | decisions.parquet
    proof/checkpoint     the log's signed checkpoint
    proof/keys           its verifier keys; better to be had from elsewhere
    proof/leaves.jsonl   {"index": n, "leaf": base64} a line, in the order of the rows
    proof/tile/…         the hashes that lead from these leaves to the checkpoint (C2SP tlog-tiles)

Each leaf must be in the tree of the checkpoint, and each row must say what its leaf says.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from mayuse import export
from mayuse.decision_log import tiles
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.entry import Entry, leaf_hash
from mayuse.decision_log.note import Note, VerifierKey, from_base64
from mayuse.decision_log.tree import Prover, verify_inclusion
from mayuse.errors import MalformedRecord, MayuseError, ProofError, TreeError

PROOF = "proof"
CHECKPOINT, KEYS, LEAVES = "checkpoint", "keys", "leaves.jsonl"

_KEPT = 100


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
    rows = read_rows(_decisions(folder))
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
        for name in _differences(row, leaf):
            found.fault(f"row {number}: its {name} is not what leaf {index} says")
    return found


def read_rows(file: Path) -> Iterator[Mapping[str, str]]:
    """The rows of an export, each column as CSV has it. Raises `NotAnExport`."""
    try:
        if file.suffix == ".ndjson":
            yield from (_flat(orjson.loads(line)) for line in _lines(file))
        elif file.suffix == ".csv":
            with file.open(encoding="utf-8", newline="") as text:
                yield from csv.DictReader(text)
        else:
            yield from export.read_parquet(file)
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise NotAnExport(f"{file} has a row that cannot be read") from error


def _flat(document: Mapping[str, Any]) -> dict[str, str]:
    """A whole decision of NDJSON, as far as its record tells."""
    engine = document["engine"]
    values = {
        **{name: document[name] for name in ("decision_id", "at", "caller", "recipient")},
        **{name: document[name] for name in ("purpose", "effect", "faults")},
        "reasons": [f"{item['rule']}#{item['reason']}" for item in document["reasons"]],
        "policy": document["policy"]["digest"],
        "engine": f"{engine['name']}/{engine['version']}",
        "leaf_hash": document["receipt"]["leaf_hash"],
        "permitted": document["permitted"],
    }
    return {name: export.cell(value) for name, value in values.items()}


def _differences(row: Mapping[str, str], leaf: bytes) -> list[str]:
    try:
        entry = Entry.from_bytes(leaf)
    except MalformedRecord:
        return ["leaf"]
    said = {**export.row_of_entry(entry), "leaf_hash": leaf_hash(leaf).hex()}
    if "permitted" in row:  # it follows from the effect, and CSV leaves it out
        said["permitted"] = entry.effect == "permit"
    return [name for name, value in said.items() if row.get(name) != export.cell(value)]


def _leaves(proof: Path) -> Iterator[tuple[int, bytes]]:
    for line in _lines(proof / LEAVES):
        try:
            document = orjson.loads(line)
            index, leaf = document["index"], from_base64(document["leaf"])
        except (ValueError, KeyError, TypeError, ProofError) as error:
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
