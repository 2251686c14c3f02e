"""Ids -> words and law: what a decision looks like to the person who asked.

Rules, records and receipts speak ids; this module joins them with the sentences of the rules'
METADATA and with the acts and provisions of the facts, last of all and outside the log, so that
wording can improve without changing history. Pure: it knows a bundle only by four members.
"""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from typing import Any, Protocol

from mayuse.answer import Decision, Finding, Receipt, Ruling
from mayuse.choices import conflicts
from mayuse.laws import Laws
from mayuse.question import REMEMBERED, Question
from mayuse.sentences import SIGNALS, Sentences
from mayuse.verdict import Fault, Obliged, Said, Verdict
from mayuse.vocabulary import UNKNOWN, Vocabulary

Row = dict[str, Any]

_OUTCOME_OF_CATEGORY = {
    "permit": "permitted",
    "deny": "refused",
    "indeterminate": "indeterminate",
}


class Policies(Protocol):
    """What the catalogue reads of a policy bundle."""

    @property
    def digest(self) -> str:
        """`sha256:<hex>` of the bundle."""

    @property
    def version(self) -> str:
        """The bundle's human version."""

    @property
    def facts(self) -> Row:
        """`data.mayuse.facts`: vocabulary, places, acts, provisions."""

    @property
    def rules(self) -> tuple[Row, ...]:
        """The rule catalogue made from METADATA."""


class Catalog:
    """Words and law for the ids of one policy bundle."""

    def __init__(self, bundle: Policies) -> None:
        self._policy = {"digest": bundle.digest, "version": bundle.version}
        self._facts = bundle.facts
        self._acts: dict[str, Row] = bundle.facts["acts"]
        self._provisions: dict[str, Row] = bundle.facts["provisions"]
        self._rules = {
            row["rule"]: row for row in sorted(bundle.rules, key=lambda row: row["rule"])
        }
        self._sentences = Sentences(bundle.facts, self._rules)
        self._laws = Laws(bundle.facts)
        # Holds what can be said, which is finite: facts have finitely many values.
        self._reason_bodies: dict[str, dict[Said, Row]] = {"permit": {}, "deny": {}}
        self._duty_bodies: dict[Obliged, Row] = {}
        # A catalogue that nobody uses any more must go at once, with all that it remembers.
        self._told = lru_cache(REMEMBERED)(partial(Catalog._tell, weakref.proxy(self)))

    @property
    def version(self) -> str:
        """The bundle's human version."""
        return self._policy["version"]

    def answer(self, decision: Decision) -> Row:
        """The JSON body of a decision, in an order that never varies.

        The objects inside are shared between answers: serialise them, do not change them.
        """
        draft = decision.draft
        return {
            "decision_id": draft.id,
            **self.explained(draft.question, draft.ruling),
            "policy": {"digest": draft.policy.digest, "version": draft.policy.version},
            "engine": {"name": draft.engine.name, "version": draft.engine.version},
            "receipt": receipt(decision.receipt),
        }

    def explained(self, question: Question, ruling: Ruling) -> Row:
        """The part of `answer` that a ruling has before anything is recorded."""
        body = dict(self._told(ruling, question.jurisdiction, question.on))
        if disagreeing := conflicts(question):
            body["conflicts"] = disagreeing
        if len(ruling.verdicts) < len(ruling.findings):
            body["faults"] = _faults(ruling)
        return body

    def in_words(self, said: Decision | Ruling | Question) -> str:
        """A question as a sentence that asks, a decision or ruling as one that answers."""
        if isinstance(said, Question):
            return self._sentences.question(said)
        return self._sentences.ruling(said if isinstance(said, Ruling) else said.draft.ruling)

    def laws(self, question: Question, ruling: Ruling) -> list[Row]:
        """The outcome of every act of the place; see `laws.Laws.of`."""
        return self._laws.of(question.jurisdiction, question.on, ruling)

    def rules(self) -> list[Row]:
        """Every rule in words, sorted by id."""
        return [self._rule(row) for row in self._rules.values()]

    def rule(self, rule: str) -> Row | None:
        """One rule in words, or None when the bundle has no such rule."""
        row = self._rules.get(rule)
        return None if row is None else self._rule(row)

    def act(self, act: str) -> Row | None:
        """An act's row with its id, or None when the bundle has no such act."""
        row = self._acts.get(act)
        return None if row is None else {"id": act, **row}

    def citation(self, provision: str) -> Row:
        """One provision: its act, the text to quote, its title, where to read it, our confidence.

        Raises `KeyError` for a provision the bundle does not have.
        """
        row = self._provisions[provision]
        return {
            "id": provision,
            "act": row["act"],
            "provision": row["provision"],
            "title": row["title"],
            "url": row.get("url") or self._acts[row["act"]].get("url"),
            "confidence": row["confidence"],
        }

    def vocabulary(self) -> Row:
        """Every id a question may use, with its words and its ids in other vocabularies."""
        words, places = self._facts["vocabulary"], self._facts["places"]
        known = Vocabulary.from_facts(self._facts)
        return {
            "policy": dict(self._policy),
            "controllers": _rows(words["controllers"]),
            "recipients": _rows(words["recipients"]),
            "purposes": _rows(words["purposes"]),
            "data": _rows(words["data"]),
            "jurisdictions": [
                {
                    "id": place,
                    "label": label,
                    "regime": places.get(place, {}).get("regime", UNKNOWN),
                }
                for place, label in known.jurisdictions.items()
            ],
            "choices": [
                {**row, "values": list(known.choices[row["id"]].values)}
                for row in _rows(words["choices"])
            ],
            "signals": [{"id": name, "label": label} for name, label in SIGNALS.items()],
        }

    def _tell(self, ruling: Ruling, jurisdiction: str, on: date) -> Row:
        """What of `explained` follows from the ruling: few rulings are behind many answers."""
        verdicts = ruling.verdicts
        return {
            "effect": ruling.effect,
            "permitted": ruling.effect == "permit",
            "decided_by": list(ruling.decided_by),
            "layers": dict(ruling.layers),
            "data": _categories(ruling),
            "reasons": self._reasons(ruling),
            "laws": self._laws.of(jurisdiction, on, ruling),
            "obligations": self._obligations(verdicts),
            "missing": self._missing(verdicts),
        }

    def _reasons(self, ruling: Ruling) -> list[Row]:
        """Every reason any rule gave; those that forced the effect come first, then by rule."""
        if len(ruling.findings) == 1:
            return self._reasons_on_one(ruling.findings[0])
        concerned: dict[tuple[str, Said], list[str]] = defaultdict(list)
        for finding in ruling.findings:
            for key in _said(finding):
                concerned[key].append(finding.facts.data)
        ordered = sorted(concerned, key=lambda key: (key[0] != ruling.effect, key[1], key[0]))
        return [{**self._reason(*key), "data": concerned[key]} for key in ordered]

    def _reasons_on_one(self, finding: Finding) -> list[Row]:
        """The same for one category: a verdict is sorted, so nothing has to be."""
        if isinstance(finding.verdict, Fault):
            return []
        permits = [self._reason("permit", said) for said in finding.verdict.permits]
        if finding.effect == "permit":
            return permits
        denies = finding.verdict.denies or finding.forcing
        return [*(self._reason("deny", said) for said in denies), *permits]

    def _reason(self, effect: str, said: Said) -> Row:
        body = self._reason_bodies[effect].get(said)
        if body is None:
            body = self._reason_bodies[effect][said] = {
                "rule": said.rule,
                "reason": said.reason,
                "effect": effect,
                "layer": said.layer,
                "title": self._sentences.title(said.rule),
                "says": self._sentences.says(said.rule, said.reason),
                "citations": self._citations(said.cites),
            }
        return body

    def _citations(self, cites: Iterable[str]) -> list[Row]:
        return [self.citation(provision) for provision in cites]

    def _obligations(self, verdicts: Sequence[Verdict]) -> list[Row]:
        found = {item for verdict in verdicts for item in verdict.obliges}
        return [self._obligation(item) for item in sorted(found, key=_by_rule)]

    def _obligation(self, item: Obliged) -> Row:
        body = self._duty_bodies.get(item)
        if body is None:
            body = self._duty_bodies[item] = {
                "id": item.obligation,
                "rule": item.rule,
                "act": item.act,
                "says": self._sentences.obligation(item.rule, item.obligation),
                "within_days": item.within_days,
                "citations": self._citations(item.cites),
            }
        return body

    def _missing(self, verdicts: Sequence[Verdict]) -> list[Row]:
        found = {pair for verdict in verdicts for pair in verdict.missing}
        return [
            {
                "field": field,
                "says": self._sentences.next_step(field),
                "rules": sorted(rule for rule, name in found if name == field),
            }
            for field in sorted({field for _, field in found})
        ]

    def _rule(self, row: Mapping[str, Any]) -> Row:
        return {
            "rule": row["rule"],
            "layer": row["rule"].split("/", 1)[0],
            "title": row["title"],
            "description": row["description"],
            "owner": row["owner"],
            "last_read": row["last_read"],
            "only": row.get("only"),
            "reasons": _sentences_of(row, "reasons", "reason"),
            "obligations": _sentences_of(row, "obligations", "id"),
        }


