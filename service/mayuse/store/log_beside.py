"""What stands beside the log and must agree with it: what is searched by, and whose keys sign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mayuse.decision_log.findings import Report
from mayuse.decision_log.signer import vkey
from mayuse.errors import ProofError
from mayuse.store.log_reader import StoredKey

Indexed = tuple[str, int, str | None]
"""A row to search by: a rule, the time of a decision it forced, and the decision's id."""


class RuleIndex:
    """Compares the rules that records name with the rows decisions are searched by.

    Neither is kept: of each rule only the sum of the hashes of its rows, so that the order in
    which they come does not matter.
    """

    def __init__(self) -> None:
        self._sums: Counter[str] = Counter()

    def following(
        self, copies: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    ) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
        """The same function, but each record it is given is counted."""

        def follow(members: Mapping[str, Any]) -> tuple[Any, ...]:
            for rule in {reason.partition("#")[0] for reason in members.get("rule", ())}:
                self._sums[rule] += hash((rule, members["t"], members["id"]))
            return copies(members)

        return follow

    def differing(self, rows: Iterable[Indexed]) -> list[str]:
        """The rules of which the rows are not those that the records give."""
        for row in rows:
            self._sums[row[0]] -= hash(row)
        return sorted(rule for rule, difference in self._sums.items() if difference)


def check_keys(
    origin: str,
    stored: Sequence[StoredKey],
    own: Mapping[str, Mapping[str, bytes]],
    report: Report,
) -> None:
    """See that the keys listed as in use are the log's own, and that each role has one.

    The file of a key that no longer signs may be gone.
    """
    mine = {(role, _vkey(role, origin, seed)) for role in own for seed in own[role].values()}
    for key in stored:
        if key.to_size is None and (key.role, key.vkey) not in mine:
            report.add("key_foreign", f"key {key.vkey}")
    for role in own:
        if not any(key.role == role and key.to_size is None for key in stored):
            report.add("key_missing", f"role {role}")


def _vkey(role: str, origin: str, seed: bytes) -> str:
    try:
        return vkey(role, origin, seed)
    except ProofError:
        return ""  # a log of that name has no keys
