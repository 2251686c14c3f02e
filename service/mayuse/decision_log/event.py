"""The leaves that are not decisions: what happened to the log itself. Pure: knows no database.

They stand in the same tree, in the same canonical form and in the same numbered run of a writer as
the decisions (`entry.py`), so that none can be added, changed or left out later either. None names
a person: a searched or erased person is a tag or a random id. A decision's record has no member
`kind`; every one of these has.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, ClassVar

import orjson

from mayuse.answer import DIGEST
from mayuse.decision_log.entry import (
    SALT_BYTES,
    TAG_BYTES,
    UUID_SHAPE,
    Entry,
    from_micros,
    from_text,
    to_text,
)
from mayuse.errors import InvalidJSON, MalformedRecord
from mayuse.strict_json import loads

VERSION = 1

FORMER_ORIGIN = "former_origin"
"""What an `Anchor` is by when it names the last checkpoint under a name the log gave up."""

RESTORED = "restored_from_backup"
"""The reason of an `Erasure` that destroyed a key once more: a record before it was the first."""

ACTIVATION = "activation"
"""What `keeps` calls the row that says which bundle decides."""

_CODE = re.compile(r"[a-z0-9_]{1,64}")
_DIGEST = re.compile(DIGEST)
_KEY_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Open:
    """A writer begins a run of entries; this is the run's first."""

    kind: ClassVar[str] = "open"

    writer: str
    """The program, `name/version`."""

    def check(self) -> None:
        """Raise `ValueError` when a member has not its shape; so do all of these."""
        _texts(self.writer)


@dataclass(frozen=True, slots=True)
class Close:
    """A writer ends its run in good order; this is the run's last, and its `n` the run's length."""

    kind: ClassVar[str] = "close"

    def check(self) -> None:
        """Nothing of its own."""


@dataclass(frozen=True, slots=True)
class Search:
    """Somebody looked into the log."""

    kind: ClassVar[str] = "search"

    caller: str
    act: str
    """What was done, a code: `list`, `count`, `export`, `access_request` …"""

    filters: tuple[str, ...]
    """What was asked for, sorted: `name=value`; the name alone where a value may be personal."""

    found: int
    """How many decisions were shown."""

    subject: str | None = None
    """Tag of the person asked for, as in a decision, under the id of this entry."""

    def check(self) -> None:
        """Raise `ValueError` when a member has not its shape."""
        _texts(self.caller, *self.filters)
        _code(self.act)
        _number(self.found)
        if list(self.filters) != sorted(set(self.filters)):
            raise ValueError("filters are sorted and named once")
        if self.subject is not None:
            _raw(self.subject, TAG_BYTES)


@dataclass(frozen=True, slots=True)
class Erasure:
    """A person's key was destroyed: their decisions stay, and are nobody's."""

    kind: ClassVar[str] = "erasure"

    caller: str
    key_id: str
    """Random name of the destroyed key, 16 bytes as base64url."""

    reason: str
    """Why, a code: `data_subject_request`, `retention` …"""

    decisions: int
    """How many decisions lost their detail."""

    def check(self) -> None:
        """Raise `ValueError` when a member has not its shape."""
        _texts(self.caller)
        _raw(self.key_id, _KEY_ID_BYTES)
        _code(self.reason)
        _number(self.decisions)


