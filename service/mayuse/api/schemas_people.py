"""The shapes of what is told about persons; see `schemas`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from mayuse.api.schemas import (
    Categories,
    Conflict,
    DecisionId,
    Document,
    Effect,
    EngineRef,
    Fault,
    Law,
    Layers,
    Missing,
    Obligation,
    PolicyRef,
    Reason,
    ReceiptDocument,
    ReplayOutcome,
    left_out,
)
from mayuse.api.schemas_recorded import RecordedDetail, RecordedPolicy, RecordedReason


class LogReceipt(ReceiptDocument):
    """The log's word that something was recorded, with its proof once it is sealed."""

    index: int | SkipJsonSchema[None] = left_out(type(None), "The leaf's place in the log.")
    proof: str = left_out(str, "A C2SP tlog-proof, with a signed checkpoint.")
    promise: str = left_out(str, "Until it is sealed: the log's signed promise that it will be.")


class ErasedPerson(Document):
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
    record: str = left_out(
        str,
        "The log's record that says so, in the bytes (UTF-8) that were hashed: SHA-256 of a zero "
        "byte and these is the receipt's `leaf_hash`.",
    )


class ToldDecision(Document):
    """A recorded decision in words; of an erased one, what its record has."""

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
    engine: EngineRef

    reasons: list[Reason | RecordedReason] = Field(description="Those that forced it come first.")
    faults: list[Fault | str]
    policy: PolicyRef | RecordedPolicy
    receipt: ReceiptDocument
    record: str = Field(
        description="What was hashed: SHA-256 of a zero byte and these bytes (UTF-8) is the "
        "receipt's `leaf_hash`."
    )
    replay: ReplayOutcome
    question: str = left_out(str, "What was asked, as a sentence.")
    answer: str = left_out(str, "The answer, as a sentence.")
    decided_by: list[Literal["law", "terms"]] = left_out(list, "What forced the effect.")
    layers: Layers | SkipJsonSchema[None] = left_out(type(None), "The outcome of each layer.")
    data: Categories | SkipJsonSchema[None] = left_out(type(None), "What became of each category.")
    laws: list[Law] = left_out(list, "What became of each act of the place.")
    obligations: list[Obligation] = left_out(list, "What was to be done along with it.")
    missing: list[Missing] = left_out(list, "What would let rules say more.")
    conflicts: list[Conflict] = left_out(list, "Where signal and choices did not agree.")
    detail: RecordedDetail | SkipJsonSchema[None] = left_out(type(None), "What was used.")


class PersonsDecisions(Document):
    """A page of the decisions about a person."""

    choices: list[ChoiceEvent] = left_out(
        list, "Every event of the person's choices, newest first; on the first page, if any."
    )
    decisions: list[ToldDecision]
    next_cursor: str = left_out(str, "Where the next page begins; absent on the last one.")


class _Circumstances(Document):
    event_id: str = Field(json_schema_extra={"format": "uuid"}, description="UUIDv7 of the event.")
    effective_at: str = Field(
        json_schema_extra={"format": "date-time"}, description="Since when it holds."
    )
    recorded_at: str = Field(
        json_schema_extra={"format": "date-time"}, description="Since when it is known here."
    )
    source: str = Field(description="Where the person made it, a short word.")
    notice: str = left_out(str, "Which notice the person was shown.")
    recorded_by: str = Field(description="Which caller recorded it.")


class StandingChoice(_Circumstances):
    """A choice that holds on a day, and the event it comes from."""

    value: str


class StandingSignal(_Circumstances):
    """A signal that holds on a day, and the event it comes from."""

    value: bool


class StandingSignals(Document):
    """The signals of which something is recorded."""

    gpc: StandingSignal | SkipJsonSchema[None] = left_out(
        type(None), "Global Privacy Control; absent: no record."
    )


class ChoicesState(Document):
    """What a person's choices are on a day; a choice that is not there has no record."""

    on: str = Field(json_schema_extra={"format": "date"})
    known_at: str = left_out(str, "As far as it was recorded by then.")
    choices: dict[str, StandingChoice]
    signals: StandingSignals


class ChoiceEvent(_Circumstances):
    """One choice, or signal, as it was recorded."""

    choice: str = left_out(str, "The choice's id; absent for a signal.")
    signal: Literal["gpc"] | SkipJsonSchema[None] = left_out(
        type(None), "The signal; absent for a choice."
    )
    value: str | bool = Field(description="Of a signal, whether it was sent.")


class ChoicesRecorded(Document):
    """What was recorded by one request, or by its first sending."""

    recorded: list[ChoiceEvent]


class ChoiceHistory(Document):
    """A page of the events of a person's choices, newest first."""

    events: list[ChoiceEvent]
    next_cursor: str = left_out(str, "Where the next page begins; absent on the last one.")


class GpcSupport(Document):
    """The statement that Global Privacy Control is heeded."""

    gpc: Literal[True]
    lastUpdate: str = Field(json_schema_extra={"format": "date"})  # noqa: N815 - the standard's
