"""The shapes of recorded decisions, and what is made of them; see `schemas`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from mayuse.api.schemas import (
    DecisionId,
    Digest,
    Document,
    Effect,
    EngineRef,
    ReceiptDocument,
    ReplayOutcome,
    left_out,
)


class RecordedReason(Document):
    """A reason that forced a recorded effect.

    `rule` is a layer alone where nothing in it permitted. Words are there when the decision was
    made under the bundle that is active now.
    """

    rule: str
    reason: str
    title: str = left_out(str, "What the rule is about.")
    says: str = left_out(str, "The reason in words.")


class RecordedPolicy(Document):
    """The policy bundle a decision was made under."""

    digest: Digest


class RecordedReceipt(ReceiptDocument):
    """The stored record and its hash."""

    record: str = Field(
        pattern=r"^[A-Za-z0-9_-]+$", description="The bytes that were hashed, in base64url."
    )


class _Recorded(Document):
    decision_id: DecisionId
    at: str = Field(
        json_schema_extra={"format": "date-time"},
        description="When it was made by the service's clock, UTC.",
    )
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


class RecordedDecisions(Document):
    """A page of the list of recorded decisions."""

    decisions: list[RecordedSummary]
    next_cursor: str = left_out(str, "Where the next page begins; absent on the last one.")


class RecordedSignals(Document):
    """The signals as the policy saw them."""

    gpc: bool


class RecordedFacts(Document):
    """What the policy saw, but for the category of data."""

    controller: str
    recipient: str
    purpose: str
    jurisdiction: str
    on: str = Field(json_schema_extra={"format": "date"})
    age: str = Field(description="`0` to `17`, `adult` or `unknown`.")
    choices: dict[str, str]
    signals: RecordedSignals


class RecordedFinding(Document):
    """What became of one category of data."""

    data: str
    effect: Effect
    fault: str = left_out(str, "Code of the fault in the verdict's place.")


class RecordedDetail(Document):
    """What can be erased of a decision."""

    facts: RecordedFacts
    data: list[RecordedFinding]
    sources: dict[str, Literal["asserted", "recorded"]] = Field(
        description="Where each choice came from; a choice that is not here had its default."
    )
    names_person: bool = Field(description="Whether the question named a person; never whom.")
    known_at: str = left_out(str, "Up to when recorded choices counted, if the question said so.")


class RecordedDecision(_Recorded):
    """A decision as the log has it."""

    receipt: RecordedReceipt
    detail: RecordedDetail | SkipJsonSchema[None] = left_out(type(None), "Absent once erased.")


class DecisionCount(Document):
    """How many decisions are in one group; it has a member for each dimension asked for."""

    period: str = left_out(str, "`2026-11-24`, `2026-11` or `2026`, UTC.")
    effect: Effect | SkipJsonSchema[None] = left_out(type(None), "")
    recipient: str = left_out(str, "")
    purpose: str = left_out(str, "")
    data: str = left_out(str, "")
    jurisdiction: str = left_out(str, "")
    rule: str = left_out(str, "A rule that forced the effect.")
    act: str = left_out(str, "An act under which a reason lies that forced the effect.")
    caller: str = left_out(str, "")
    policy: str = left_out(str, "Digest of the bundle.")
    decisions: int


class DecisionCounts(Document):
    """A table of counts."""

    by: list[str]
    interval: str = left_out(str, "Absent when not counted over time.")
    counts: list[DecisionCount]


class ReplayDifference(Document):
    """One thing that came out otherwise."""

    member: str = Field(description="A member of the record, or the effect on one category.")
    recorded: str
    replayed: str


class ReplayedPolicy(Document):
    """The policy bundle a decision was made again under."""

    digest: str = Field(description="Empty when the record cannot be read.")


class ReplayedDecision(Document):
    """What came of making a decision again."""

    decision_id: DecisionId
    outcome: ReplayOutcome
    policy: ReplayedPolicy
    because: str = left_out(str, "Why it was not made again, a code.")
    differences: list[ReplayDifference]
