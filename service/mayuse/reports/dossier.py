"""The dossier of one decision: what was decided, why, on what, and the proof that it was so.

It is for somebody who was not there and need not believe us: a person, a court, an authority.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mayuse import proofs, recorded
from mayuse.decision_log.published import PublishedLog
from mayuse.replay import Replayer
from mayuse.retelling import Teller
from mayuse.store.decisions import Decisions
from mayuse.store.evidence import EvidenceReader

RECORD, PROOF, KEYS = "record.json", "decision.tlog-proof", "keys.txt"


async def dossier(  # noqa: PLR0913 - the parts it draws on
    decision_id: str,
    *,
    decisions: Decisions,
    evidence: EvidenceReader,
    teller: Teller,
    replayer: Replayer,
    published: PublishedLog,
    now: datetime,
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The report of a decision, and the files that prove it.

    Raises `NotFound`, `LogUnavailable` when it is not sealed yet, `BundleError`.
    """
    stored = await decisions.get(decision_id)
    [told] = await teller.tell([stored])
    replayed = await replayer.one(await evidence.of(decision_id))
    proven = await published.of_decision(decision_id)
    keys = [key for key in await published.keys() if key.role == "checkpoint"]
    report = {
        "kind": "dossier",
        "made_at": recorded.time(now),
        "origin": published.origin,
        "decision": told,
        "replay": recorded.replayed(replayed),
        "record": stored.record.decode(),
        "leaf_hash": stored.leaf_hash,
        "leaf_index": proven.leaf.index,
        "proof": proven.proof.to_text(),
        "keys": [key.vkey for key in keys],
    }
    return report, {
        RECORD: stored.record,
        PROOF: proven.proof.to_text().encode(),
        KEYS: proofs.keys(keys).encode(),
    }
