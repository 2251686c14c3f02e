"""The tables of the tree over the log, of its keys, and what is kept with it.

- `leaf`, `tile`, `log_state` and `checkpoint` are the tree: which record is which leaf, its hashes
  as C2SP tiles, where it ends, and what was signed of it. `pending` holds the records that are
  written but not yet leaves; on SQLite there are none, for a record and its leaf are one commit.
- `log_key` says which key signed over which sizes; `anchor` holds what others said of a checkpoint.
- `policy_bundle` keeps every bundle a decision names, `policy_activation` which of them decided
  from when on, and `policy_candidate` those that never did.
- `idempotency` ties a caller's retry to the decision it got; `erased_key` names the keys of persons
  that must never come back.

What must not change is guarded by triggers, as in `tables`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    LargeBinary,
    SmallInteger,
    Text,
)
from sqlmodel import Field, SQLModel

from mayuse.store.tables import SEQ, WITHOUT_ROWID, metadata

_MAC = "length(mac) = 32"

__all__ = ["metadata"]  # of these tables and of those in `tables`: the whole schema


class Pending(SQLModel, table=True):
    """A record that waits to become a leaf. Written with the record, deleted with the sealing."""

    __tablename__ = "pending"

    seq: int = Field(
        sa_type=SEQ,
        primary_key=True,
        foreign_key="decision.seq",
        sa_column_kwargs={"autoincrement": False},
    )


class Leaf(SQLModel, table=True):
    """Which record is which leaf. Not the record's own number: that is not the order of commits.

    A leaf stays when its record is purged, so there is no foreign key.
    """

    __tablename__ = "leaf"

    leaf_index: int = Field(
        sa_type=SEQ, primary_key=True, sa_column_kwargs={"autoincrement": False}
    )
    """From 0, without a gap."""

    seq: int = Field(sa_type=SEQ, unique=True)


class Tile(SQLModel, table=True):
    """Hashes of the tree, 256 to a row: the bytes of C2SP's tiles of height 8."""

    __tablename__ = "tile"
    __table_args__ = (
        CheckConstraint("length(data) BETWEEN 32 AND 8192 AND length(data) % 32 = 0", "data"),
    )

    level: int = Field(
        sa_type=SmallInteger, primary_key=True, sa_column_kwargs={"autoincrement": False}
    )
    idx: int = Field(
        sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False}
    )
    data: bytes = Field(sa_type=LargeBinary)


class LogState(SQLModel, table=True):
    """Where the tree ends. One row; whoever seals holds its lock."""

    __tablename__ = "log_state"
    __table_args__ = (CheckConstraint("one = 1", "one"),)

    one: int = Field(
        sa_type=SmallInteger, primary_key=True, sa_column_kwargs={"autoincrement": False}
    )
    origin: str | None = Field(sa_type=Text)
    """The log's name in its checkpoints; given by the first start."""

    size: int = Field(sa_type=BigInteger)
    frontier: bytes = Field(sa_type=LargeBinary)
    """Roots of the perfect subtrees, left to right: all that is needed to grow on."""

    min_index: int = Field(sa_type=BigInteger)
    """Records of leaves before this one may have been purged."""


class Checkpoint(SQLModel, table=True):
    """A signed tree head that was kept: one a minute, and every one that others have seen."""

    __tablename__ = "checkpoint"

    size: int = Field(
        sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False}
    )
    note: str = Field(sa_type=Text)
    """The signed note (C2SP tlog-checkpoint)."""

    t_us: int = Field(sa_type=BigInteger)


class Anchor(SQLModel, table=True):
    """What somebody else said of a checkpoint: a witness's cosignature, a time stamp."""

    __tablename__ = "anchor"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int = Field(sa_type=SEQ, primary_key=True, sa_column_args=(Identity(always=True),))
    size: int = Field(sa_type=BigInteger, index=True)
    """Of the checkpoint."""

    kind: str = Field(sa_type=Text)
    """`witness`, `rfc3161`, `email`, `git` or `paper`."""

    evidence: bytes = Field(sa_type=LargeBinary)
    t_us: int = Field(sa_type=BigInteger)