@dataclass(frozen=True, slots=True)
class Purge:
    """Old entries were dropped. Their leaf hashes stay, and every receipt for them still holds."""

    kind: ClassVar[str] = "purge"

    caller: str
    before: int
    """Entries made before this time were dropped, in microseconds since 1970."""

    first: int
    """Index of the first leaf whose record was dropped."""

    until: int
    """Index after the last one."""

    size: int
    """Size of the tree before the purge."""

    root: str
    """Its root, 32 bytes as base64url."""

    def check(self) -> None:
        """Raise `ValueError` when a member has not its shape."""
        _texts(self.caller)
        for number in (self.before, self.first, self.until, self.size):
            _number(number)
        if not self.first <= self.until <= self.size:
            raise ValueError("a purge drops leaves of the tree")
        _raw(self.root, TAG_BYTES)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A policy bundle became the one that decides."""

    kind: ClassVar[str] = "bundle"

    policy: str
    """Its digest, `sha256:<hex>`."""

    version: str
    reason: str
    """Why, a code: `activated`, `rolled_back` …"""

    by: str | None = None
    """Who ordered it: a caller, or the service itself at its start."""

    because: str | None = None
    """What they gave as the reason, in words."""

    number: int | None = None
    """Which activation of this log it is, counted from 1."""

    previous: str | None = None
    """Digest of the bundle that decided until then; None for the first."""

    later: ClassVar[frozenset[str]] = frozenset({"by", "because", "number", "previous"})
    """Members that the first records of this kind had not: absent where they are None."""

    def check(self) -> None:
        """Raise `ValueError` when a member has not its shape."""
        _texts(self.version, *(text for text in (self.by, self.because) if text is not None))
        _code(self.reason)
        _number(self.number or 0)
        told = self.number is not None
        if told != (self.by is not None) or (self.because is not None and not told):
            raise ValueError("an activation is counted, and says who ordered it")
        if (self.previous is not None) != ((self.number or 1) > 1):
            raise ValueError("each activation but the first names the bundle before")
        for digest in (self.policy, self.previous or self.policy):
            if not _DIGEST.fullmatch(digest):
                raise ValueError("a policy is named by the SHA-256 of its bundle")

    def to_bytes(self) -> bytes:
        """Canonical bytes of what this says, wherever it stands."""
        return orjson.dumps(_members(self), option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the log began or ended to sign."""

    kind: ClassVar[str] = "key"

    vkey: str
    """The C2SP verifier key."""

    role: str
    """`checkpoint` or `receipt`."""

    from_size: int
    """Size of the tree from which on it signs."""

    to_size: int | None = None
    """Size from which on it no longer does; None while it does."""

    def check(self) -> None:
        """Raise `ValueError` when a member has not its shape."""
        _texts(self.vkey)
        if self.role not in {"checkpoint", "receipt"}:
            raise ValueError("a key signs checkpoints or receipts")
        _number(self.from_size)
        if self.to_size is not None:
            _number(self.to_size)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Somebody outside has seen a checkpoint."""

    kind: ClassVar[str] = "anchor"

    by: str
    """What kind of outside: `witness`, `rfc3161`, `email`, `git`, `paper`."""

    name: str
    """Who, e.g. the name of the witness's key."""

    size: int
    root: str
    """Root of the checkpoint, 32 bytes as base64url."""

    evidence: str
    """SHA-256 of what came back, as base64url."""

    def check(self) -> None:
        """Raise `ValueError` when a member has not its shape."""
        _texts(self.name)
        _code(self.by)
        _number(self.size)
        _raw(self.root, TAG_BYTES)
        _raw(self.evidence, TAG_BYTES)


Happening = Open | Close | Search | Erasure | Purge | Bundle | Key | Anchor
_KINDS: Mapping[str, type[Happening]] = {
    kind.kind: kind for kind in (Open, Close, Search, Erasure, Purge, Bundle, Key, Anchor)
}
_PLACE = ("id", "t", "salt", "epoch", "n", "v")


