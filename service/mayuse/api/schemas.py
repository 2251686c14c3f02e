"""The shapes of what is answered, for the OpenAPI document.

The bodies themselves are made by `catalog`, once for API and command line, and are not passed
through these models; contract tests hold every answer against them. Ids in answers are plain
strings, not enumerations: a recorded decision keeps the ids of the bundle it was made under.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel
from pydantic.json_schema import SkipJsonSchema

from mayuse.problem import KINDS

Effect = Literal["permit", "deny", "indeterminate"]
Digest = Annotated[
    str,
    Field(pattern=r"^sha256:[0-9a-f]{64}$", description="Digest of the policy bundle's files."),
]
LeafHash = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{64}$",
        description="RFC 9162 leaf hash of the stored record, in hex.",
    ),
]
DecisionId = Annotated[
    str, Field(json_schema_extra={"format": "uuid"}, description="UUIDv7 of the decision.")
]
Confidence = Literal["high", "medium", "low"]


ReplayOutcome = Literal["same", "differs", "erased", "purged", "unanswered", "not_replayed"]


def _left_out(kind: type, description: str) -> Any:  # noqa: ANN401 - a field of any type
    """A member that is absent where it has nothing to say."""
    return Field(default_factory=kind, description=description)


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Citation(_Document):
    """A provision of a law or of a controller's terms."""

    id: str
    act: str
    provision: str = Field(description="The part to quote, e.g. `§ 1798.120(a)`.")
    title: str
    url: str | None
    confidence: Confidence = Field(description="How sure we are of the text and its reading.")


class Reason(_Document):
    """Why a rule said yes or no."""

    rule: str
    reason: str
    effect: Literal["permit", "deny"]
    layer: Literal["law", "terms"]
    title: str
    says: str
    citations: list[Citation]
    data: list[str] = Field(
        default_factory=list,
        description="The categories it concerns; present when the question names several.",
    )


class Law(_Document):
    """What became of one act of the person's place."""

    act: str
    title: str
    outcome: Literal[
        "not_yet_in_force",
        "no_longer_in_force",
        "not_in_scope",
        "permit",
        "deny",
        "indeterminate",
    ]


class Obligation(_Document):
    """Something to do along with the answer."""

    id: str
    rule: str
    act: str
    says: str
    within_days: int | None
    citations: list[Citation]


class Missing(_Document):
    """A field that would let rules say more, had it been stated."""

    field: str
    says: str
    rules: list[str]


class Fault(_Document):
    """Why there is no verdict on some categories."""

    code: str
    detail: str
    data: list[str]


Outcome = Literal["permit", "deny", "silent", "indeterminate", "not_applicable"]


class Layers(_Document):
    """The outcome of each layer. Terms are `not_applicable` for the controller `generic`."""

    law: Outcome
    terms: Outcome


class Categories(_Document):
    """What became of each category of data asked about."""

    permitted: list[str]
    refused: list[str]
    indeterminate: list[str]


class PolicyRef(_Document):
    """The policy bundle a decision was made under. It is an answer under this bundle, not law."""

    digest: Digest
    version: str


class EngineRef(_Document):
    """What evaluated the bundle."""

    name: Literal["embedded", "opa"]
    version: str


class ReceiptDocument(_Document):
    """The log's word that the decision was recorded before it was told."""

    leaf_hash: LeafHash


class Receipt(ReceiptDocument):
    """The log's word, with what proves it: a proof once the leaf is sealed, a promise until then.

    Both are text files to be kept: a C2SP tlog-proof, and a signed note of the receipt key.
    """

    index: int = Field(
        default_factory=int,
        ge=0,
        description="The leaf's place in the log; absent with a promise.",
    )
    proof: str = _left_out(str, "That the leaf is in the log, with a signed checkpoint.")
    promise: str = _left_out(str, "That it will be, by when; `GET …/proof` has the proof then.")


class Conflict(_Document):
    """What is known of the person and does not agree.

    Either a choice the caller asserted and the ledger knows a more protective value of, which
    stands (`asserted`, `recorded`); or a signal beside a choice that allows what the signal asks
    not to do (`signal`, `value`, `source`): the law of the place says which prevails.
    """

    choice: str
    asserted: str = _left_out(str, "What the caller asserted.")
    recorded: str = _left_out(str, "What the ledger knows; it stands.")
    signal: Literal["gpc"] | SkipJsonSchema[None] = _left_out(type(None), "The signal.")
    value: str = _left_out(str, "The choice beside it.")
    source: Literal["asserted", "recorded"] | SkipJsonSchema[None] = _left_out(
        type(None), "Where that choice came from."
    )