def receipt(receipt: Receipt) -> Row:
    """The leaf hash; the leaf's index and proof once it is sealed, a promise until then."""
    members = ("leaf_hash", "index", "proof", "promise")
    told = ((name, getattr(receipt, name)) for name in members)
    return {name: value for name, value in told if value is not None}


def _by_rule(item: Obliged) -> tuple[str, str, str, tuple[str, ...], int]:
    days = -1 if item.within_days is None else item.within_days
    return item.rule, item.obligation, item.act, item.cites, days


def _said(finding: Finding) -> Iterator[tuple[str, Said]]:
    if isinstance(finding.verdict, Fault):
        return
    yield from (("permit", said) for said in finding.verdict.permits)
    denies = finding.verdict.denies or (finding.forcing if finding.effect == "deny" else ())
    yield from (("deny", said) for said in denies)


def _categories(ruling: Ruling) -> Row:
    """Which categories were permitted, refused or left without a verdict, in the order asked."""
    found: Row = {"permitted": [], "refused": [], "indeterminate": []}
    for finding in ruling.findings:
        found[_OUTCOME_OF_CATEGORY[finding.effect]].append(finding.facts.data)
    return found


def _faults(ruling: Ruling) -> list[Row]:
    """Why there is no verdict, and on which categories."""
    categories: dict[tuple[str, str], list[str]] = defaultdict(list)
    for finding in ruling.findings:
        if isinstance(finding.verdict, Fault):
            key = (finding.verdict.code, finding.verdict.detail)
            categories[key].append(finding.facts.data)
    return [
        {"code": code, "detail": detail, "data": categories[code, detail]}
        for code, detail in sorted(categories)
    ]


def _rows(rows: Mapping[str, Row]) -> list[Row]:
    return [{"id": name, **row} for name, row in rows.items()]


def _sentences_of(row: Mapping[str, Any], member: str, name: str) -> list[Row]:
    return [{name: item, "says": says} for item, says in (row.get(member) or {}).items()]
