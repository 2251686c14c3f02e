"""A recorded decision as JSON: what the log has of it, with the words of the active bundle.

The answer itself is not stored, only what it followed from. Words are added where the decision was
made under the bundle that is active now; under another one ids may mean something else. API and
command line both show decisions so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from mayuse.answer import Receipt
from mayuse.catalog import Catalog
from mayuse.decision_log.entry import Entry, to_text
from mayuse.erasure import Erased
from mayuse.replay import OUTCOMES, Replayed, Report
from mayuse.store.counts import Count, Dimension, Interval
from mayuse.store.decisions import Detail, StoredDecision
from mayuse.store.policy_activations import Activation

Row = dict[str, Any]


def decision(stored: StoredDecision, catalog: Catalog, active: str) -> Row:
    """The whole document of one decision; `active` is the digest of the catalogue's bundle."""
    known = catalog if stored.entry.policy == active else None
    return {
        **summary(stored),
        "reasons": [_reason(reason, known) for reason in stored.entry.rule],
        "receipt": stored_receipt(stored),
        **({} if stored.detail is None else {"detail": detail(stored.detail)}),
    }


def stored_receipt(stored: StoredDecision) -> Row:
    """The record of a decision and its hash."""
    return {"leaf_hash": stored.leaf_hash, "record": to_text(stored.record)}


def summary(stored: StoredDecision) -> Row:
    """What a list shows of a decision."""
    entry = stored.entry
    return {
        "decision_id": entry.id,
        "at": time(entry.at),
        "caller": entry.caller,
        "recipient": entry.recipient,
        "purpose": entry.purpose,
        "effect": entry.effect,
        "permitted": entry.effect == "permit",
        "reasons": [_reason(reason, None) for reason in entry.rule],
        "faults": list(entry.fault),
        "policy": {"digest": entry.policy},
        "engine": _engine(entry),
        "receipt": {"leaf_hash": stored.leaf_hash},
    }


def replayed(one: Replayed) -> Row:
    """What came of making one decision again."""
    return {
        "decision_id": one.decision_id,
        "outcome": one.outcome,
        "policy": {"digest": one.policy},
        **({"because": one.because} if one.because else {}),
        "differences": [asdict(item) for item in one.differences],
    }


def replay_report(report: Report) -> Row:
    """What came of making many again."""
    return {
        "holds": report.holds,
        "decisions": report.total,
        "outcomes": {name: report.outcomes[name] for name in OUTCOMES},
        "missing": report.missing,
        "not_replayed": dict(sorted(report.because.items())),
        "distinct_facts_evaluated": report.evaluated,
        "differing": [replayed(one) for one in report.differing],
        "failed": [replayed(one) for one in report.failed],
    }


def erased(one: Erased) -> Row:
    """That a person was forgotten."""
    return {
        "erased": True,
        "at": time(one.at),
        "decisions": one.decisions,
        "choices": one.choices,
        "key_id": one.key_id,
        "overwritten": one.overwritten,
        "receipt": receipt(one.receipt),
        **({} if one.record is None else {"record": one.record}),
    }


def receipt(of: Receipt) -> Row:
    """A receipt: the leaf hash, and its place and proof once it is sealed, else the promise."""
    members = {"leaf_hash": of.leaf_hash, "index": of.index, "proof": of.proof}
    members["promise"] = of.promise
    return {name: value for name, value in members.items() if value is not None}


def counts(
    found: Sequence[Count], dimensions: Sequence[Dimension], interval: Interval | None
) -> Row:
    """A table of counts."""
    return {
        "by": list(dimensions),
        **({"interval": interval} if interval else {}),
        "counts": [
            {
                **({"period": item.period} if item.period else {}),
                **dict(zip(dimensions, item.values, strict=True)),
                "decisions": item.decisions,
            }
            for item in found
        ],
    }


def activation(one: Activation) -> Row:
    """That a policy bundle came to decide."""
    what = one.what
    return {
        "number": one.number,
        "policy": {"digest": what.policy, "version": what.version},
        "at": time(one.at),
        "by": what.by,
        "kind": what.reason,
        **({"reason": what.because} if what.because else {}),
        **({"previous": what.previous} if what.previous else {}),
    }


def time(at: datetime) -> str:
    """A time as JSON has it: RFC 3339, UTC, to the microsecond."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _reason(text: str, known: Catalog | None) -> Row:
    rule, _, reason = text.partition("#")
    row = known.rule(rule) if known else None
    if row is None:
        return {"rule": rule, "reason": reason}
    says = [item["says"] for item in row["reasons"] if item["reason"] == reason]
    words = {"says": says[0]} if says else {}
    return {"rule": rule, "reason": reason, "title": row["title"], **words}


def _engine(entry: Entry) -> Row:
    name, _, version = entry.engine.partition("/")
    return {"name": name, "version": version}


def detail(detail: Detail) -> Row:
    """What the policy saw: the facts, the same for all categories but for the category itself."""
    facts = detail.findings[0].facts.as_input()
    del facts["data"]
    return {
        "facts": facts,
        "data": [
            {"data": finding.facts.data, "effect": finding.effect}
            | ({"fault": finding.fault} if finding.fault else {})
            for finding in detail.findings
        ],
        "sources": dict(detail.sources),
        "names_person": detail.names_person,
        **({} if detail.known_at is None else {"known_at": time(detail.known_at)}),
    }
