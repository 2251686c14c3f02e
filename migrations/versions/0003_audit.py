"""What an auditor needs: decisions by act, and details that can be deleted in a moment.

Revision: 0003, after 0002, 2026-11-24

`decision_act` says under which acts the reasons lie that forced a decision. It is empty for
decisions that are there already: the policies would have to be asked again.

A foreign key whose own column has no index makes every deletion on its other side read the whole
table. Two such go (`decision_rule.seq`, `subject_decision.seq`): the rows are written in one
transaction with what they refer to, and deleted with it. The third, `idempotency.seq`, gets an
index. SQLite cannot drop a constraint, so there the tables are made anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "decision_act",
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("t_us", sa.BigInteger(), nullable=False),
        sa.Column("seq", SEQ, nullable=False),
        sa.PrimaryKeyConstraint("act", "t_us", "seq", name="pk_decision_act"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_idempotency_seq", "idempotency", ["seq"])
    if op.get_bind().dialect.name == "sqlite":
        remake_on_sqlite(refers=False)
    else:
        op.drop_constraint("fk_decision_rule_seq", "decision_rule", type_="foreignkey")
        op.drop_constraint("fk_subject_decision_seq", "subject_decision", type_="foreignkey")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        remake_on_sqlite(refers=True)
    else:
        op.create_foreign_key("fk_decision_rule_seq", "decision_rule", "decision", ["seq"], ["seq"])
        op.create_foreign_key(
            "fk_subject_decision_seq", "subject_decision", "decision_detail", ["seq"], ["seq"]
        )
    op.drop_index("ix_idempotency_seq", "idempotency")
    op.drop_table("decision_act")


def remake_on_sqlite(*, refers: bool) -> None:
    of_rule = sa.ForeignKeyConstraint(["seq"], ["decision.seq"], name="fk_decision_rule_seq")
    of_subject = sa.ForeignKeyConstraint(
        ["seq"], ["decision_detail.seq"], name="fk_subject_decision_seq"
    )
    op.create_table(
        "decision_rule_remade",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("t_us", sa.BigInteger(), nullable=False),
        sa.Column("seq", SEQ, nullable=False),
        sa.PrimaryKeyConstraint("rule", "t_us", "seq", name="pk_decision_rule"),
        *([of_rule] if refers else []),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "subject_decision_remade",
        sa.Column("subject", SEQ, nullable=False),
        sa.Column("seq", SEQ, nullable=False),
        sa.PrimaryKeyConstraint("subject", "seq", name="pk_subject_decision"),
        sa.ForeignKeyConstraint(
            ["subject"], ["subject_key.number"], name="fk_subject_decision_subject"
        ),
        *([of_subject] if refers else []),
        sqlite_with_rowid=False,
    )
    for table in ("decision_rule", "subject_decision"):
        op.execute(f"INSERT INTO {table}_remade SELECT * FROM {table}")  # noqa: S608
        op.drop_table(table)
        op.execute(f"ALTER TABLE {table}_remade RENAME TO {table}")
