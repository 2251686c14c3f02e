"""A decision, ready to be written: which row goes to which table, the same for both databases."""

from __future__ import annotations

import importlib.metadata
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
import uuid_utils

from mayuse.answer import Draft, Ruling
from mayuse.choices import sources
from mayuse.decision_log.drawing import draw
from mayuse.decision_log.entry import (
    SALT_BYTES,
    Content,
    Entry,
    leaf_hash,
    to_micros,
    to_text,
)
from mayuse.decision_log.event import Event, Happening, Open
from mayuse.decision_log.key_files import KEY_BYTES
from mayuse.decision_log.keys import LogKeys, SubjectKey
from mayuse.decision_log.wrapping import Wrapped
from mayuse.question import REMEMBERED
from mayuse.store import inserts
from mayuse.store.inserts import Insert, Row
from mayuse.store.tables import EFFECTS, KINDS
from mayuse.verdict import Fault

_PLACE_BYTES = 12
_DECISION = KINDS.index("decision")
_PROGRAM = f"mayuse/{importlib.metadata.version('mayuse')}"


LEAF_SEQ: Any = object()
"""Stands for the number of the event's own record among the values of a `Change`."""


@dataclass(frozen=True, slots=True)
class Change:
    """A statement that is part of an event: both are in one transaction, or neither is."""

    statement: str
    """With `$1`, `$2` … for the values, on both databases."""

    values: tuple[Any, ...] = ()
    changes: int | None = None
    """How many rows it must touch; with any other number, nothing happens at all."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A caller's Idempotency-Key: sent again, it gets the decision it was first sent for."""

    caller: str
    key: bytes
    """Keyed digest of the key."""

    request: bytes
    """Keyed digest of what was asked; of a decision, with the one that ties the key to it."""

    expires: int
    """In microseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Sought:
    """By what the decisions of a ruling are searched."""

    outcomes: tuple[tuple[str, int, str | None], ...]
    """(category, effect, code of a fault) of each."""

    rules: tuple[str, ...]
    """The rules of the reasons that forced the effect; a layer's name where it is silent."""

    acts: tuple[str, ...]
    """Their acts, sorted."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A draft that waits to be written, with everything that does not depend on when it is."""

    content: Content
    lookup: bytes | None
    """Where the person's key is found; None when the question names no person."""

    jurisdiction: str
    sources: str
    known_at: int | None
    """In microseconds since 1970."""

    facts: tuple[tuple[bytes, str], ...]
    """(id, document) of each category's facts."""

    sought: Sought

    repeat: Repeat | None = None
    """Under which key the caller may ask again for the same decision."""

    @classmethod
    def of(cls, draft: Draft, keys: LogKeys, repeat: Repeat | None = None) -> Pending:
        """Prepare a draft. Raises `ValueError` when it cannot be written down."""
        content, question = Content.of(draft), draft.question
        return cls(
            content=content,
            lookup=None if question.subject is None else keys.subject_lookup(question.subject),
            jurisdiction=question.jurisdiction,
            sources=_text(sources(question)),
            known_at=None if question.known_at is None else to_micros(question.known_at),
            facts=tuple([(keys.facts_id(document), document) for document in content.said.facts]),
            sought=_sought(draft.ruling),
            repeat=repeat,
        )


@lru_cache(REMEMBERED)
def _sought(ruling: Ruling) -> Sought:
    return Sought(
        outcomes=tuple(
            (
                finding.facts.data,
                EFFECTS.index(finding.effect),
                finding.verdict.code if isinstance(finding.verdict, Fault) else None,
            )
            for finding in ruling.findings
        ),
        rules=tuple(sorted({said.rule for said in ruling.forcing})),
        acts=ruling.acts,
    )


def _text(origins: Mapping[str, str]) -> str:
    return orjson.dumps(origins).decode() if origins else "{}"


class Place:
    """The writer's unbroken run of commits: a random name, and how many entries it has.

    A commit that failed, or whose outcome is not known, ends the run: the next one has another
    name. So each run is numbered from 1 without a gap, and a missing number means a lost row. Its
    first entry is an `open`, written with the first batch, and its last a `close` if it ends well.
    """

    def __init__(self) -> None:
        self.epoch = to_text(secrets.token_bytes(_PLACE_BYTES))
        self.count = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """A person as a commit needs one."""

    number: int | None
    """Of the person's key; None where the question names no person."""

    key: bytes = field(repr=False)
    """The person's; of nobody, one for this decision alone."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record, and its row; the number of the row comes first once it is known."""

    leaf_hash: bytes
    row: Row


@dataclass(frozen=True, slots=True)
class Written:
    """The rows of one decision. Those with a sequence number begin with it once it is known."""

    line: Line
    detail: Row
    facts: list[Row]
    rules: list[Row]
    acts: list[Row]
    subject: int | None
    """Number of the person's key."""

    repeat: Repeat | None


