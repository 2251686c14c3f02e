"""What came of examining a candidate: a policy bundle that may become the active one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mayuse.authoring.findings import FAULT, Finding
from mayuse.bundle import Bundle

NOT_CHECKED = "not_checked"
REFUSED = "refused"

Signature = Mapping[str, str] | str
"""`{"key_id", "algorithm"}` of a valid one by a trusted key; `not_checked` where no keys are
configured; `refused` where some are and none of them signed."""


@dataclass(frozen=True)
class Answered:
    """What a case is answered."""

    effect: str
    """`permit`, `deny`, `indeterminate`; `not_asked` when the candidate lacks an id of it."""

    reasons: tuple[str, ...]
    """The reasons that force the effect, as `rule: reason`; else why it cannot be asked."""


@dataclass(frozen=True)
class Change:
    """A case of the active bundle that the candidate answers otherwise."""

    case: str
    on: str
    question: str
    """In words."""

    before: Answered
    after: Answered


@dataclass(frozen=True)
class Comparison:
    """The candidate beside the active bundle."""

    asked: int = 0
    """Answers of the active bundle's own cases that were asked again."""

    changed: int = 0
    """How many of them are otherwise."""

    changes: tuple[Change, ...] = ()
    """The first of them."""

    dropped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Topic of the vocabulary -> ids that the candidate no longer has, where there are any."""

    newer: bool = False
    """Whether the candidate's version is later than the active one's."""


@dataclass(frozen=True)
class Examination:
    """All that was found out about a candidate."""

    bundle: Bundle | None
    """The candidate; None when it cannot be read."""

    signature: Signature
    findings: tuple[Finding, ...]
    """Faults, and notes that are none."""

    cases: int
    """Worked cases in the candidate."""

    answers: int
    """Answers they expect, one a day of each."""

    right: int
    """Answers that the candidate gave as expected."""

    comparison: Comparison
    complete: bool
    """Whether every check was made to its end."""

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that stand in the way."""
        return tuple(finding for finding in self.findings if finding.kind == FAULT)

    @property
    def passed(self) -> bool:
        """Whether everything was checked, and nothing is wrong."""
        return (
            self.complete
            and self.bundle is not None
            and self.signature != REFUSED
            and not self.faults
            and self.right == self.answers > 0
        )

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        found = self.bundle
        return {
            "passed": self.passed,
            "digest": None if found is None else found.digest,
            "version": None if found is None else found.version,
            "signature": self.signature,
            "findings": [finding.to_json() for finding in self.findings],
            "cases": {"cases": self.cases, "answers": self.answers, "right": self.right},
            "comparison": asdict(self.comparison),
            "complete": self.complete,
        }
