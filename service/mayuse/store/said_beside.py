"""Whether rows beside the tree are those that single records speak of: in both directions.

Which keys of persons were destroyed, which keys signed which sizes, which bundles decided. None of
it is part of the tree, but records say it; what no record says must at least fit together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

from mayuse.decision_log.checkpoint import receipt_name
from mayuse.decision_log.entry import to_text
from mayuse.decision_log.event import RESTORED, Erasure, Event, Happening, Key
from mayuse.decision_log.findings import Report
from mayuse.decision_log.keys import ROLES
from mayuse.errors import MalformedRecord
from mayuse.store.log_reader import StoredKey
from mayuse.store.stretches import Fetch, raw
from mayuse.store.tables import KINDS

What = TypeVar("What", bound=Happening)

_HAPPENED = "SELECT seq, record FROM decision WHERE kind <> 0 AND kind = $1 ORDER BY seq"
_ERASED = (
    "SELECT key_id, leaf_seq, decision.seq, leaf.leaf_index FROM erased_key "
    "LEFT JOIN decision ON decision.seq = leaf_seq LEFT JOIN leaf ON leaf.seq = leaf_seq"
)
_NUMBERS = "SELECT number FROM policy_activation"
_STATES = "SELECT one FROM log_state"
_PURGED = "SELECT count(*) FROM leaf WHERE leaf_index >= 0 AND leaf_index < $1"


def check_said(
    fetch: Fetch, keys: Sequence[StoredKey], origin: str, min_index: int, report: Report
) -> None:
    """See that these rows are those that records speak of.

    `min_index`: records of leaves before this one may have been purged, and what they said.
    """
    _check_erased(fetch, min_index, report)
    _check_counted(fetch, min_index, report)
    _SaidKeys.of(fetch, keys, origin, min_index).check(report)


def happened(fetch: Fetch, kind: type[What]) -> Iterator[tuple[int, What]]:
    """What the records of a kind say, each with its row's number."""
    for seq, record in fetch(_HAPPENED, KINDS.index(kind.kind)):
        try:
            what = Event.from_bytes(raw(record)).what
        except MalformedRecord:
            continue  # found where the records are looked at
        if isinstance(what, kind):
            yield seq, what


def _check_erased(fetch: Fetch, min_index: int, report: Report) -> None:
    """See that each key that was destroyed is listed with the record that says so."""
    says: dict[str, int] = {}
    for seq, what in happened(fetch, Erasure):
        if what.reason != RESTORED:
            says[what.key_id] = seq
    for key_id, listed, there, leaf in fetch(_ERASED):
        name = to_text(raw(key_id))
        purged = there is None and leaf is not None and leaf < min_index
        if says.get(name) != listed and (name in says or not purged):
            told = f"row {listed} is not the one that says so"
            report.add("kept_missing", f"erasure {name}", told)


def _check_counted(fetch: Fetch, min_index: int, report: Report) -> None:
    """See that nothing is missing of what is counted, though the records of it were purged."""
    for before, after in pairwise([0, *sorted(number for (number,) in fetch(_NUMBERS))]):
        if after - before > 1:
            report.add("kept_missing", f"activations {before + 1} to {after - 1}")
    [(leaves,)] = fetch(_PURGED, min_index)
    if leaves != max(min_index, 0):
        report.add("leaf_missing", "log", f"{leaves} are listed of {min_index} that were purged")
    if [one for (one,) in fetch(_STATES)] not in ([], [1]):  # that there is none is found already
        report.add("state_changed", "log", "there is another row of it")


@dataclass(slots=True)
class _SaidKeys:
    """The keys that are listed, and what records say of them.

    No record says when the first keys of a log began to sign, nor those it took with a new name.
    But these begin where those of the name before end, and the first at 0.
    """

    stored: Sequence[StoredKey]
    origin: str
    min_index: int
    began: dict[str, Key] = field(default_factory=dict)
    """By verifier key: the first record of it."""

    ended: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls, fetch: Fetch, stored: Sequence[StoredKey], origin: str, min_index: int
    ) -> _SaidKeys:
        """With what the records say."""
        said = cls(stored, origin, min_index)
        for _, what in happened(fetch, Key):
            said.began.setdefault(what.vkey, what)
            if what.to_size is not None:
                said.ended[what.vkey] = what.to_size
        return said

    def check(self, report: Report) -> None:
        """See that the keys are listed as they must be."""
        for name in sorted(self.began.keys() - {key.vkey for key in self.stored}):
            report.add("key_missing", f"key {name}")
        starts = self._starts(report)
        order = sorted(starts, key=lambda name: (starts[name], name == self.origin))
        ends = {name: starts[after] for name, after in pairwise(order)}
        if order and (starts[order[0]] != 0 or order[-1] != self.origin):
            report.add(
                "key_changed", f"keys of {order[0]}", "the first begin at 0, the last sign now"
            )
        for key in self.stored:
            if (fault := self._fault(key, starts, ends)) is not None:
                report.add("key_changed", f"key {key.vkey}", fault)

    def _starts(self, report: Report) -> Mapping[str, int]:
        """By name of the log: the size at which its first keys began to sign, one of each role."""
        first: dict[str, dict[str, int]] = {}
        for key in self.stored:
            sizes = first.setdefault(_log_of(key), {})
            sizes[key.role] = min(sizes.get(key.role, key.from_size), key.from_size)
        for name, sizes in first.items():
            if not set(ROLES) <= sizes.keys():
                report.add("key_missing", f"keys of {name}", "a role has none")
            elif len(set(sizes.values())) > 1:
                report.add("key_changed", f"keys of {name}", "they do not begin together")
        return {name: min(sizes.values()) for name, sizes in first.items()}

    def _fault(
        self, key: StoredKey, starts: Mapping[str, int], ends: Mapping[str, int]
    ) -> str | None:
        """What is listed of a key and cannot be; None where all may be."""
        name, said = _log_of(key), self.began.get(key.vkey)
        begin = starts.get(name, 0)
        if key.role != _role_of(key) or (said is not None and key.role != said.role):
            return "it is of another role"
        if said is not None and key.from_size != said.from_size:
            return f"it signed from {said.from_size} leaves on"
        if said is None and not (key.from_size == begin or begin < key.from_size < self.min_index):
            return "no entry says from when on it signed"
        until = self.ended.get(key.vkey, None if name == self.origin else ends.get(name))
        if key.to_size != until:
            return "it signs" if until is None else f"it signed up to {until} leaves"
        return None


def _log_of(key: StoredKey) -> str:
    """The name of the log that this key is said to be of."""
    return str(key.vkey).partition("+")[0].removesuffix(receipt_name(""))


def _role_of(key: StoredKey) -> str:
    of_receipts = str(key.vkey).partition("+")[0].endswith(receipt_name(""))
    return "receipt" if of_receipts else "checkpoint"
