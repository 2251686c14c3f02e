"""Recorded decisions in words: for the person they were made about, and for an auditor.

The log keeps what an answer followed from, not the answer. So it is told by making the decision
again, under its own bundle and with that bundle's words: the sentence asked, the sentence answered,
every reason with its law. Whether it came out the same is told along.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from mayuse import recorded
from mayuse.catalog import Catalog
from mayuse.choices import RECORDED
from mayuse.errors import BundleError
from mayuse.question import Facts, Question
from mayuse.replay import Bundles, Replayer
from mayuse.store.decisions import StoredDecision
from mayuse.store.evidence import Evidence, EvidenceReader
from mayuse.vocabulary import ADULT, UNKNOWN

Row = dict[str, Any]

CATALOGS_KEPT = 4


class Teller:
    """Tells recorded decisions in the words of the bundles they were made under."""

    def __init__(self, bundles: Bundles, replayer: Replayer, evidence: EvidenceReader) -> None:
        """All three stay their owners'."""
        self._bundles = bundles
        self._replayer = replayer
        self._evidence = evidence
        self._catalogs: OrderedDict[str, Catalog] = OrderedDict()

    async def tell(self, decisions: Sequence[StoredDecision]) -> list[Row]:
        """Each decision in words, in order; of one that was erased, what its record has.

        Raises `LogUnavailable`.
        """
        evidence = await self._evidence.of_these([item.entry.id for item in decisions])
        return [await self._tell(stored, evidence[stored.entry.id]) for stored in decisions]

    async def _tell(self, stored: StoredDecision, evidence: Evidence) -> Row:
        replayed = await self._replayer.one(evidence)
        told = {
            **recorded.summary(stored),
            "replay": replayed.outcome,
            "record": stored.record.decode(errors="backslashreplace"),
        }
        catalog = await self.catalog(stored.entry.policy)
        if stored.detail is None or catalog is None or replayed.ruling is None:
            return told
        question = question_of(
            [finding.facts for finding in stored.detail.findings], stored.detail.sources
        )
        return {
            **told,
            "question": catalog.in_words(question),
            "answer": catalog.in_words(replayed.ruling),
            **catalog.explained(question, replayed.ruling),
            "policy": {"digest": stored.entry.policy, "version": catalog.version},
            "detail": recorded.detail(stored.detail),
        }

    async def catalog(self, policy: str) -> Catalog | None:
        """The words of the bundle of this digest; None where it cannot be read any more.

        Raises `LogUnavailable`.
        """
        if policy not in self._catalogs:
            try:
                bundle = await self._bundles.get(policy)
            except BundleError:
                return None  # it was damaged
            if bundle is None:
                return None
            try:
                self._catalogs[policy] = Catalog(bundle)
            except (LookupError, TypeError, AttributeError, ValueError):
                return None  # it is from before its words had today's shape
            if len(self._catalogs) > CATALOGS_KEPT:
                self._catalogs.popitem(last=False)
        self._catalogs.move_to_end(policy)
        return self._catalogs[policy]


def question_of(facts: Sequence[Facts], sources: Mapping[str, str]) -> Question:
    """The question these facts were seen in, as far as they tell: an adult's age is not known.

    `sources` tells which of its choices were recorded.
    """
    first = facts[0]
    return Question(
        recipient=first.recipient,
        purpose=first.purpose,
        data=tuple(item.data for item in facts),
        on=date.fromisoformat(first.on),
        controller=first.controller,
        jurisdiction=first.jurisdiction,
        age=None if first.age in {ADULT, UNKNOWN} else int(first.age),
        choices=dict(first.choices),
        gpc=first.gpc,
        recorded=frozenset(name for name, source in sources.items() if source == RECORDED),
    )
