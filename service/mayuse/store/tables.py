"""The tables, for SQLite and PostgreSQL alike.

Two kinds, kept apart because the law treats them apart:

- `decision` and `decision_rule` stay. They hold the record, the columns copied out of it for
  searching, and no person. `decision` only ever grows; triggers refuse anything else. Beside the
  decisions it holds the few other records of the log (see `KINDS`), for a record may be in no
  other table.
- `decision_detail`, `decision_facts`, `decision_act`, `facts`, `subject_key`, `subject_decision`
  and `choice_event` can be deleted. They tie a decision to a person's key, to where the person
  lives and to what was asked, and a person's key to what the person chose.

Beside them lies `api_key`, which is no part of the log: who may ask.

Every search ends in "newest (or oldest) first, some at a time". So each column that is searched
alone has an index that goes on with (t_us, seq), and a search walks one index in the order it
answers in. That is why `t_us` is repeated in the tables that are searched through.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlmodel import Field, SQLModel

from mayuse.answer import Effect

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = SQLModel.metadata

EFFECTS: tuple[Effect, ...] = ("indeterminate", "permit", "deny")
"""An effect is stored as its place in this list."""

KINDS = (
    "decision",
    "open",
    "close",
    "search",
    "erasure",
    "purge",
    "bundle",
    "key",
    "anchor",
)
"""The kind of a record is stored as its place in this list."""

SEQ = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows by INTEGER only
_Id = Uuid(as_uuid=False).with_variant(String(36), "sqlite")
WITHOUT_ROWID = {"sqlite_with_rowid": False}  # the primary key is the table


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Decision(SQLModel, table=True):
    """One record of the log, mostly a decision, and columns copied out of it."""

    __tablename__ = "decision"
    __table_args__ = (
        Index(None, "t_us", "seq"),
        Index(None, "caller", "t_us", "seq"),
        Index("ix_decision_indeterminate", "t_us", "seq", **_where("effect = 0")),  # rare: sought
        Index(None, "recipient", "t_us", "seq"),
        Index(None, "purpose", "t_us", "seq"),
        Index(None, "policy", "t_us", "seq"),
        Index("ix_decision_event", "kind", "t_us", "seq", **_where("kind <> 0")),
        CheckConstraint("effect IN (0, 1, 2)", "effect"),
        CheckConstraint("kind BETWEEN 0 AND 8", "kind"),
        CheckConstraint(
            "CASE WHEN kind = 0 THEN caller IS NOT NULL AND effect IS NOT NULL "
            "AND recipient IS NOT NULL AND purpose IS NOT NULL AND policy IS NOT NULL "
            "ELSE caller IS NULL AND effect IS NULL "
            "AND recipient IS NULL AND purpose IS NULL AND policy IS NULL END",
            "copied",
        ),
        CheckConstraint("length(leaf_hash) = 32", "leaf_hash"),
        CheckConstraint("length(row_mac) = 32", "row_mac"),
        {"sqlite_autoincrement": True},  # a number once given is never given again
    )

    seq: int = Field(sa_type=SEQ, primary_key=True, sa_column_args=(Identity(always=True),))
    """Order of insertion. On PostgreSQL not the order of commits, and not without gaps."""

    id: str = Field(sa_type=_Id, unique=True)
    """UUIDv7."""

    t_us: int = Field(sa_type=BigInteger)
    """When, in microseconds since 1970."""

    kind: int = Field(sa_type=SmallInteger)
    """0 for a decision, which has all of the columns that follow; other records have none."""

    caller: str | None = Field(sa_type=Text)
    effect: int | None = Field(sa_type=SmallInteger)
    recipient: str | None = Field(sa_type=Text)
    purpose: str | None = Field(sa_type=Text)
    policy: str | None = Field(sa_type=Text)
    """Digest of the policy bundle."""

    record: bytes = Field(sa_type=LargeBinary)
    """The leaf's bytes, exactly as hashed."""

    leaf_hash: bytes = Field(sa_type=LargeBinary)
    row_mac: bytes = Field(sa_type=LargeBinary)
    """HMAC of the leaf hash under a key that is not in the database."""


class DecisionRule(SQLModel, table=True):
    """Which rules forced a decision, to search by."""

    __tablename__ = "decision_rule"
    __table_args__ = (WITHOUT_ROWID,)

    rule: str = Field(sa_type=Text, primary_key=True)
    """`law/us/browser_signal`, or a layer's name when nothing in it permitted."""

    t_us: int = Field(sa_type=BigInteger, primary_key=True)
    seq: int = Field(sa_type=SEQ, primary_key=True)
    """Of the decision. Not a foreign key, whose check would read this table for each deletion."""


class SubjectKey(SQLModel, table=True):
    """The key of one person, wrapped. Without it the person's entries are nobody's."""

    __tablename__ = "subject_key"
    __table_args__ = {"sqlite_autoincrement": True}  # a number once given is never given again

    number: int = Field(sa_type=SEQ, primary_key=True, sa_column_args=(Identity(always=True),))
    """What other tables call the key: it grows, so that their indexes grow at one end."""

    lookup: bytes = Field(sa_type=LargeBinary, unique=True)
    """HMAC of the caller's id of the person, under a key that is not in the database."""

    key_id: bytes = Field(sa_type=LargeBinary)
    """16 random bytes: what the log calls the key once it is destroyed. They do not tell when it
    was made, as the number does."""

    kek_id: str = Field(sa_type=Text)
    """Name of the key that wraps this one."""

    wrapped: bytes = Field(sa_type=LargeBinary)
    created_us: int = Field(sa_type=BigInteger)