class Decision(_Document):
    """The answer to a question, with its reasons, its law and its receipt."""

    decision_id: DecisionId
    effect: Effect
    permitted: bool = Field(description="True for `permit` alone.")
    decided_by: list[Literal["law", "terms"]] = Field(
        description="Each layer whose outcome forced the effect."
    )
    layers: Layers
    data: Categories
    reasons: list[Reason] = Field(
        description="Every rule that spoke; those that forced the effect come first."
    )
    laws: list[Law]
    obligations: list[Obligation]
    missing: list[Missing]
    conflicts: list[Conflict] = _left_out(
        list, "Present when signal, asserted and recorded choices do not agree."
    )
    policy: PolicyRef
    engine: EngineRef
    receipt: Receipt
    faults: list[Fault] = _left_out(list, "Present when some category has no verdict.")
    would_permit: list[dict[str, str | bool]] = _left_out(
        list,
        "On a deny, when asked to explain: each member is a smallest set of changes under which "
        "the answer would be a permit; none when no such change is known.",
    )


class BatchSummary(_Document):
    """What became of the items of a batch. It comes last, so that a cut-off answer shows."""

    items: int
    permit: int
    deny: int
    indeterminate: int
    refused: int = Field(description="Items that are no question.")
    unrecorded: int = Field(description="Decisions that could not be recorded, and are not told.")
    complete: bool = Field(description="Whether every item that was sent is among them.")
    problem: dict[str, Any] = _left_out(dict, "What ended the batch before its end.")


class DecisionBatch(_Document):
    """An answer for each item of a batch, in order: a decision, or a problem in its place.

    A problem's `item` is the place of the item, from 0 (its `line`, from 1, in a stream of lines).
    """

    items: list[dict[str, Any]]
    summary: BatchSummary


class AuthzenDecision(BaseModel):
    """A decision as AuthZEN has it."""

    decision: bool = Field(description="`false` must not be let through.")
    context: dict[str, Any] = _left_out(
        dict,
        "`reason`, and where it was decided `evaluation_id`, `evaluated_at` and the whole `answer` "
        "as `/v1/decisions` gives it; `error` where an item of several could not be decided.",
    )


class AuthzenDecisions(BaseModel):
    """Decisions on several evaluations, in order, as far as they were evaluated."""

    evaluations: list[AuthzenDecision]


class AuthzenAnswer(RootModel[AuthzenDecision | AuthzenDecisions]):
    """One decision, or one for each evaluation."""


class AuthzenMetadata(_Document):
    """What this policy decision point offers (AuthZEN 1.0, section 9)."""

    policy_decision_point: str
    access_evaluation_endpoint: str
    access_evaluations_endpoint: str
    search_subject_endpoint: str
    search_resource_endpoint: str
    search_action_endpoint: str


class AuthzenPage(BaseModel):
    """Which part of the results this is."""

    next_token: str = Field(description="Where the next page begins; empty on the last one.")
    count: int = Field(ge=0, description="Results on this page.")
    total: int = Field(ge=0, description="Results on all pages.")


class AuthzenEntity(BaseModel):
    """A subject, a resource, or an action."""

    type: str = _left_out(str, "Of a subject or a resource.")
    id: str = _left_out(str, "Of a subject or a resource.")
    name: str = _left_out(str, "Of an action.")


class AuthzenResults(BaseModel):
    """What would be permitted."""

    page: AuthzenPage | SkipJsonSchema[None] = _left_out(
        type(None), "Present when a page was asked for."
    )
    context: dict[str, Any] = _left_out(
        dict,
        "`reason`, when what was asked cannot be evaluated and so nothing is found; "
        "`indeterminate`, the ids on which there is no verdict.",
    )
    results: list[AuthzenEntity]


class RecordedReason(_Document):
    """A reason that forced a recorded effect.

    `rule` is a layer alone where nothing in it permitted. Words are there when the decision was
    made under the bundle that is active now.
    """

    rule: str
    reason: str
    title: str = _left_out(str, "What the rule is about.")
    says: str = _left_out(str, "The reason in words.")


