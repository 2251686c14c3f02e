"""Which policy bundle decides from when on, and the bundles that wait to.

Revision: 0006, after 0005, 2026-11-24

The first start after this counts its own bundle as the first activation.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "policy_activation"
GUARDED = {
    "UPDATE": ("update", "1"),
    "DELETE": ("delete", "1"),
    # INSERT OR REPLACE deletes the row it replaces without asking the trigger on DELETE.
    "INSERT": ("replace", "EXISTS (SELECT 1 FROM policy_activation WHERE number = NEW.number)"),
}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("number", SEQ, autoincrement=False, nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ordered_by", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=True),
        sa.Column("t_us", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_policy_activation"),
        sa.CheckConstraint("number > 0", name=op.f("ck_policy_activation_number")),
        sa.CheckConstraint("length(mac) = 32", name=op.f("ck_policy_activation_mac")),
    )
    op.create_table(
        "policy_candidate",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("bundle", sa.LargeBinary(), nullable=False),
        sa.Column("examination", sa.Text(), nullable=False),
        sa.Column("uploaded_us", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_policy_candidate"),
    )
    if op.get_bind().dialect.name == "sqlite":
        guard_on_sqlite()
    else:
        guard_on_postgresql()


def downgrade() -> None:
    op.drop_table("policy_candidate")
    op.drop_table(TABLE)


def guard_on_sqlite() -> None:
    for action, (name, condition) in GUARDED.items():
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_{name} BEFORE {action} ON {TABLE} WHEN {condition} "
            f"BEGIN SELECT RAISE(ROLLBACK, '{TABLE} only grows'); END"
        )


def guard_on_postgresql() -> None:
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_{action.lower()} BEFORE {action} ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION log_only_grows()"
        )
    op.execute(
        f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION log_only_grows()"
    )
    op.execute("ALTER TABLE policy_candidate ALTER COLUMN bundle SET STORAGE EXTERNAL")