@dataclass(frozen=True, slots=True)
class Event:
    """One leaf that is not a decision: what happened, and its place in the log."""

    what: Happening
    id: str
    """A UUIDv7."""

    t: int
    """When, in microseconds since 1970-01-01T00:00:00Z."""

    salt: str
    """128 random bits, as in a decision."""

    epoch: str
    """Random name of the writer's unbroken run of commits."""

    n: int
    """The entry's place in that run, counted from 1 without a gap, decisions included."""

    v: int = VERSION

    @classmethod
    def of(cls, what: Happening, *, id: str, t: int, salt: bytes, epoch: str, n: int) -> Event:  # noqa: A002, PLR0913 - the members
        """Give what happened its place. Raises `ValueError` for what could not be read back."""
        event = cls(what=what, id=id, t=t, salt=to_text(salt), epoch=epoch, n=n)
        _check(event)
        return event

    @property
    def kind(self) -> str:
        """What kind of leaf this is."""
        return self.what.kind

    @property
    def at(self) -> datetime:
        """When it happened, UTC."""
        return from_micros(self.t)

    def to_bytes(self) -> bytes:
        """The canonical record: what is stored and hashed."""
        return orjson.dumps(self.to_document(), option=orjson.OPT_SORT_KEYS)

    def to_document(self) -> dict[str, Any]:
        """The members of the record, as JSON has them."""
        place = {name: getattr(self, name) for name in _PLACE}
        return {"kind": self.kind, **_members(self.what), **place}

    @classmethod
    def from_bytes(cls, record: bytes) -> Event:
        """Read a record back. Raises `MalformedRecord` for any bytes `to_bytes` does not write."""
        try:
            members: dict[str, Any] = loads(record)
            kind = _KINDS[members.pop("kind")]
            own = {
                member.name: members.pop(member.name)
                for member in fields(kind)
                if member.name in members or member.name not in _later(kind)
            }
            if "filters" in own:
                own["filters"] = tuple(own["filters"])
            event = cls(what=kind(**own), **members)
            _check(event)
        except (InvalidJSON, LookupError, ValueError, TypeError, AttributeError) as error:
            raise MalformedRecord(f"the record is not an event of version {VERSION}") from error
        if event.to_bytes() != record:
            raise MalformedRecord("the record is not in its canonical form")
        return event


def keeps(what: Happening) -> tuple[tuple[str, str], ...]:
    """What must be kept beside the log because of what happened: kinds and names, if any."""
    match what:
        case Bundle():
            bundle = what.kind, what.policy
            return (bundle,) if what.number is None else (bundle, (ACTIVATION, name_of(what)))
        case Erasure():
            return ((what.kind, what.key_id),)
        case Anchor():
            return ((what.kind, f"{what.by} {what.size} {what.evidence}"),)
        case _:
            return ()


def name_of(activation: Bundle) -> str:
    """What `keeps` calls an activation: its number, and a digest of all it says."""
    return f"{activation.number} {to_text(hashlib.sha256(activation.to_bytes()).digest())}"


def read(record: bytes) -> Entry | Event:
    """Read any leaf of the log. Raises `MalformedRecord` when it is none."""
    # Canonical members are sorted and strings escape their quotes, so only a member can look so.
    return Event.from_bytes(record) if b'"kind":"' in record else Entry.from_bytes(record)


def _members(what: Happening) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(what).items()
        if value is not None or name not in _later(type(what))
    }


def _later(kind: type[Happening]) -> frozenset[str]:
    return Bundle.later if kind is Bundle else frozenset()


def _check(event: Event) -> None:
    if not UUID_SHAPE.fullmatch(event.id):
        raise ValueError("an id is a UUID in its canonical form")
    _texts(event.epoch)
    _raw(event.salt, SALT_BYTES)
    _number(event.t)
    _number(event.n)
    if event.n < 1 or type(event.v) is not int or event.v != VERSION:
        raise ValueError("an entry is counted from 1 and has a known version")
    event.what.check()


def _texts(*texts: str) -> None:
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("a name is text")
    "".join(texts).encode()  # not every string is Unicode


def _code(code: str) -> None:
    if not _CODE.fullmatch(code):
        raise ValueError("a code is a short word in lower case")


def _number(number: int) -> None:
    if type(number) is not int or number < 0:
        raise ValueError("a number is whole and not below 0")


def _raw(text: str, length: int) -> None:
    if len(from_text(text)) != length:
        raise ValueError("a value has another length")
