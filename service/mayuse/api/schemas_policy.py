"""The shapes of policies, their rules and their ids; see `schemas`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mayuse.api.schemas import Digest, Document, PolicyRef, Receipt, left_out


def left_out_time(description: str) -> Any:  # noqa: ANN401 - a field of any type
    """A time that is absent where there is none."""
    return Field(
        default_factory=str, json_schema_extra={"format": "date-time"}, description=description
    )


class StoredPolicy(Document):
    """A policy bundle that decides, did, or may: a candidate."""

    digest: Digest
    version: str = left_out(str, "Absent when the record of its activation was purged.")
    status: Literal["active", "retired", "candidate"]
    active: bool = Field(description="Whether it decides now.")
    activated: str = left_out_time("When it first decided, UTC; absent of a candidate.")
    uploaded: str = left_out_time("When it was uploaded, UTC; of a candidate.")
    uploaded_by: str = left_out(str, "Which caller uploaded it; of a candidate.")


class StoredPolicies(Document):
    """The policy bundles that are kept."""

    active: PolicyRef
    policies: list[StoredPolicy] = Field(
        description="Those that decided, the newest first; then the candidates, likewise."
    )


class PolicyRule(Document):
    """A rule of a bundle, by its id and title."""

    rule: str
    title: str


class PolicyFinding(Document):
    """Something to mend in a bundle, or to know, at one line of a file."""

    file: str
    line: int
    check: str
    says: str
    mend: str
    kind: Literal["fault", "note"]


class Signer(Document):
    """Which trusted key has signed a bundle."""

    key_id: str
    algorithm: str


class WorkedCases(Document):
    """The cases a bundle carries."""

    cases: int
    answers: int = Field(description="Answers they expect, one for each day they are asked of.")
    right: int = Field(description="How many the bundle gives.")


class CaseAnswer(Document):
    """What a case is answered."""

    effect: Literal["permit", "deny", "indeterminate", "not_asked"]
    reasons: list[str] = Field(description="As `rule: reason`; else why it cannot be asked.")


class CaseChange(Document):
    """A case of the active bundle that a candidate answers otherwise."""

    case: str
    on: str = Field(json_schema_extra={"format": "date"})
    question: str
    before: CaseAnswer
    after: CaseAnswer


class PolicyComparison(Document):
    """A candidate beside the bundle that was active when it was uploaded."""

    asked: int = Field(description="Answers of that bundle's own cases.")
    changed: int = Field(description="How many of them the candidate gives otherwise.")
    changes: list[CaseChange] = Field(description="The first 200 of them.")
    dropped: dict[str, list[str]] = Field(
        description="Topic of the vocabulary -> ids that would no longer be known."
    )
    newer: bool = Field(description="Whether its version is later.")


class PolicyExamination(Document):
    """What was found of a candidate when it was uploaded."""

    passed: bool
    digest: Digest
    version: str
    signature: Signer | Literal["not_checked", "refused"] = Field(
        description="`not_checked` where no keys are configured."
    )
    findings: list[PolicyFinding]
    cases: WorkedCases
    comparison: PolicyComparison
    complete: bool


class Policy(StoredPolicy):
    """A policy bundle, with what it rules."""

    rules: list[PolicyRule]
    examination: PolicyExamination = left_out(
        dict, "Of a candidate: what was found when it was uploaded."
    )


class PolicyCandidate(StoredPolicy):
    """A policy bundle that was uploaded."""

    examination: PolicyExamination


class PolicyActivation(Document):
    """That a policy bundle came to decide."""

    number: int = Field(ge=1, description="Counted from 1; the highest number decides.")
    policy: PolicyRef
    at: str = Field(json_schema_extra={"format": "date-time"}, description="When, UTC.")
    by: str = Field(description="Who ordered it; `start` is the service itself, by its settings.")
    kind: Literal["activated", "rolled_back"]
    reason: str = left_out(str, "What was given as the reason.")
    previous: Digest = left_out(str, "The bundle that decided until then; absent of the first.")


class PolicyActivations(Document):
    """Which policy bundle decided from when on."""

    activations: list[PolicyActivation]
    next_cursor: str = left_out(str, "For the next page; absent on the last one.")


class Ordered(Document):
    """What decides now."""

    active: PolicyRef
    activation: PolicyActivation
    receipt: Receipt = left_out(dict, "Of the leaf that says so; absent when it decided already.")


class Sentence(Document):
    """A reason a rule can give, in words."""

    reason: str
    says: str


class Duty(Document):
    """An obligation a rule can name, in words."""

    id: str
    says: str


class Rule(Document):
    """One rule: one obligation of law, or one promise of a controller's terms."""

    rule: str
    layer: Literal["law", "terms"]
    title: str
    description: str
    owner: str
    last_read: str = Field(json_schema_extra={"format": "date"})
    only: Literal["permit", "deny"] | None
    reasons: list[Sentence]
    obligations: list[Duty]


class Rules(Document):
    """Every rule of the active bundle."""

    policy: PolicyRef
    rules: list[Rule]


class TurningAct(Document):
    """A law, or a controller's terms, on its first day or on the day after its last."""

    act: str
    title: str
    layer: Literal["law", "terms"]
    jurisdictions: list[str] = Field(description="Where it applies; none: wherever its rules do.")


class TurningFact(Document):
    """A dated fact of the bundle that is not an act: a right, a duty, an age."""

    fact: str = Field(description="Where it stands below `data.mayuse.facts`.")
    turn: Literal["begins", "ended"]
    jurisdictions: list[str] = Field(description="Whom it concerns; none: every place.")


class NamedRule(Document):
    """A rule, or a part that rules share, which compares with the day itself."""

    rule: str


class TurningDay(Document):
    """A day on which answers may be otherwise than on the day before."""

    on: str = Field(json_schema_extra={"format": "date"})
    begins: list[TurningAct]
    ended: list[TurningAct] = Field(description="Acts whose last day was the day before.")
    facts: list[TurningFact]
    rules: list[NamedRule]


class ChangeCalendar(Document):
    """What changes when, under the active policy bundle."""

    policy: PolicyRef
    from_: str = Field(alias="from", json_schema_extra={"format": "date"})
    to: str = Field(json_schema_extra={"format": "date"})
    days: list[TurningDay]


class Term(BaseModel):
    """An id with its words, and its ids in other vocabularies under further names."""

    model_config = ConfigDict(extra="allow")

    id: str
    label: str


class Place(Document):
    """A jurisdiction: ISO 3166-1 alpha-2, or 3166-2 where a subdivision has its own law."""

    id: str
    label: str
    regime: str = Field(description="The body of law that governs there.")


class ChoiceTerm(Term):
    """A choice a person can make."""

    kind: Literal["setting", "request", "consent", "objection"]
    values: list[str]
    default: str = Field(description="What counts while no other value is known.")


class Signal(Document):
    """A signal a browser can send."""

    id: str
    label: str


class VocabularyDocument(Document):
    """Every id a question may use, under the active bundle."""

    policy: PolicyRef
    controllers: list[Term]
    recipients: list[Term]
    purposes: list[Term]
    data: list[Term]
    jurisdictions: list[Place]
    choices: list[ChoiceTerm]
    signals: list[Signal]
