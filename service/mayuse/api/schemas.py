"""The shapes of what is answered, for the OpenAPI document.

The bodies themselves are made by `catalog`, once for API and command line, and are not passed
through these models; contract tests hold every answer against them. Ids in answers are plain
strings, not enumerations: a recorded decision keeps the ids of the bundle it was made under.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel
from pydantic.json_schema import SkipJsonSchema

from mayuse.answer import DIGEST
from mayuse.problem import KINDS

Effect = Literal["permit", "deny", "indeterminate"]
Digest = Annotated[
    str,
    Field(pattern=f"^{DIGEST}$", description="Digest of the policy bundle's files."),
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


def left_out(kind: type, description: str) -> Any:  # noqa: ANN401 - a field of any type
    """A member that is absent where it has nothing to say."""
    return Field(default_factory=kind, description=description)


class Document(BaseModel):
    """A document without other members than it names."""

    model_config = ConfigDict(extra="forbid")


class Citation(Document):
    """A provision of a law or of a controller's terms."""

    id: str
    act: str
    provision: str = Field(description="The part to quote, e.g. `§ 1798.120(a)`.")
    title: str
    url: str | None
    confidence: Confidence = Field(description="How sure we are of the text and its reading.")


class Reason(Document):
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


class Law(Document):
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


class Obligation(Document):
    """Something to do along with the answer."""

    id: str
    rule: str
    act: str
    says: str
    within_days: int | None
    citations: list[Citation]


class Missing(Document):
    """A field that would let rules say more, had it been stated."""

    field: str
    says: str
    rules: list[str]


class Fault(Document):
    """Why there is no verdict on some categories."""

    code: str
    detail: str
    data: list[str]


Outcome = Literal["permit", "deny", "silent", "indeterminate", "not_applicable"]


class Layers(Document):
    """The outcome of each layer. Terms are `not_applicable` for the controller `generic`."""

    law: Outcome
    terms: Outcome


class Categories(Document):
    """What became of each category of data asked about."""

    permitted: list[str]
    refused: list[str]
    indeterminate: list[str]


class PolicyRef(Document):
    """The policy bundle a decision was made under. It is an answer under this bundle, not law."""

    digest: Digest
    version: str


class EngineRef(Document):
    """What evaluated the bundle."""

    name: Literal["embedded", "opa"]
    version: str


class ReceiptDocument(Document):
    """The log's word that there is a record of this hash."""

    leaf_hash: LeafHash


class Receipt(ReceiptDocument):
    """The log's word, with what proves it: a proof once the leaf is sealed, a promise until then.

    Both are text files to be kept: a C2SP tlog-proof, and a signed note of the receipt key. They
    sign for what the record of this hash says, which is less than the answer: see `GET …/proof`.
    """

    index: int = Field(
        default_factory=int,
        ge=0,
        description="The leaf's place in the log; absent with a promise.",
    )
    proof: str = left_out(str, "That the leaf is in the log, with a signed checkpoint.")
    promise: str = left_out(str, "That it will be, by when; `GET …/proof` has the proof then.")


class Conflict(Document):
    """What is known of the person and does not agree.

    Either a choice the caller asserted and the ledger knows a more protective value of, which
    stands (`asserted`, `recorded`); or a signal beside a choice that allows what the signal asks
    not to do (`signal`, `value`, `source`): the law of the place says which prevails.
    """

    choice: str
    asserted: str = left_out(str, "What the caller asserted.")
    recorded: str = left_out(str, "What the ledger knows; it stands.")
    signal: Literal["gpc"] | SkipJsonSchema[None] = left_out(type(None), "The signal.")
    value: str = left_out(str, "The choice beside it.")
    source: Literal["asserted", "recorded"] | SkipJsonSchema[None] = left_out(
        type(None), "Where that choice came from."
    )


class Decision(Document):
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
    conflicts: list[Conflict] = left_out(
        list, "Present when signal, asserted and recorded choices do not agree."
    )
    policy: PolicyRef
    engine: EngineRef
    receipt: Receipt
    faults: list[Fault] = left_out(list, "Present when some category has no verdict.")
    would_permit: list[dict[str, str | bool]] = left_out(
        list,
        "On a deny, when asked to explain: each member is a smallest set of changes under which "
        "the answer would be a permit; none when no such change is known.",
    )


class BatchSummary(Document):
    """What became of the items of a batch. It comes last, so that a cut-off answer shows."""

    items: int
    permit: int
    deny: int
    indeterminate: int
    refused: int = Field(description="Items that are no question.")
    unrecorded: int = Field(description="Decisions that could not be recorded, and are not told.")
    complete: bool = Field(description="Whether every item that was sent is among them.")
    problem: dict[str, Any] = left_out(dict, "What ended the batch before its end.")


class DecisionBatch(Document):
    """An answer for each item of a batch, in order: a decision, or a problem in its place.

    A problem's `item` is the place of the item, from 0 (its `line`, from 1, where lines were sent).
    """

    items: list[dict[str, Any]]
    summary: BatchSummary


class AuthzenDecision(BaseModel):
    """A decision as AuthZEN has it."""

    decision: bool = Field(description="`false` must not be let through.")
    context: dict[str, Any] = left_out(
        dict,
        "`reason`, and where it was decided `evaluation_id`, `evaluated_at` and the whole `answer` "
        "as `/v1/decisions` gives it; `error` where an item of several could not be decided.",
    )


class AuthzenDecisions(BaseModel):
    """Decisions on several evaluations, in order, as far as they were evaluated."""

    evaluations: list[AuthzenDecision]


class AuthzenAnswer(RootModel[AuthzenDecision | AuthzenDecisions]):
    """One decision, or one for each evaluation."""


class AuthzenMetadata(Document):
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

    type: str = left_out(str, "Of a subject or a resource.")
    id: str = left_out(str, "Of a subject or a resource.")
    name: str = left_out(str, "Of an action.")


class AuthzenResults(BaseModel):
    """What would be permitted."""

    page: AuthzenPage | SkipJsonSchema[None] = left_out(
        type(None), "Present when a page was asked for."
    )
    context: dict[str, Any] = left_out(
        dict,
        "`reason`, when what was asked cannot be evaluated and so nothing is found; "
        "`indeterminate`, the ids on which there is no verdict.",
    )
    results: list[AuthzenEntity]


class FieldFault(Document):
    """One faulty field of a body, parameter or header. The rejected value is never sent back."""

    pointer: str = left_out(str, "JSON pointer (RFC 6901) into the body.")
    parameter: str = left_out(str, "Name of the query parameter.")
    header: str = left_out(str, "Name of the header.")
    detail: str
    nearest: str = left_out(str, "The nearest known word, when one is near.")


class Problem(Document):
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
    decision_id: DecisionId = left_out(
        str, "The recorded decision without a verdict, where there is one."
    )
    parts: list[Part] = Field(
        default_factory=list, description="For `not_ready`: what is ready, and what is not."
    )


class ProblemPage(Document):
    """What problems of one code mean."""

    type: str
    code: str
    status: int
    title: str
    says: str


class ProblemPages(Document):
    """Every problem there is."""

    problems: list[ProblemPage]


class Part(Document):
    """A part the service cannot answer without."""

    part: Literal["policy", "log", "access"]
    ready: bool
    detail: str


class Live(Document):
    """The process runs."""

    status: Literal["live"]


class Ready(Document):
    """Every part is ready."""

    status: Literal["ready"]
    parts: list[Part]


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
