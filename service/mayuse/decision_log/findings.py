"""What a verification of the log found: the words it uses, and the report. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "row_changed": "a record is no longer what was hashed into the log",
    "row_missing": "a leaf has no record, and no purge says why",
    "row_extra": "a record lies outside the log",
    "leaf_missing": "it is not listed any more which row a purged leaf was",
    "row_unsealed": "a record is in no leaf, and waits for none",
    "row_foreign": "a record was not written by this service",
    "record_malformed": "a record is not one this log can have",
    "copy_changed": "a column no longer says what its record says",
    "hash_changed": "a stored leaf hash is not the record's",
    "tile_changed": "a hash of the tree is not what the leaves give",
    "tile_missing": "a tile of the tree, or the end of one, is not there",
    "tile_extra": "a tile lies outside the tree",
    "state_changed": "the stored size and frontier are not those of the tree",
    "run_gap": "entries are missing from a writer's numbered run",
    "run_repeated": "a writer's run has a number twice",
    "run_end": "an entry follows the end of its run, or the run begins in its middle",
    "kept_missing": "what an entry speaks of is not kept any more, or was changed",
    "kept_extra": "something is kept that no entry speaks of",
    "index_changed": "what records are searched by is not what they say",
    "tie_changed": "what ties decisions to persons, places and facts does not agree",
    "tie_missing": "what ties decisions to persons and facts is gone, and no erasure says why",
    "key_foreign": "a key is listed as the log's that is not",
    "key_ended": "a key is listed as signing for longer than an entry says",
    "key_changed": "a key is not listed as the entries of it say, or as it must be without one",
    "key_missing": "a key of the log is not listed, or none for what it signs",
    "checkpoint_malformed": "a stored checkpoint cannot be read",
    "checkpoint_unsigned": "a checkpoint is not signed by a known key that was the log's then",
    "checkpoint_wrong": "a checkpoint has another root than the tree has at its size",
    "checkpoint_missing": "no checkpoint of this log is signed by a key that was given",
    "checkpoint_beyond": "the log is smaller than a checkpoint says it was",
}
"""Every kind of finding, in words."""

_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be."""

    kind: str
    where: str
    """`leaf 17`, `tile 0/3`, `run x`, `checkpoint 300`, or the name of a table."""

    detail: str = ""


@dataclass(slots=True)
class Report:
    """What was looked at and what was found. True only if nothing was found."""

    size: int = 0
    root: bytes = b""
    rows: int = 0
    """Records whose leaf hash was computed again."""

    hash_only: int = 0
    """Leaves whose record was purged: their hash alone is in the tree."""

    entries: Counter[str] = field(default_factory=Counter)
    """How many records of each kind."""

    tiles: int = 0
    checkpoints: int = 0
    signed: int = 0
    """The size of the largest checkpoint that is signed and has the tree's root."""

    cosignatures: int = 0
    runs: int = 0
    runs_ended: int = 0
    """Runs with a `close`: of these not even the last entry can be missing."""

    unsealed: int = 0
    """Records that wait to be sealed."""

    found: Counter[str] = field(default_factory=Counter)
    """How many findings of each kind."""

    findings: list[Finding] = field(default_factory=list)
    """The first of them."""

    def add(self, kind: str, where: str, detail: str = "") -> None:
        """Note a finding. It is told in words that can be printed, whatever was stored."""
        self.found[kind] += 1
        if len(self.findings) < _KEPT:
            self.findings.append(Finding(kind, _printable(where), _printable(detail)))

    def include(self, other: Report) -> None:
        """Note what another one has found."""
        self.found += other.found
        self.findings += other.findings[: max(_KEPT - len(self.findings), 0)]

    @property
    def ok(self) -> bool:
        """Whether everything is as it must be."""
        return not self.found

    def to_document(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {
            "ok": self.ok,
            "size": self.size,
            "root": self.root.hex(),
            "rows": self.rows,
            "hash_only": self.hash_only,
            "entries": dict(sorted(self.entries.items())),
            "tiles": self.tiles,
            "checkpoints": self.checkpoints,
            "signed": self.signed,
            "cosignatures": self.cosignatures,
            "runs": self.runs,
            "runs_ended": self.runs_ended,
            "unsealed": self.unsealed,
            "found": dict(sorted(self.found.items())),
            "findings": [
                {"kind": one.kind, "says": KINDS[one.kind], "where": one.where}
                | ({"detail": one.detail} if one.detail else {})
                for one in self.findings
            ],
        }


def _printable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()
