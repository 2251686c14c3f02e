"""What the service answers, with the members that programs act on; all else is in `document`.

Read strictly where a mistake could pass for a yes, and leniently beyond: a later service may say
more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NoReturn, Self, TypeVar, cast

from mayuse.client.faults import UnfitAnswer
from mayuse.decision_log.entry import from_text, leaf_hash

Document = Mapping[str, Any]
Effect = Literal["permit", "deny", "indeterminate"]
T = TypeVar("T")

EFFECTS = ("permit", "deny", "indeterminate")
_HASH_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Receipt:
    """The log's word that something was recorded."""

    leaf_hash: str
    """RFC 9162 leaf hash of the record, in hex."""

    index: int | None = None
    proof: str | None = None
    """A C2SP tlog-proof: keep it."""

    promise: str | None = None
    """Until it is sealed: the log's signed promise that it will be."""

    @classmethod
    def of(cls, document: object) -> Self:
        """Read a receipt. Raises `UnfitAnswer`."""
        found = _object(document, "receipt")
        leaf = _text(found, "leaf_hash")
        if len(leaf) != _HASH_DIGITS or set(leaf) - set("0123456789abcdef"):
            raise UnfitAnswer("a leaf hash is no SHA-256 in hex")
        index, proof, promise = (found.get(name) for name in ("index", "proof", "promise"))
        return cls(
            leaf,
            index if isinstance(index, int) else None,
            proof if isinstance(proof, str) else None,
            promise if isinstance(promise, str) else None,
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule said yes or no."""

    rule: str
    reason: str
    effect: str
    says: str
    document: Document = field(repr=False)

    @classmethod
    def of(cls, document: object) -> Self:
        """Read a reason. Raises `UnfitAnswer`."""
        found = _object(document, "reason")
        rule, reason, effect, says = (
            _text(found, name) for name in ("rule", "reason", "effect", "says")
        )
        return cls(rule, reason, effect, says, found)


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a question. Act on `permitted`, which is true for a permit alone.

    It has no truth of its own: `if decision:` would be true for a deny as well, so it raises.
    """

    decision_id: str
    effect: Effect
    permitted: bool
    reasons: Sequence[Reason]
    would_permit: Sequence[Mapping[str, str | bool]]
    """Changes that would permit what is denied; asked for by `explain=True`."""

    policy: str
    """Digest of the policy bundle it was made under."""

    receipt: Receipt
    document: Document = field(repr=False)
    """The whole answer."""

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read a decision. Raises `UnfitAnswer`."""
        effect = _effect(document)
        return cls(
            decision_id=_text(document, "decision_id"),
            effect=effect,
            permitted=effect == "permit",
            reasons=tuple(Reason.of(item) for item in _list(document, "reasons")),
            would_permit=_changes(document),
            policy=_text(_object(document.get("policy"), "policy"), "digest"),
            receipt=Receipt.of(document.get("receipt")),
            document=document,
        )

    def __bool__(self) -> NoReturn:
        raise TypeError("a decision is neither true nor false: ask for its `permitted`")


@dataclass(frozen=True, slots=True)
class ItemProblem:
    """A problem in the place of a batch's item."""

    line: int
    """Of the item, counted from 1."""

    status: int
    code: str
    detail: str
    document: Document = field(repr=False)

    permitted: Literal[False] = False

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read a problem. Raises `UnfitAnswer`."""
        numbers = (document.get("line"), document.get("status"))
        if not all(isinstance(number, int) for number in numbers):
            raise UnfitAnswer("an item is neither a decision nor a problem")
        line, status = cast("tuple[int, int]", numbers)
        return cls(line, status, _text(document, "code"), _text(document, "detail"), document)


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision as the log has it."""

    decision_id: str
    at: str
    effect: Effect
    permitted: bool
    recipient: str
    purpose: str
    leaf_hash: str
    record: bytes | None = field(repr=False)
    """The bytes that were hashed; None in a list."""

    document: Document = field(repr=False)

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read a recorded decision. Raises `UnfitAnswer`."""
        effect = _effect(document)
        receipt = _object(document.get("receipt"), "receipt")
        at, recipient, purpose = (_text(document, it) for it in ("at", "recipient", "purpose"))
        return cls(
            decision_id=_text(document, "decision_id"),
            at=at,
            effect=effect,
            permitted=effect == "permit",
            recipient=recipient,
            purpose=purpose,
            leaf_hash=Receipt.of(receipt).leaf_hash,
            record=_record(receipt),
            document=document,
        )

    __bool__ = Decision.__bool__


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list."""

    items: Sequence[T]
    next_cursor: str | None
    """Where the next page begins; None on the last one."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of making a recorded decision again."""

    decision_id: str
    outcome: str
    """`same`, `differs`, `erased`, `purged`, `unanswered` or `not_replayed`."""

    document: Document = field(repr=False)

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read it. Raises `UnfitAnswer`."""
        return cls(_text(document, "decision_id"), _text(document, "outcome"), document)


@dataclass(frozen=True, slots=True)
class Erasure:
    """That a person was forgotten."""

    decisions: int
    """How many lost what tied them to the person."""

    receipt: Receipt
    document: Document = field(repr=False)

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read it. Raises `UnfitAnswer`."""
        decisions = document.get("decisions")
        if document.get("erased") is not True or not isinstance(decisions, int):
            raise UnfitAnswer("the answer does not say that the person was forgotten")
        return cls(decisions, Receipt.of(document.get("receipt")), document)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person's choices are on a day. A choice that is not there has no record."""

    values: Mapping[str, str]
    """The value of each choice by its id."""

    etag: str | None
    """For `record_choices(unchanged_since=…)`."""

    document: Document = field(repr=False)

    @classmethod
    def of(cls, document: Document, etag: str | None) -> Self:
        """Read them. Raises `UnfitAnswer`."""
        found = _object(document.get("choices"), "choices")
        values = {name: _text(_object(row, name), "value") for name, row in found.items()}
        return cls(values, etag, document)


def rows(document: Document, name: str) -> list[Document]:
    """The objects of a list in an answer. Raises `UnfitAnswer`."""
    return [_object(item, name) for item in _list(document, name)]


def cursor(document: Document) -> str | None:
    """Where the next page begins. Raises `UnfitAnswer`."""
    return _text(document, "next_cursor") if "next_cursor" in document else None


def _changes(document: Document) -> Sequence[Mapping[str, str | bool]]:
    return tuple(rows(document, "would_permit")) if "would_permit" in document else ()


def _effect(document: Document) -> Effect:
    """The effect, once `permitted` says the same."""
    effect, permitted = document.get("effect"), document.get("permitted")
    if effect not in EFFECTS or permitted is not (effect == "permit"):
        raise UnfitAnswer("effect and permitted of a decision do not agree")
    return cast("Effect", effect)


def _object(value: object, name: str) -> Document:
    if not isinstance(value, dict):
        raise UnfitAnswer(f"{name} is no JSON object")
    return value


def _list(document: Document, name: str) -> list[object]:
    value = document.get(name)
    if not isinstance(value, list):
        raise UnfitAnswer(f"{name} is no list")
    return value


def _text(document: Document, name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise UnfitAnswer(f"{name} is no text")
    return value


def _record(receipt: Document) -> bytes | None:
    if "record" not in receipt:
        return None
    try:
        record = from_text(_text(receipt, "record"))
    except ValueError:
        raise UnfitAnswer("a record is not in base64url") from None
    if leaf_hash(record).hex() != receipt["leaf_hash"]:
        raise UnfitAnswer("a record is not what its leaf hash is of")
    return record