def opening(place: Place, keys: LogKeys, t: int) -> list[Line]:
    """What a run begins with: its `open`, unless it has begun."""
    return [] if place.count else [write_event(Open(_PROGRAM), place, keys, t)]


def write_event(what: Happening, place: Place, keys: LogKeys, t: int) -> Line:
    """Give an event the next number of the run, and make its row."""
    place.count += 1
    event = Event.of(
        what,
        id=str(uuid_utils.uuid7()),
        t=t,
        salt=secrets.token_bytes(SALT_BYTES),
        epoch=place.epoch,
        n=place.count,
    )
    record = event.to_bytes()
    leaf = leaf_hash(record)
    copied = (None,) * 5
    kind = KINDS.index(event.kind)
    return Line(leaf, (event.id, t, kind, *copied, record, leaf, keys.row_mac(leaf)))


def write_all(
    batch: Sequence[Pending], subjects: Mapping[bytes, Subject], place: Place, keys: LogKeys
) -> list[Written]:
    """Give each pending decision the next number of the run, and make its rows."""
    nobodys = iter(draw(sum(item.lookup is None for item in batch), KEY_BYTES))
    return [
        _write(
            item,
            Subject(None, next(nobodys)) if item.lookup is None else subjects[item.lookup],
            salt,
            place,
            keys,
        )
        for item, salt in zip(batch, draw(len(batch), SALT_BYTES), strict=True)
    ]


def _write(pending: Pending, subject: Subject, salt: bytes, place: Place, keys: LogKeys) -> Written:
    content = pending.content
    place.count += 1
    entry = Entry.of(
        content,
        key=subject.key,
        salt=salt,
        epoch=place.epoch,
        n=place.count,
    )
    record = entry.to_bytes()
    leaf = leaf_hash(record)
    return Written(
        line=Line(
            leaf,
            (
                content.id,
                content.t,
                _DECISION,
                content.caller,
                EFFECTS.index(content.effect),
                content.recipient,
                content.purpose,
                content.policy,
                record,
                leaf,
                keys.row_mac(leaf),
            ),
        ),
        detail=(
            content.t,
            pending.jurisdiction,
            subject.number,
            subject.key if subject.number is None else None,
            pending.sources,
            pending.known_at,
        ),
        facts=[
            (position, content.t, *outcome, facts_id)
            for position, (outcome, (facts_id, _)) in enumerate(
                zip(pending.sought.outcomes, pending.facts, strict=True)
            )
        ],
        rules=[(rule, content.t) for rule in pending.sought.rules],
        acts=[(act, content.t) for act in pending.sought.acts],
        subject=subject.number,
        repeat=pending.repeat,
    )


def known_subject(keys: LogKeys, row: Iterable[Any]) -> Subject:
    """A person whose key was found; the row is lookup, number, key id, key of the key, wrapped key.

    Raises `Unwritable` when it does not unwrap.
    """
    lookup, number, key_id, kek_id, wrapped = row
    return Subject(number, keys.unwrap(key_id, Wrapped(kek_id, wrapped), lookup).key)


def new_subjects(keys: LogKeys, since: Mapping[bytes, int]) -> list[tuple[SubjectKey, Row]]:
    """Keys for persons who have none, given where each is found and since when; and their rows."""
    made = keys.new_subject_keys(len(since))
    wrapped = keys.wrap(zip(made, since, strict=True))
    return [
        (subject, (lookup, subject.id, *sealed, now))
        for subject, sealed, (lookup, now) in zip(made, wrapped, since.items(), strict=True)
    ]


def distinct_facts(batch: Iterable[Pending]) -> list[Row]:
    """The fact vectors of a batch, each once, in an order all writers share: no deadlocks."""
    return sorted({item for pending in batch for item in pending.facts})


def details(batch: Sequence[Written], seqs: Sequence[int]) -> list[tuple[Insert, list[Row]]]:
    """The rows beside the decisions, now that those have their numbers."""
    numbered = list(zip(seqs, batch, strict=True))
    return [
        (inserts.DETAIL, [(seq, *item.detail) for seq, item in numbered]),
        (inserts.FACTS_OF, [(seq, *row) for seq, item in numbered for row in item.facts]),
        (inserts.RULE, [(*row, seq) for seq, item in numbered for row in item.rules]),
        (inserts.ACT, [(*row, seq) for seq, item in numbered for row in item.acts]),
        (
            inserts.SUBJECT,
            [(item.subject, seq) for seq, item in numbered if item.subject is not None],
        ),
        (
            inserts.REPEAT,
            [
                (again.caller, again.key, again.request, seq, again.expires)
                for seq, item in numbered
                if (again := item.repeat) is not None
            ],
        ),
    ]
