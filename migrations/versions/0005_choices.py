"""What persons have chosen: events that are added and never changed.

Revision: 0005, after 0004, 2026-11-24

An event is deleted with the key of its person and in no other way. `decision_detail` keeps up to
when recorded choices counted, where a question said so.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    op.create_table(
        "choice_event",
        sa.Column("seq", SEQ, sa.Identity(always=True), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("effective_us", sa.BigInteger(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.LargeBinary(), nullable=True),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_choice_event"),
        sa.UniqueConstraint("id", name="uq_choice_event_id"),
        sa.UniqueConstraint(
            "idempotency_key", "place", name="uq_choice_event_idempotency_key_place"
        ),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject_key.number"], name="fk_choice_event_subject"
        ),
        sa.CheckConstraint(
            "(idempotency_key IS NULL) = (request_digest IS NULL)",
            name=op.f("ck_choice_event_repeat"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_choice_event_subject_seq", "choice_event", ["subject", "seq"])
    op.add_column("decision_detail", sa.Column("known_at_us", sa.BigInteger(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        guard_on_sqlite()
    else:
        guard_on_postgresql()


def downgrade() -> None:
    op.drop_column("decision_detail", "known_at_us")
    op.drop_table("choice_event")


def guard_on_sqlite() -> None:
    op.execute(
        "CREATE TRIGGER choice_event_no_update BEFORE UPDATE ON choice_event "
        "BEGIN SELECT RAISE(ROLLBACK, 'choice_event only grows'); END"
    )
    # INSERT OR REPLACE deletes the row it replaces without asking a trigger on DELETE.
    op.execute(
        "CREATE TRIGGER choice_event_no_replace BEFORE INSERT ON choice_event "
        "WHEN EXISTS (SELECT 1 FROM choice_event WHERE seq = NEW.seq OR id = NEW.id) "
        "BEGIN SELECT RAISE(ROLLBACK, 'choice_event only grows'); END"
    )


def guard_on_postgresql() -> None:
    op.execute(
        "CREATE TRIGGER choice_event_no_update BEFORE UPDATE ON choice_event "
        "FOR EACH ROW EXECUTE FUNCTION log_only_grows()"
    )
    op.execute(
        "CREATE TRIGGER choice_event_no_truncate BEFORE TRUNCATE ON choice_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION log_only_grows()"
    )