class RecordedPolicy(_Document):
    """The policy bundle a decision was made under."""

    digest: Digest


class RecordedReceipt(ReceiptDocument):
    """The stored record and its hash."""

    record: str = Field(
        pattern=r"^[A-Za-z0-9_-]+$", description="The bytes that were hashed, in base64url."
    )


class StoredPolicy(_Document):
    """A policy bundle that decides, or did."""

    digest: Digest
    version: str = _left_out(str, "Absent when the record of its activation was purged.")
    activated: str = Field(
        json_schema_extra={"format": "date-time"}, description="When it first was, UTC."
    )
    active: bool = Field(description="Whether it decides now.")


class StoredPolicies(_Document):
    """The policy bundles that decisions were made under."""

    active: PolicyRef
    policies: list[StoredPolicy] = Field(description="The one that was activated last comes first.")


class PolicyRule(_Document):
    """A rule of a bundle, by its id and title."""

    rule: str
    title: str


class Policy(StoredPolicy):
    """A policy bundle, with what it rules."""

    rules: list[PolicyRule]


class _Recorded(_Document):
    decision_id: DecisionId
    at: str = Field(json_schema_extra={"format": "date-time"}, description="When it was made, UTC.")
    caller: str
    recipient: str
    purpose: str
    effect: Effect
    permitted: bool
    reasons: list[RecordedReason] = Field(description="Those that forced the effect.")
    faults: list[str] = Field(description="Codes, where some category has no verdict.")
    policy: RecordedPolicy
    engine: EngineRef


class RecordedSummary(_Recorded):
    """What a list shows of a decision."""

    receipt: ReceiptDocument


class RecordedDecisions(_Document):
    """A page of the list of recorded decisions."""

    decisions: list[RecordedSummary]
    next_cursor: str = _left_out(str, "Where the next page begins; absent on the last one.")


class RecordedSignals(_Document):
    """The signals as the policy saw them."""

    gpc: bool


class RecordedFacts(_Document):
    """What the policy saw, but for the category of data."""

    controller: str
    recipient: str
    purpose: str
    jurisdiction: str
    on: str = Field(json_schema_extra={"format": "date"})
    age: str = Field(description="`0` to `17`, `adult` or `unknown`.")
    choices: dict[str, str]
    signals: RecordedSignals


class RecordedFinding(_Document):
    """What became of one category of data."""

    data: str
    effect: Effect
    fault: str = _left_out(str, "Code of the fault in the verdict's place.")


class RecordedDetail(_Document):
    """What can be erased of a decision."""

    facts: RecordedFacts
    data: list[RecordedFinding]
    sources: dict[str, Literal["asserted", "recorded"]] = Field(
        description="Where each choice came from; a choice that is not here had its default."
    )
    names_person: bool = Field(description="Whether the question named a person; never whom.")
    known_at: str = _left_out(str, "Up to when recorded choices counted, if the question said so.")


class RecordedDecision(_Recorded):
    """A decision as the log has it."""

    receipt: RecordedReceipt
    detail: RecordedDetail | SkipJsonSchema[None] = _left_out(type(None), "Absent once erased.")


class LogReceipt(ReceiptDocument):
    """The log's word that something was recorded, with its proof once it is sealed."""

    index: int | SkipJsonSchema[None] = _left_out(type(None), "The leaf's place in the log.")
    proof: str = _left_out(str, "A C2SP tlog-proof, with a signed checkpoint.")
    promise: str = _left_out(str, "Until it is sealed: the log's signed promise that it will be.")


class ErasedPerson(_Document):
    """That a person was forgotten."""

    erased: Literal[True]
    at: str = Field(json_schema_extra={"format": "date-time"})
    decisions: int = Field(description="How many lost what tied them to the person.")
    choices: int = Field(description="How many events of their choices were deleted.")
    key_id: str = Field(description="Random name of the destroyed key.")
    overwritten: bool = Field(
        description="Whether nothing is left in the database's own files; on PostgreSQL its own "
        "logs and copies keep it until they are recycled."
    )
    receipt: LogReceipt


