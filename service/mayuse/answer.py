"""What is said back: verdicts, how they fold into an effect, decisions, receipts. Pure.

Rules and records speak ids; `catalog` turns ids into words and law.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from mayuse.errors import MalformedVerdict
from mayuse.question import Facts, Question

Effect = Literal["permit", "deny", "indeterminate"]
LAYERS = ("law", "terms")

NO_RULE_PERMITS = "no_rule_permits"
"""The reason of a deny that no rule gave: nothing in a layer permits, and silence is no permit."""


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """One reason a rule gave. Ids only."""

    rule: str
    """Folder of the rule under `policies/mayuse`, e.g. `law/us/browser_signal`."""

    reason: str
    act: str
    cites: tuple[str, ...]
    """Provision ids, sorted."""

    @property
    def layer(self) -> str:
        """`law` or `terms`."""
        return self.rule.split("/", 1)[0]


@dataclass(frozen=True, slots=True, order=True)
class Obliged:
    """Something the recipient or controller must do along with the answer."""

    rule: str
    obligation: str
    act: str
    cites: tuple[str, ...]
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policy says of one `Facts`, in canonical order."""

    permits: tuple[Said, ...]
    denies: tuple[Said, ...]
    obliges: tuple[Obliged, ...]
    missing: tuple[tuple[str, str], ...]
    """(rule, field of the question that would let it say more), e.g. `choices.consent_ads`."""

    speaking: tuple[str, ...]
    """Every rule that is in place, in force and in scope."""

    @classmethod
    def from_policy(cls, said: object) -> Verdict:
        """Read what `data.mayuse.main.decision` evaluated to; its sets may come in any order.

        `said` is an object by rule; each rule that speaks has `permits`, `denies`, `obliges` and
        `missing`, as far as it offers them. Raises `MalformedVerdict`: `malformed_verdict` for any
        other shape, `rule_silent` when a rule speaks but neither permits nor denies.
        """
        if not isinstance(said, dict):
            raise MalformedVerdict("malformed_verdict", "the verdict is not an object by rule")
        permits: list[Said] = []
        denies: list[Said] = []
        obliges: list[Obliged] = []
        missing: list[tuple[str, str]] = []
        for rule in sorted(said):
            says = said[rule]
            if not _RULE.fullmatch(rule) or not isinstance(says, dict) or not says.keys() <= _SAYS:
                raise MalformedVerdict("malformed_verdict", "a rule says what no rule can say")
            spoke = len(permits) + len(denies)
            try:
                permits += sorted({_said(rule, item) for item in _set(says, "permits")})
                denies += sorted({_said(rule, item) for item in _set(says, "denies")})
                obliges += sorted(
                    {_obliged(rule, item) for item in _set(says, "obliges")},
                    key=lambda item: (item.obligation, item.act, item.cites),
                )
                missing += sorted({(rule, _id(field)) for field in _set(says, "missing")})
            except (KeyError, TypeError, ValueError) as error:
                raise MalformedVerdict(
                    "malformed_verdict", f"{rule} gives a reason of another shape"
                ) from error
            if len(permits) + len(denies) == spoke:
                raise MalformedVerdict("rule_silent", f"{rule} neither permits nor denies")
        return cls(
            tuple(permits), tuple(denies), tuple(obliges), tuple(missing), tuple(sorted(said))
        )

    def to_text(self) -> str:
        """Canonical JSON (RFC 8785) of the verdict: no ids of decisions, no engine, no prose."""
        document: dict[str, Any] = {
            "denies": [_said_document(item) for item in self.denies],
            "missing": [{"field": name, "rule": rule} for rule, name in self.missing],
            "obliges": [_obliged_document(item) for item in self.obliges],
            "permits": [_said_document(item) for item in self.permits],
            "speaking": list(self.speaking),
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no verdict. Only the host makes one; it is never a yes."""

    code: str
    """`policy_unavailable`, `policy_timeout`, `undefined`, `malformed_verdict`, `rule_silent`
    or `stale_policy`."""

    detail: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one data category, folded into layers and an effect."""

    facts: Facts
    verdict: Verdict | Fault
    effect: Effect
    layers: Mapping[str, str]
    decided_by: tuple[str, ...]

    @property
    def forcing(self) -> tuple[Said, ...]:
        """The reasons that forced the effect; empty for `indeterminate`."""
        if isinstance(self.verdict, Fault):
            return ()
        said = self.verdict.permits if self.effect == "permit" else self.verdict.denies
        silent = [
            Said(rule=layer, reason=NO_RULE_PERMITS, act="", cites=())
            for layer in self.decided_by
            if self.effect == "deny" and self.layers[layer] == "silent"
        ]
        return (*(item for item in said if item.layer in self.decided_by), *silent)


@dataclass(frozen=True, slots=True)
class Ruling:
    """The findings on all categories of a question, folded into one effect."""

    effect: Effect
    layers: Mapping[str, str]
    decided_by: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def verdicts(self) -> list[Verdict]:
        """What the policy said, on the categories where there is a verdict."""
        return [item.verdict for item in self.findings if isinstance(item.verdict, Verdict)]


def rule_on(facts: Sequence[Facts], verdicts: Sequence[Verdict | Fault]) -> Ruling:
    """Fold the verdicts on all categories: any deny denies, then any fault, else permit."""
    findings = tuple(find(item, said) for item, said in zip(facts, verdicts, strict=True))
    effects = [finding.effect for finding in findings]
    effect: Effect = "permit"
    for candidate in ("deny", "indeterminate"):
        if candidate in effects:
            effect = candidate
            break
    forced = [finding for finding in findings if finding.effect == effect]
    decided = {layer for finding in forced for layer in finding.decided_by}
    return Ruling(
        effect=effect,
        layers={layer: _worst(finding.layers[layer] for finding in findings) for layer in LAYERS},
        decided_by=tuple(layer for layer in LAYERS if layer in decided),
        findings=findings,
    )


def find(facts: Facts, verdict: Verdict | Fault) -> Finding:
    """Fold one verdict.

    Permit iff law permits and terms permit or do not apply; deny if a layer denies or if nothing
    in a layer permits (`no_rule_permits`); the order of rules never matters.
    """
    if isinstance(verdict, Fault):
        return Finding(facts, verdict, "indeterminate", dict.fromkeys(LAYERS, "indeterminate"), ())
    layers = {layer: _layer_outcome(layer, verdict) for layer in LAYERS}
    if facts.controller == "generic":
        layers["terms"] = "not_applicable"
    for outcome in ("deny", "silent"):
        if forced := tuple(layer for layer in LAYERS if layers[layer] == outcome):
            return Finding(facts, verdict, "deny", layers, forced)
    return Finding(
        facts,
        verdict,
        "permit",
        layers,
        tuple(layer for layer in LAYERS if layers[layer] == "permit"),
    )


@dataclass(frozen=True, slots=True)
class Policy:
    """Which policy bundle decided."""

    digest: str
    """`sha256:<hex>` over the bundle's files."""

    version: str


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Which engine evaluated the bundle."""

    name: str
    """`embedded` or `opa`."""

    version: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision that is made but not yet recorded, and so must not be told to anybody."""

    id: str
    """UUIDv7 (RFC 9562)."""

    at: datetime
    """When it was made, UTC; read once at the edge."""

    caller: str
    question: Question
    ruling: Ruling
    policy: Policy
    engine: EngineInfo


@dataclass(frozen=True, slots=True)
class Receipt:
    """The log's word that a decision was recorded."""

    leaf_hash: str
    """Hex of SHA-256(0x00 || record), the RFC 9162 leaf hash of the stored record bytes."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A recorded decision: what a caller is told."""

    draft: Draft
    receipt: Receipt


_RULE = re.compile(r"(?:law|terms)/[a-z0-9_]+/[a-z0-9_]+")
_SAYS = {"permits", "denies", "obliges", "missing"}
_SAID = {"reason", "act", "cites"}
_OBLIGED = {"obligation", "act", "cites"}


def _layer_outcome(layer: str, verdict: Verdict) -> str:
    if any(item.layer == layer for item in verdict.denies):
        return "deny"
    return "permit" if any(item.layer == layer for item in verdict.permits) else "silent"


_GRAVITY = ("deny", "indeterminate", "silent", "permit", "not_applicable")


def _worst(outcomes: Iterable[str]) -> str:
    return min(outcomes, key=_GRAVITY.index)


def _id(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("an id is a string that is not empty")
    return value


def _cites(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("a reason cites at least one provision")
    return tuple(sorted({_id(item) for item in value}))


def _set(says: Mapping[str, object], name: str) -> list[Any]:
    items = says.get(name, [])
    if not isinstance(items, list):
        raise TypeError("a set arrives as a list")
    return items


def _said(rule: str, reason: object) -> Said:
    if not isinstance(reason, dict) or reason.keys() != _SAID:
        raise ValueError("a reason has a reason, an act and cites")
    return Said(rule, _id(reason["reason"]), _id(reason["act"]), _cites(reason["cites"]))


def _obliged(rule: str, item: object) -> Obliged:
    if not isinstance(item, dict) or item.keys() - {"within_days"} != _OBLIGED:
        raise ValueError("an obligation has an obligation, an act, cites and perhaps within_days")
    days = item.get("within_days")
    if "within_days" in item and (isinstance(days, bool) or not isinstance(days, int)):
        raise ValueError("within_days is a whole number")
    return Obliged(rule, _id(item["obligation"]), _id(item["act"]), _cites(item["cites"]), days)


def _said_document(item: Said) -> dict[str, Any]:
    return {"act": item.act, "cites": list(item.cites), "reason": item.reason, "rule": item.rule}


def _obliged_document(item: Obliged) -> dict[str, Any]:
    document: dict[str, Any] = {
        "act": item.act,
        "cites": list(item.cites),
        "obligation": item.obligation,
        "rule": item.rule,
    }
    if item.within_days is not None:
        document["within_days"] = item.within_days
    return document
