"""What stands beside the log and must agree with it: what is searched by, and whose keys sign."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from mayuse.decision_log.findings import Report
from mayuse.decision_log.signer import vkey
from mayuse.errors import ProofError
from mayuse.store.log_reader import StoredKey

Indexed = tuple[str, int, int]
"""A row to search by: a rule, the time of a decision it forced, and that decision's row number."""

Secret = tuple[int, int]

Products = Mapping[tuple[str, ...], int]
"""By the rules they name: the product of some records."""

_PRIME = 2**89 - 1
"""Larger than any time or row number, so that no two of them are one number."""


class RuleIndex:
    """Compares the rules that records name with the rows decisions are searched by.

    Neither is kept, nor need they come in the same order. Of each rule's rows only the product of
    (secret - row) modulo a prime is: two polynomials with different roots are equal at few points,
    and nobody who changed a row knew at which one they would be compared. A row is a secret
    multiple of its time, plus its number. (A sum of hashes would not do: rows can be chosen that
    add up.)
    """

    def __init__(self, secret: Secret | None = None) -> None:
        """`secret`: that of another one, to be taken together with it later."""
        self.secret = secret or (secrets.randbelow(_PRIME), secrets.randbelow(_PRIME))
        self.products: dict[tuple[str, ...], int] = {}
        """Of the records that name the same rules, together: these are few, and one step each."""

        self._found: dict[str, int] = {}
        self._unreadable: set[str] = set()

    def follow(self, seq: int, members: Mapping[str, Any]) -> None:
        """Take the rules that the record in this row names."""
        if reasons := members.get("rule"):
            at, times = self.secret
            factor = (at + times * -members["t"] - seq) % _PRIME
            self._multiply(_named(tuple(reasons)), factor)

    def add(self, products: Products) -> None:
        """Take what another one with this secret has followed."""
        for rules, product in products.items():
            self._multiply(rules, product)

    def compare(self, pages: Iterator[Sequence[Indexed]]) -> bool:
        """Take the next of the pages to compare with; whether there was one.

        They are of one rule after another.
        """
        page = next(pages, None)
        at, times = self.secret
        for rule, rows in groupby(page or (), itemgetter(0)):
            product = self._found.get(rule, 1)
            try:
                for _, t, seq in rows:
                    product = product * (at + times * -t - seq) % _PRIME
            except TypeError:  # SQLite keeps in a column whatever was put there
                self._unreadable.add(rule)
            self._found[rule] = product
        return page is not None

    def differing(self) -> list[str]:
        """The rules of which the rows that were compared are not those that the records give."""
        said: dict[str, int] = {}
        for rules, product in self.products.items():
            for rule in rules:
                said[rule] = said.get(rule, 1) * product % _PRIME
        differ = {
            rule for rule in {*self._found, *said} if self._found.get(rule, 1) != said.get(rule, 1)
        }
        return sorted(map(str, self._unreadable | differ))

    def _multiply(self, rules: tuple[str, ...], factor: int) -> None:
        self.products[rules] = self.products.get(rules, 1) * factor % _PRIME


@lru_cache(1024)
def _named(reasons: tuple[str, ...]) -> tuple[str, ...]:
    """The rules in these reasons, each once; the same reasons come again and again."""
    return tuple(sorted({reason.partition("#")[0] for reason in reasons}))


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