class ToldDecision(_Document):
    """A recorded decision in words; of an erased one, what its record has."""

    decision_id: DecisionId
    at: str = Field(json_schema_extra={"format": "date-time"}, description="When it was made, UTC.")
    caller: str
    recipient: str
    purpose: str
    effect: Effect
    permitted: bool
    engine: EngineRef

    reasons: list[Reason | RecordedReason] = Field(description="Those that forced it come first.")
    faults: list[Fault | str]
    policy: PolicyRef | RecordedPolicy
    receipt: ReceiptDocument
    replay: ReplayOutcome
    question: str = _left_out(str, "What was asked, as a sentence.")
    answer: str = _left_out(str, "The answer, as a sentence.")
    decided_by: list[Literal["law", "terms"]] = _left_out(list, "What forced the effect.")
    layers: Layers | SkipJsonSchema[None] = _left_out(type(None), "The outcome of each layer.")
    data: Categories | SkipJsonSchema[None] = _left_out(type(None), "What became of each category.")
    laws: list[Law] = _left_out(list, "What became of each act of the place.")
    obligations: list[Obligation] = _left_out(list, "What was to be done along with it.")
    missing: list[Missing] = _left_out(list, "What would let rules say more.")
    conflicts: list[Conflict] = _left_out(list, "Where signal and choices did not agree.")
    detail: RecordedDetail | SkipJsonSchema[None] = _left_out(type(None), "What was used.")


class PersonsDecisions(_Document):
    """A page of the decisions about a person."""

    choices: list[ChoiceEvent] = _left_out(
        list, "Every event of the person's choices, newest first; on the first page, if any."
    )
    decisions: list[ToldDecision]
    next_cursor: str = _left_out(str, "Where the next page begins; absent on the last one.")


class _Circumstances(_Document):
    event_id: str = Field(json_schema_extra={"format": "uuid"}, description="UUIDv7 of the event.")
    effective_at: str = Field(
        json_schema_extra={"format": "date-time"}, description="Since when it holds."
    )
    recorded_at: str = Field(
        json_schema_extra={"format": "date-time"}, description="Since when it is known here."
    )
    source: str = Field(description="Where the person made it, a short word.")
    notice: str = _left_out(str, "Which notice the person was shown.")
    recorded_by: str = Field(description="Which caller recorded it.")


class StandingChoice(_Circumstances):
    """A choice that holds on a day, and the event it comes from."""

    value: str


class StandingSignal(_Circumstances):
    """A signal that holds on a day, and the event it comes from."""

    value: bool


class StandingSignals(_Document):
    """The signals of which something is recorded."""

    gpc: StandingSignal | SkipJsonSchema[None] = _left_out(
        type(None), "Global Privacy Control; absent: no record."
    )


class ChoicesState(_Document):
    """What a person's choices are on a day; a choice that is not there has no record."""

    on: str = Field(json_schema_extra={"format": "date"})
    known_at: str = _left_out(str, "As far as it was recorded by then.")
    choices: dict[str, StandingChoice]
    signals: StandingSignals


class ChoiceEvent(_Circumstances):
    """One choice, or signal, as it was recorded."""

    choice: str = _left_out(str, "The choice's id; absent for a signal.")
    signal: Literal["gpc"] | SkipJsonSchema[None] = _left_out(
        type(None), "The signal; absent for a choice."
    )
    value: str | bool = Field(description="Of a signal, whether it was sent.")


class ChoicesRecorded(_Document):
    """What was recorded by one request, or by its first sending."""

    recorded: list[ChoiceEvent]


class ChoiceHistory(_Document):
    """A page of the events of a person's choices, newest first."""

    events: list[ChoiceEvent]
    next_cursor: str = _left_out(str, "Where the next page begins; absent on the last one.")


class GpcSupport(_Document):
    """The statement that Global Privacy Control is heeded."""

    gpc: Literal[True]
    lastUpdate: str = Field(json_schema_extra={"format": "date"})  # noqa: N815 - the standard's


class DecisionCount(_Document):
    """How many decisions are in one group; it has a member for each dimension asked for."""

    period: str = _left_out(str, "`2026-11-24`, `2026-11` or `2026`, UTC.")
    effect: Effect | SkipJsonSchema[None] = _left_out(type(None), "")
    recipient: str = _left_out(str, "")
    purpose: str = _left_out(str, "")
    data: str = _left_out(str, "")
    jurisdiction: str = _left_out(str, "")
    rule: str = _left_out(str, "A rule that forced the effect.")
    act: str = _left_out(str, "An act under which a reason lies that forced the effect.")
    caller: str = _left_out(str, "")
    policy: str = _left_out(str, "Digest of the bundle.")
    decisions: int


