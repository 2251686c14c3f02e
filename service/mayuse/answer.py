"""What is said back: how verdicts fold into an effect, decisions, receipts. Pure.

Rules and records speak ids; `catalog` turns ids into words and law.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Literal

from mayuse.question import REMEMBERED, Facts, Question
from mayuse.verdict import Fault, Said, Verdict

Effect = Literal["permit", "deny", "indeterminate"]
LAYERS = ("law", "terms")

GENERIC = "generic"
"""Any other company: its terms are not known, and law alone decides."""

NO_RULE_PERMITS = "no_rule_permits"
"""The reason of a deny that no rule gave: nothing in a layer permits, and silence is no permit."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one data category, folded into layers and an effect."""

    facts: Facts
    verdict: Verdict | Fault
    effect: Effect
    layers: Mapping[str, str] = field(hash=False)  # as it folds facts and verdict, so does the rest
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
    layers: Mapping[str, str] = field(hash=False)
    decided_by: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def forcing(self) -> frozenset[Said]:
        """The reasons that forced the effect, over all categories that have it."""
        return frozenset(
            said
            for finding in self.findings
            if finding.effect == self.effect
            for said in finding.forcing
        )

    @property
    def acts(self) -> tuple[str, ...]:
        """The acts of these reasons, sorted. A layer that is silent names none."""
        return tuple(sorted({said.act for said in self.forcing} - {""}))

    @property
    def verdicts(self) -> list[Verdict]:
        """What the policy said, on the categories where there is a verdict."""
        return [item.verdict for item in self.findings if isinstance(item.verdict, Verdict)]


def rule_on(facts: Sequence[Facts], verdicts: Sequence[Verdict | Fault]) -> Ruling:
    """Fold the verdicts on all categories: any deny denies, then any fault, else permit.

    The same facts and verdicts come again and again: their ruling is remembered.
    """
    return _rule_on(tuple(facts), tuple(verdicts))


@lru_cache(REMEMBERED)
def _rule_on(facts: tuple[Facts, ...], verdicts: tuple[Verdict | Fault, ...]) -> Ruling:
    findings = tuple(find(item, said) for item, said in zip(facts, verdicts, strict=True))
    if len(findings) == 1:
        [only] = findings
        return Ruling(only.effect, only.layers, only.decided_by, findings)
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
    denying, permitting = _layers(verdict.denies), _layers(verdict.permits)
    layers = {
        layer: "deny" if layer in denying else "permit" if layer in permitting else "silent"
        for layer in LAYERS
    }
    if facts.controller == GENERIC:
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


DIGEST = "sha256:[0-9a-f]{64}"
"""What the digest of a policy bundle looks like: a regular expression."""


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

    index: int | None = None
    """The leaf's place in the log; None while it waits to be sealed."""

    proof: str | None = None
    """That it is there: a C2SP tlog-proof with a signed checkpoint, once it is sealed."""

    promise: str | None = None
    """Until then: the log's signed promise that it will be (`mayuse-receipt/v1`)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A recorded decision: what a caller is told."""

    draft: Draft
    receipt: Receipt


def _layers(said: Iterable[Said]) -> set[str]:
    return {item.layer for item in said}


_GRAVITY = ("deny", "indeterminate", "silent", "permit", "not_applicable")


def _worst(outcomes: Iterable[str]) -> str:
    return min(outcomes, key=_GRAVITY.index)