class Facts(SQLModel, table=True):
    """One distinct fact vector, shared by all decisions that were made on it."""

    __tablename__ = "facts"

    id: bytes = Field(sa_type=LargeBinary, primary_key=True)
    """Keyed digest of the document: known to a writer before it looks."""

    document: str = Field(sa_type=Text)
    """Canonical JSON of what the policy saw."""


class DecisionDetail(SQLModel, table=True):
    """What ties a decision to a person and a place. Deletable."""

    __tablename__ = "decision_detail"
    __table_args__ = (
        Index(None, "jurisdiction", "t_us", "seq"),
        CheckConstraint("(subject IS NULL) <> (lone_key IS NULL)", "one_key"),
    )

    seq: int = Field(
        sa_type=SEQ,
        primary_key=True,
        foreign_key="decision.seq",
        sa_column_kwargs={"autoincrement": False},
    )
    t_us: int = Field(sa_type=BigInteger)
    jurisdiction: str = Field(sa_type=Text)
    subject: int | None = Field(sa_type=BigInteger)
    """Number of the person's key, or none when the question named no person. From a person to
    decisions the way leads through `subject_decision`."""

    lone_key: bytes | None = Field(sa_type=LargeBinary)
    """The key of the tags when there is no person's: made for this decision alone."""

    sources: str = Field(sa_type=Text)
    """JSON: choice id -> `asserted` or `recorded`. Choices not in it had their default."""

    known_at_us: int | None = Field(sa_type=BigInteger)
    """Up to when recorded choices counted, where the question said so."""


class DecisionFacts(SQLModel, table=True):
    """The facts of a decision, one row per data category, and what became of each. Deletable."""

    __tablename__ = "decision_facts"
    __table_args__ = (Index(None, "data", "t_us", "seq"), WITHOUT_ROWID)

    seq: int = Field(sa_type=SEQ, primary_key=True, foreign_key="decision_detail.seq")
    position: int = Field(sa_type=SmallInteger, primary_key=True)
    """Place of the category in the question, from 0."""

    t_us: int = Field(sa_type=BigInteger)
    data: str = Field(sa_type=Text)
    effect: int = Field(sa_type=SmallInteger)
    fault: str | None = Field(sa_type=Text)
    """Code of the fault that stood in the verdict's place."""

    facts_id: bytes = Field(sa_type=LargeBinary, foreign_key="facts.id", index=True)


class DecisionAct(SQLModel, table=True):
    """Under which acts the reasons lie that forced a decision. Deletable: an act tells a place.

    Empty for decisions recorded before there was this table.
    """

    __tablename__ = "decision_act"
    __table_args__ = (WITHOUT_ROWID,)

    act: str = Field(sa_type=Text, primary_key=True)
    t_us: int = Field(sa_type=BigInteger, primary_key=True)
    seq: int = Field(sa_type=SEQ, primary_key=True)
    """Of the decision; not a foreign key, as in `decision_rule`."""


class SubjectDecision(SQLModel, table=True):
    """Which decisions were made about the person with this key. Deletable."""

    __tablename__ = "subject_decision"
    __table_args__ = (WITHOUT_ROWID,)

    subject: int = Field(sa_type=SEQ, primary_key=True, foreign_key="subject_key.number")
    seq: int = Field(sa_type=SEQ, primary_key=True)
    """Of the decision; not a foreign key, as in `decision_rule`."""


class ApiKey(SQLModel, table=True):
    """A caller's key, by the hash of its secret. It stays when it is revoked: records name it."""

    __tablename__ = "api_key"
    __table_args__ = (CheckConstraint("length(digest) = 32", "digest"), WITHOUT_ROWID)

    name: str = Field(sa_type=Text, primary_key=True)
    digest: bytes = Field(sa_type=LargeBinary, unique=True)
    scopes: str = Field(sa_type=Text)
    """Sorted, with a space between."""

    created_us: int = Field(sa_type=BigInteger)
    expires_us: int | None = Field(sa_type=BigInteger)
    revoked_us: int | None = Field(sa_type=BigInteger)
    last_used_us: int | None = Field(sa_type=BigInteger)


class ChoiceEvent(SQLModel, table=True):
    """One choice a person made. Events are added and never changed; deleted with the person's key.

    The person is the number of a key, as in `decision_detail`.
    """

    __tablename__ = "choice_event"
    __table_args__ = (
        Index(None, "subject", "seq"),
        UniqueConstraint("idempotency_key", "place"),
        CheckConstraint("(idempotency_key IS NULL) = (request_digest IS NULL)", "repeat"),
        {"sqlite_autoincrement": True},  # a number once given is never given again
    )

    seq: int = Field(sa_type=SEQ, primary_key=True, sa_column_args=(Identity(always=True),))
    """Order of insertion. On PostgreSQL not the order of commits, and not without gaps."""

    id: str = Field(sa_type=_Id, unique=True)
    """UUIDv7."""

    subject: int = Field(sa_type=BigInteger, foreign_key="subject_key.number")
    choice: str = Field(sa_type=Text)
    """Its id in the vocabulary, or `signals.gpc`."""

    value: str = Field(sa_type=Text)
    effective_us: int = Field(sa_type=BigInteger)
    """Since when it holds."""

    recorded_us: int = Field(sa_type=BigInteger)
    """Since when it is known here."""

    source: str = Field(sa_type=Text)
    """Where the person made it, a short word."""

    notice: str | None = Field(sa_type=Text)
    """Which notice the person was shown."""

    actor: str = Field(sa_type=Text)
    """Which caller recorded it."""

    idempotency_key: bytes | None = Field(sa_type=LargeBinary)
    """Keyed digest of caller and key, the same for all events of one request."""

    place: int = Field(sa_type=SmallInteger)
    """Place of the event in its request, from 0."""

    request_digest: bytes | None = Field(sa_type=LargeBinary)
    """Keyed digest of what was asked under that key."""