class DecisionCounts(_Document):
    """A table of counts."""

    by: list[str]
    interval: str = _left_out(str, "Absent when not counted over time.")
    counts: list[DecisionCount]


class ReplayDifference(_Document):
    """One thing that came out otherwise."""

    member: str = Field(description="A member of the record, or the effect on one category.")
    recorded: str
    replayed: str


class ReplayedPolicy(_Document):
    """The policy bundle a decision was made again under."""

    digest: str = Field(description="Empty when the record cannot be read.")


class ReplayedDecision(_Document):
    """What came of making a decision again."""

    decision_id: DecisionId
    outcome: ReplayOutcome
    policy: ReplayedPolicy
    because: str = _left_out(str, "Why it was not made again, a code.")
    differences: list[ReplayDifference]


class FieldFault(_Document):
    """One faulty field of a body, parameter or header. The rejected value is never sent back."""

    pointer: str = _left_out(str, "JSON pointer (RFC 6901) into the body.")
    parameter: str = _left_out(str, "Name of the query parameter.")
    header: str = _left_out(str, "Name of the header.")
    detail: str
    nearest: str = _left_out(str, "The nearest known word, when one is near.")


class Problem(_Document):
    """A fault, as RFC 9457 has it."""

    type: str = Field(
        json_schema_extra={"format": "uri-reference"},
        description="Address of what this problem means, relative to the service.",
    )
    title: str
    status: int
    code: str = Field(json_schema_extra={"enum": list(KINDS)})
    detail: str
    errors: list[FieldFault] = Field(default_factory=list, max_length=32)
    decision_id: DecisionId = _left_out(
        str, "The recorded decision without a verdict, where there is one."
    )
    parts: list[Part] = Field(
        default_factory=list, description="For `not_ready`: what is ready, and what is not."
    )


class ProblemPage(_Document):
    """What problems of one code mean."""

    type: str
    code: str
    status: int
    title: str
    says: str


class ProblemPages(_Document):
    """Every problem there is."""

    problems: list[ProblemPage]


class Part(_Document):
    """A part the service cannot answer without."""

    part: Literal["policy", "log", "access"]
    ready: bool
    detail: str


class Live(_Document):
    """The process runs."""

    status: Literal["live"]


class Ready(_Document):
    """Every part is ready."""

    status: Literal["ready"]
    parts: list[Part]


class Sentence(_Document):
    """A reason a rule can give, in words."""

    reason: str
    says: str


class Duty(_Document):
    """An obligation a rule can name, in words."""

    id: str
    says: str


class Rule(_Document):
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


class Rules(_Document):
    """Every rule of the active bundle."""

    policy: PolicyRef
    rules: list[Rule]


class Term(BaseModel):
    """An id with its words, and its ids in other vocabularies under further names."""

    model_config = ConfigDict(extra="allow")

    id: str
    label: str


class Place(_Document):
    """A jurisdiction: ISO 3166-1 alpha-2, or 3166-2 where a subdivision has its own law."""

    id: str
    label: str
    regime: str = Field(description="The body of law that governs there.")


class ChoiceTerm(Term):
    """A choice a person can make."""

    kind: Literal["setting", "request", "consent", "objection"]
    values: list[str]
    default: str = Field(description="What counts while no other value is known.")


class Signal(_Document):
    """A signal a browser can send."""

    id: str
    label: str


class VocabularyDocument(_Document):
    """Every id a question may use, under the active bundle."""

    policy: PolicyRef
    controllers: list[Term]
    recipients: list[Term]
    purposes: list[Term]
    data: list[Term]
    jurisdictions: list[Place]
    choices: list[ChoiceTerm]
    signals: list[Signal]


_ANY_JSON = {"$ref": "#/components/schemas/AnyJson"}
_TEXT = {"type": "string", "pattern": r"^[^\x00]*$"}
ANY_JSON: dict[str, Any] = {
    "description": "Any value of I-JSON (RFC 7493): no integer lies beyond 2^53.",
    "anyOf": [
        {"type": ["null", "boolean"]},
        _TEXT,
        {"type": "number"},
        {"type": "array", "items": _ANY_JSON},
        {"type": "object", "propertyNames": _TEXT, "additionalProperties": _ANY_JSON},
    ],
}