class LogKey(SQLModel, table=True):
    """A key the log signs with, by what others need to check it."""

    __tablename__ = "log_key"

    vkey: str = Field(sa_type=Text, primary_key=True)
    """The C2SP verifier key."""

    role: str = Field(sa_type=Text)
    """`checkpoint` or `receipt`."""

    from_size: int = Field(sa_type=BigInteger)
    """Size of the tree from which on it signs."""

    to_size: int | None = Field(sa_type=BigInteger)
    """Size from which on it no longer does; null while it does."""


class ErasedKey(SQLModel, table=True):
    """The key of a person that was destroyed. A restored backup must destroy it again."""

    __tablename__ = "erased_key"

    key_id: bytes = Field(sa_type=LargeBinary, primary_key=True)
    leaf_seq: int = Field(sa_type=SEQ)
    """Number of the record that says so."""


class Idempotency(SQLModel, table=True):
    """Which decision a caller got under which Idempotency-Key. Deleted when it expires."""

    __tablename__ = "idempotency"
    __table_args__ = (WITHOUT_ROWID,)

    caller: str = Field(sa_type=Text, primary_key=True)
    key: bytes = Field(sa_type=LargeBinary, primary_key=True)
    """Keyed digest of what the caller sent: a caller may put a person's id into it."""

    request_digest: bytes = Field(sa_type=LargeBinary)
    """Keyed digest of what was asked."""

    seq: int = Field(sa_type=SEQ, foreign_key="decision.seq", index=True)
    expires_us: int = Field(sa_type=BigInteger, index=True)


class PolicyBundle(SQLModel, table=True):
    """A policy bundle that decided, whole, so that it can decide the same again."""

    __tablename__ = "policy_bundle"

    digest: str = Field(sa_type=Text, primary_key=True)
    bundle: bytes = Field(sa_type=LargeBinary)
    """The archive, as it was activated."""

    activated_us: int = Field(sa_type=BigInteger)


class PolicyActivation(SQLModel, table=True):
    """That a bundle became the one that decides. The one with the highest number does."""

    __tablename__ = "policy_activation"
    __table_args__ = (CheckConstraint("number > 0", "number"), CheckConstraint(_MAC, "mac"))

    number: int = Field(sa_type=SEQ, primary_key=True, sa_column_kwargs={"autoincrement": False})
    """From 1, without a gap: of two who activate at once, one finds the number taken."""

    policy: str = Field(sa_type=Text)
    """Digest of the bundle, which is in `policy_bundle`."""

    version: str = Field(sa_type=Text)
    previous: str | None = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    ordered_by: str = Field(sa_type=Text)
    because: str | None = Field(sa_type=Text)
    t_us: int = Field(sa_type=BigInteger)
    mac: bytes = Field(sa_type=LargeBinary)
    """HMAC of all of it, under a key that is not in the database: nobody else says what decides."""


class PolicyCandidate(SQLModel, table=True):
    """A policy bundle that was uploaded and has not decided yet.

    Not to be believed: whoever uses it examines it anew.
    """

    __tablename__ = "policy_candidate"

    digest: str = Field(sa_type=Text, primary_key=True)
    version: str = Field(sa_type=Text)
    bundle: bytes = Field(sa_type=LargeBinary)
    """The archive, as it was uploaded."""

    examination: str = Field(sa_type=Text)
    """What was found then, as JSON."""

    uploaded_us: int = Field(sa_type=BigInteger)
    uploaded_by: str = Field(sa_type=Text)


APPEND_ONLY = (
    *("leaf", "checkpoint", "anchor", "erased_key"),
    *("policy_bundle", "policy_activation"),
)
"""Tables besides `decision` whose rows are never changed or removed."""
