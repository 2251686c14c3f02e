"""The bytes a decision leaves in the log, and their leaf hash. Pure: knows no database.

One entry is one leaf of the log's tree to be: the canonical JSON of RFC 8785 (here: members
sorted, ASCII names, whole numbers below 2^53), hashed as RFC 9162 section 2.1 hashes a leaf. The
stored bytes are the leaf; they are never written again from their parts.

An entry names no person and holds no digest of personal data that somebody without a key could
recompute: facts have so few values that a plain SHA-256 of them is guessed in a fraction of a
second. Person, facts and verdict are tagged with HMAC-SHA256 under the key of that person, over
the decision's id, so that no two entries share a tag, and none can be tied to a person once
the key is destroyed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from mayuse.answer import DIGEST, Draft, Effect, Ruling
from mayuse.decision_log.mac import Mac, framed
from mayuse.errors import InvalidJSON, LogUnavailable, MalformedRecord
from mayuse.question import REMEMBERED
from mayuse.strict_json import loads
from mayuse.verdict import Fault, Verdict

VERSION = 1
TAG_BYTES = 32

SALT_BYTES = 16

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 24 * 60 * 60
_EFFECTS = ("permit", "deny", "indeterminate")
UUID_SHAPE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGEST = re.compile(DIGEST)


class Unwritable(LogUnavailable):
    """This draft cannot be recorded, now or later; those beside it can."""

    def __init__(self, detail: str) -> None:
        super().__init__("log_unavailable", detail)


class Overtaken(Unwritable):
    """Others changed what this began from: whoever asked looks again, and nobody is refused yet."""


class RepeatTaken(Overtaken):
    """Somebody was first with this Idempotency-Key; their decision is the one to tell."""

    def __init__(self) -> None:
        super().__init__("another request has this Idempotency-Key")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a ruling gives to each of its entries. Few rulings are behind many entries."""

    rule: tuple[str, ...]
    """The reasons that forced the effect."""

    fault: tuple[str, ...]
    facts: tuple[str, ...]
    """Canonical JSON of the facts, one per data category, in the order asked."""

    facts_message: bytes
    """The same as its tag takes it."""

    verdicts_message: bytes
    """Canonical JSON of what the policy said of each, or of the fault in its place, likewise."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a draft gives to its entry, ready to be tagged: all but the key, the salt, the place.

    Made when a caller hands in the draft, so that a draft that cannot be written down fails
    its own caller and no other.
    """

    id: str
    t: int
    caller: str
    recipient: str
    purpose: str
    effect: Effect
    policy: str
    engine: str
    person: str | None
    """The caller's id of the person. It goes into tags and lookups, never into an entry."""

    said: Spoken

    @classmethod
    def of(cls, draft: Draft) -> Content:
        """Read the content out of a draft.

        Raises `ValueError` for a draft whose entry could not be read back: an id that is not a
        UUID, a policy without its digest, text that is not Unicode.
        """
        content = cls(
            id=draft.id,
            t=to_micros(draft.at),
            caller=draft.caller,
            recipient=draft.question.recipient,
            purpose=draft.question.purpose,
            effect=draft.ruling.effect,
            policy=draft.policy.digest,
            engine=f"{draft.engine.name}/{draft.engine.version}",
            person=draft.question.subject,
            said=spoken(draft.ruling),
        )
        "".join((content.caller, content.engine, content.person or "")).encode()
        _check_names(content.id, content.policy)
        return content


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision as the log keeps it. Ids, tags and numbers; no person.

    The members stand in the order of their names, in which the record has them.
    """

    caller: str
    effect: Effect
    engine: str
    """`name/version`."""

    epoch: str
    """Random name of the writer's unbroken run of commits."""

    facts: str
    """Tag of the facts, all categories in the order asked."""

    fault: tuple[str, ...]
    """Codes of the faults that stood in a verdict's place, sorted; mostly empty."""

    id: str
    """UUIDv7 of the decision."""

    n: int
    """The entry's place in that run, counted from 1 without a gap."""

    policy: str
    """Digest of the policy bundle, `sha256:<hex>`."""

    purpose: str
    recipient: str
    rule: tuple[str, ...]
    """The reasons that forced the effect, as `rule#reason`, sorted; empty for `indeterminate`."""

    salt: str
    """128 random bits, so that the leaf hash hides what it is the hash of."""

    subject: str
    """Tag of the person."""

    t: int
    """When it was made, in microseconds since 1970-01-01T00:00:00Z."""

    v: int
    """Version of this layout."""

    verdict: str
    """Tag of what the policy said of each of them."""

    @classmethod
    def of(cls, content: Content, *, key: bytes, salt: bytes, epoch: str, n: int) -> Entry:
        """Tag a content with the person's key and give it its place in the writer's run."""
        said, of, mac = content.said, _framed(content.id), Mac(key)
        return cls(
            id=content.id,
            t=content.t,
            caller=content.caller,
            recipient=content.recipient,
            purpose=content.purpose,
            effect=content.effect,
            rule=said.rule,
            fault=said.fault,
            policy=content.policy,
            engine=content.engine,
            subject=to_text(mac(_SUBJECT + of + _framed(content.person or ""))),
            facts=to_text(mac(_FACTS + of + said.facts_message)),
            verdict=to_text(mac(_VERDICT + of + said.verdicts_message)),
            salt=to_text(salt),
            epoch=epoch,
            n=n,
            v=VERSION,
        )

    def to_bytes(self) -> bytes:
        """The canonical record: what is stored, hashed and shown to an auditor."""
        return orjson.dumps(self)

    @classmethod
    def from_bytes(cls, record: bytes) -> Entry:
        """Read a record back. Raises `MalformedRecord` for any bytes `to_bytes` does not write."""
        try:
            members: dict[str, Any] = loads(record)
            members["rule"], members["fault"] = tuple(members["rule"]), tuple(members["fault"])
            entry = cls(**members)
            _check(entry)
        except (InvalidJSON, LookupError, ValueError, TypeError, AttributeError) as error:
            raise MalformedRecord(f"the record is not an entry of version {VERSION}") from error
        if entry.to_bytes() != record:
            raise MalformedRecord("the record is not in its canonical form")
        return entry

    def to_document(self) -> dict[str, Any]:
        """The members of the record, as JSON has them."""
        document = asdict(self)
        return {name: list(v) if isinstance(v, tuple) else v for name, v in document.items()}

    @property
    def at(self) -> datetime:
        """When the decision was made, UTC."""
        return from_micros(self.t)


