"""The decision log: records that only grow, and the details beside them that can be deleted.

Revision: 0001, the first, 2026-11-24

The columns are written out here and not taken from `store.tables`: a step that was applied
never changes, whatever the tables become later. `decision` is guarded by triggers. They are a
wall against mistakes and injected SQL, not against the database's owner.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    create_decision()
    create_detail()
    if op.get_bind().dialect.name == "sqlite":
        guard_on_sqlite()
    else:
        guard_on_postgresql()


def downgrade() -> None:
    for table in (
        "subject_decision",
        "decision_facts",
        "decision_detail",
        "facts",
        "subject_key",
        "decision_rule",
        "decision",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION decision_is_append_only()")


def create_decision() -> None:
    op.create_table(
        "decision",
        sa.Column("seq", SEQ, sa.Identity(always=True), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("t_us", sa.BigInteger(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("effect", sa.SmallInteger(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("row_mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_decision"),
        sa.UniqueConstraint("id", name="uq_decision_id"),
        sa.CheckConstraint("effect IN (0, 1, 2)", name=op.f("ck_decision_effect")),
        sa.CheckConstraint("length(leaf_hash) = 32", name=op.f("ck_decision_leaf_hash")),
        sa.CheckConstraint("length(row_mac) = 32", name=op.f("ck_decision_row_mac")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decision_t_us_seq", "decision", ["t_us", "seq"])
    op.create_index(
        "ix_decision_indeterminate",
        "decision",
        ["t_us", "seq"],
        sqlite_where=sa.text("effect = 0"),
        postgresql_where=sa.text("effect = 0"),
    )
    for column in ("caller", "recipient", "purpose", "policy"):
        op.create_index(f"ix_decision_{column}_t_us_seq", "decision", [column, "t_us", "seq"])
    op.create_table(
        "decision_rule",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("t_us", sa.BigInteger(), nullable=False),
        sa.Column("seq", SEQ, nullable=False),
        sa.PrimaryKeyConstraint("rule", "t_us", "seq", name="pk_decision_rule"),
        sa.ForeignKeyConstraint(["seq"], ["decision.seq"], name="fk_decision_rule_seq"),
        sqlite_with_rowid=False,
    )


def create_detail() -> None:
    op.create_table(
        "subject_key",
        sa.Column("number", SEQ, sa.Identity(always=True), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("kek_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_subject_key"),
        sa.UniqueConstraint("lookup", name="uq_subject_key_lookup"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "facts",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_facts"),
    )
    op.create_table(
        "decision_detail",
        sa.Column("seq", SEQ, autoincrement=False, nullable=False),
        sa.Column("t_us", sa.BigInteger(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=True),
        sa.Column("lone_key", sa.LargeBinary(), nullable=True),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_decision_detail"),
        sa.ForeignKeyConstraint(["seq"], ["decision.seq"], name="fk_decision_detail_seq"),
        sa.CheckConstraint(
            "(subject IS NULL) <> (lone_key IS NULL)", name=op.f("ck_decision_detail_one_key")
        ),
    )
    op.create_index(
        "ix_decision_detail_jurisdiction_t_us_seq",
        "decision_detail",
        ["jurisdiction", "t_us", "seq"],
    )
    op.create_table(
        "decision_facts",
        sa.Column("seq", SEQ, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("t_us", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("effect", sa.SmallInteger(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("facts_id", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", "position", name="pk_decision_facts"),
        sa.ForeignKeyConstraint(["seq"], ["decision_detail.seq"], name="fk_decision_facts_seq"),
        sa.ForeignKeyConstraint(["facts_id"], ["facts.id"], name="fk_decision_facts_facts_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_decision_facts_data_t_us_seq", "decision_facts", ["data", "t_us", "seq"])
    op.create_index("ix_decision_facts_facts_id", "decision_facts", ["facts_id"])
    op.create_table(
        "subject_decision",
        sa.Column("subject", SEQ, nullable=False),
        sa.Column("seq", SEQ, nullable=False),
        sa.PrimaryKeyConstraint("subject", "seq", name="pk_subject_decision"),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject_key.number"], name="fk_subject_decision_subject"
        ),
        sa.ForeignKeyConstraint(["seq"], ["decision_detail.seq"], name="fk_subject_decision_seq"),
        sqlite_with_rowid=False,
    )


def guard_on_sqlite() -> None:
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER decision_no_{action.lower()} BEFORE {action} ON decision "
            "BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END"
        )
    # INSERT OR REPLACE deletes the row it replaces without asking the trigger on DELETE. This one
    # rolls back the transaction: aborting the statement alone would make SQLite keep copies of
    # all pages an INSERT touches, which costs more than the INSERT.
    op.execute(
        "CREATE TRIGGER decision_no_replace BEFORE INSERT ON decision "
        "WHEN EXISTS (SELECT 1 FROM decision WHERE seq = NEW.seq OR id = NEW.id) "
        "BEGIN SELECT RAISE(ROLLBACK, 'decision is append-only'); END"
    )


def guard_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION decision_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'decision is append-only' USING ERRCODE = '42501'; END $$"
    )
    op.execute(
        "CREATE TRIGGER decision_no_change BEFORE UPDATE OR DELETE ON decision "
        "FOR EACH ROW EXECUTE FUNCTION decision_is_append_only()"
    )
    op.execute(
        "CREATE TRIGGER decision_no_truncate BEFORE TRUNCATE ON decision "
        "FOR EACH STATEMENT EXECUTE FUNCTION decision_is_append_only()"
    )
    # A record is random tags for the most part: to try and compress it is time lost.
    op.execute("ALTER TABLE decision ALTER COLUMN record SET STORAGE EXTERNAL")
