"""The one checker: what was answered is kept, whole, unchanged, and numbered without a gap.

It reads the tables through the database's own driver and computes hashes itself.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from databases import Database
from mayuse.decision_log.keys import open_keys


@dataclass(frozen=True)
class Report:
    """What was found. All but the first three must be nought."""

    answered: int
    stored: int
    runs: int
    """Unbroken runs of commits: one for each time a writer opened the database."""

    lost: int
    """Answered, but not in the database."""

    changed: int
    """In the database under another leaf hash than was answered."""

    wrong_hash: int
    """Stored leaf hash is not that of the stored record."""

    unproven: int
    """Not shown to be written by this service."""

    torn: int
    """Without its detail, its facts or its person's index row: half a batch."""

    gaps: int
    """Runs whose entries are not numbered 1, 2, 3 …"""

    @property
    def unanswered(self) -> int:
        """Stored, but nobody was told: allowed, for the answer may be lost where the row is not."""
        return self.stored - self.answered

    @property
    def faults(self) -> dict[str, int]:
        told = asdict(self)
        return {
            name: count
            for name, count in told.items()
            if count and name not in {"answered", "stored", "runs"}
        }


async def check(database: Database, receipts: Mapping[str, str]) -> Report:
    """Compare what was answered with what the database holds."""
    keys = open_keys(database.keys_dir, may_create=False)
    rows = await database.rows("SELECT id, record, leaf_hash, row_mac FROM decision")
    stored = {str(row["id"]): row["leaf_hash"].hex() for row in rows}
    runs: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        record = json.loads(row["record"])
        runs[record["epoch"]].append(record["n"])
    return Report(
        answered=len(receipts),
        stored=len(rows),
        runs=len(runs),
        lost=sum(one not in stored for one in receipts),
        changed=sum(stored.get(one, leaf) != leaf for one, leaf in receipts.items()),
        wrong_hash=sum(
            hashlib.sha256(b"\x00" + row["record"]).digest() != row["leaf_hash"] for row in rows
        ),
        unproven=sum(keys.row_mac(row["leaf_hash"]) != row["row_mac"] for row in rows),
        torn=await _torn(database),
        gaps=sum(sorted(run) != list(range(1, len(run) + 1)) for run in runs.values()),
    )


async def _torn(database: Database) -> int:
    [row] = await database.rows(
        "SELECT count(*) AS n FROM decision d LEFT JOIN decision_detail t ON t.seq = d.seq "
        "WHERE t.seq IS NULL "
        "OR NOT EXISTS (SELECT 1 FROM decision_facts f WHERE f.seq = d.seq) "
        "OR (d.effect <> 0 AND NOT EXISTS (SELECT 1 FROM decision_rule r WHERE r.seq = d.seq)) "
        "OR (t.subject IS NOT NULL AND NOT EXISTS (SELECT 1 FROM subject_decision s "
        "WHERE s.subject = t.subject AND s.seq = d.seq))"
    )
    return int(row["n"])