@lru_cache(REMEMBERED)
def spoken(ruling: Ruling) -> Spoken:
    """What a ruling gives to its entries."""
    facts = tuple(finding.facts.to_text() for finding in ruling.findings)
    verdicts = [verdict_text(finding.verdict) for finding in ruling.findings]
    return Spoken(forced_by(ruling), faults_of(ruling), facts, _framed(*facts), _framed(*verdicts))


def forced_by(ruling: Ruling) -> tuple[str, ...]:
    """The reasons that forced an effect, as `rule#reason`, sorted."""
    return _sorted([f"{said.rule}#{said.reason}" for said in ruling.forcing])


def faults_of(ruling: Ruling) -> tuple[str, ...]:
    """The codes of the faults that stand in a verdict's place, sorted."""
    return _sorted(
        [finding.verdict.code for finding in ruling.findings if isinstance(finding.verdict, Fault)]
    )


def leaf_hash(record: bytes) -> bytes:
    """SHA-256(0x00 || record): the leaf hash of RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\x00" + record).digest()


def tag(key: bytes, label: str, *parts: str) -> str:
    """HMAC-SHA256 of label and parts under a person's key, as base64url without padding."""
    return to_text(Mac(key)(_framed(label, *parts)))


def _framed(*parts: str) -> bytes:
    return framed(*[part.encode() for part in parts])


_SUBJECT, _FACTS, _VERDICT = map(_framed, ("subject", "facts", "verdict"))


def verdict_text(verdict: Verdict | Fault) -> str:
    """Canonical JSON of a verdict, or of the fault that stands in its place."""
    if isinstance(verdict, Fault):
        return orjson.dumps({"fault": verdict.code}).decode()
    return verdict.to_text()


def to_micros(at: datetime) -> int:
    """Microseconds since 1970, exactly. Raises `ValueError` for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time in the log has a time zone")
    since = at - _EPOCH
    return (since.days * _DAY + since.seconds) * 1_000_000 + since.microseconds


def from_micros(micros: int) -> datetime:
    """The UTC time `to_micros` was given."""
    return _EPOCH + timedelta(microseconds=micros)


def to_text(raw: bytes) -> str:
    """base64url without padding (RFC 4648 section 5)."""
    text = binascii.b2a_base64(raw, newline=False)
    return text.rstrip(b"=").translate(_URL_SAFE).decode()


def from_text(text: str) -> bytes:
    """Read back what `to_text` wrote. Raises `ValueError` for anything else."""
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if to_text(raw) != text:
        raise ValueError("not base64url without padding")
    return raw


MEMBERS = tuple(member.name for member in fields(Entry))


def _sorted(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(items)))


def _check_names(decision_id: str, policy: str) -> None:
    if not UUID_SHAPE.fullmatch(decision_id):
        raise ValueError("an id is a UUID in its canonical form")
    if not _DIGEST.fullmatch(policy):
        raise ValueError("a policy is named by the SHA-256 of its bundle")


def _check(entry: Entry) -> None:
    _check_names(entry.id, entry.policy)
    texts = (entry.caller, entry.recipient, entry.purpose, entry.engine, entry.epoch)
    lists = (*entry.rule, *entry.fault)
    right = (
        all(isinstance(item, str) for item in (*texts, *lists))
        and entry.effect in _EFFECTS
        and entry.rule == _sorted(entry.rule)
        and entry.fault == _sorted(entry.fault)
        and all(
            len(from_text(item)) == TAG_BYTES
            for item in (entry.subject, entry.facts, entry.verdict)
        )
        and len(from_text(entry.salt)) == SALT_BYTES
        and type(entry.t) is int
        and type(entry.n) is int
        and entry.n >= 1
        and type(entry.v) is int
        and entry.v == VERSION
    )
    if not right:
        raise ValueError("a member of the entry has not its shape")
