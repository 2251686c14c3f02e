"""The tree over the log: its leaves, tiles, checkpoints and keys, and what is kept with them.

Revision: 0002, after 0001, 2026-11-24

`decision` now also holds the log's other records, so the columns copied out of a decision may be
empty. Every record that is there already waits in `pending`: the first start seals them.

SQLite cannot loosen a column, so the table is made anew and the rows are carried over, which its
documentation allows for with foreign keys switched off; `store.session` does so for migrations and
`store.migrate` checks every reference before it commits.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")

COPIED = ("caller", "effect", "recipient", "purpose", "policy")
KIND = "kind BETWEEN 0 AND 8"
COPIED_WHERE_DECIDED = (
    "CASE WHEN kind = 0 THEN caller IS NOT NULL AND effect IS NOT NULL "
    "AND recipient IS NOT NULL AND purpose IS NOT NULL AND policy IS NOT NULL "
    "ELSE caller IS NULL AND effect IS NULL "
    "AND recipient IS NULL AND purpose IS NULL AND policy IS NULL END"
)
APPEND_ONLY = ("leaf", "checkpoint", "anchor", "erased_key", "policy_bundle")
GROWING = ("tile", "log_state")
KEYS = {
    "leaf": "leaf_index = NEW.leaf_index OR seq = NEW.seq",
    "checkpoint": "size = NEW.size",
    "anchor": "id = NEW.id",
    "erased_key": "key_id = NEW.key_id",
    "policy_bundle": "digest = NEW.digest",
    "tile": "level = NEW.level AND idx = NEW.idx",
    "log_state": "one = NEW.one",
}
PURGED = (
    "EXISTS (SELECT 1 FROM leaf, log_state "
    "WHERE leaf.seq = OLD.seq AND leaf.leaf_index < log_state.min_index)"
)
GROWN = {
    "tile": (
        "NEW.level = OLD.level AND NEW.idx = OLD.idx AND length(NEW.data) > length(OLD.data) "
        "AND {prefix} = OLD.data"
    ),
    "log_state": (
        "NEW.size >= OLD.size AND NEW.min_index >= OLD.min_index AND NEW.min_index <= NEW.size "
        "AND NEW.origin IS NOT NULL"
    ),
}
PREFIX = {
    "sqlite": "substr(NEW.data, 1, length(OLD.data))",
    "postgresql": "substring(NEW.data FROM 1 FOR length(OLD.data))",
}
OTHERS = (
    "idempotency",
    "policy_bundle",
    "erased_key",
    "log_key",
    "anchor",
    "checkpoint",
    "log_state",
    "tile",
    "leaf",
    "pending",
)


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if on_sqlite:
        remake_decision_on_sqlite(loose=True)
    else:
        loosen_decision_on_postgresql()
    op.create_index(
        "ix_decision_event",
        "decision",
        ["kind", "t_us", "seq"],
        sqlite_where=sa.text("kind <> 0"),
        postgresql_where=sa.text("kind <> 0"),
    )
    create_tree()
    create_beside()
    empty = "x''" if on_sqlite else "''"
    op.execute(f"INSERT INTO log_state VALUES (1, NULL, 0, {empty}, 0)")  # noqa: S608
    op.execute("INSERT INTO pending SELECT seq FROM decision ORDER BY seq")
    if on_sqlite:
        guard_on_sqlite()
    else:
        guard_on_postgresql()


def downgrade() -> None:
    """Back to 0001. The records that are no decisions go, and the tree with them."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if on_sqlite:
        for table in OTHERS:
            op.drop_table(table)
        op.drop_index("ix_decision_event", "decision")
        remake_decision_on_sqlite(loose=False)
        guard_first_version_on_sqlite()
        return
    op.execute("ALTER TABLE decision DISABLE TRIGGER USER")
    op.execute("DELETE FROM pending")
    op.execute("DELETE FROM idempotency")
    op.execute("DELETE FROM decision WHERE kind <> 0")
    op.execute("ALTER TABLE decision ENABLE TRIGGER USER")
    for table in OTHERS:
        op.drop_table(table)
    op.execute("DROP FUNCTION log_only_grows() CASCADE")
    guard_first_version_on_postgresql()
    op.drop_index("ix_decision_event", "decision")
    op.drop_constraint(op.f("ck_decision_copied"), "decision", type_="check")
    op.drop_constraint(op.f("ck_decision_kind"), "decision", type_="check")
    op.drop_column("decision", "kind")
    for column in COPIED:
        op.alter_column("decision", column, nullable=False)


def remake_decision_on_sqlite(*, loose: bool) -> None:
    kind = [sa.Column("kind", sa.SmallInteger(), nullable=False)] if loose else []
    checks = (
        [
            sa.CheckConstraint(KIND, name=op.f("ck_decision_kind")),
            sa.CheckConstraint(COPIED_WHERE_DECIDED, name=op.f("ck_decision_copied")),
        ]
        if loose
        else []
    )
    op.create_table(
        "decision_remade",
        sa.Column("seq", SEQ, sa.Identity(always=True), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("t_us", sa.BigInteger(), nullable=False),
        *kind,
        sa.Column("caller", sa.Text(), nullable=loose),
        sa.Column("effect", sa.SmallInteger(), nullable=loose),
        sa.Column("recipient", sa.Text(), nullable=loose),
        sa.Column("purpose", sa.Text(), nullable=loose),
        sa.Column("policy", sa.Text(), nullable=loose),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("row_mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_decision"),
        sa.UniqueConstraint("id", name="uq_decision_id"),
        sa.CheckConstraint("effect IN (0, 1, 2)", name=op.f("ck_decision_effect")),
        sa.CheckConstraint("length(leaf_hash) = 32", name=op.f("ck_decision_leaf_hash")),
        sa.CheckConstraint("length(row_mac) = 32", name=op.f("ck_decision_row_mac")),
        *checks,
        sqlite_autoincrement=True,
    )
    same = "caller, effect, recipient, purpose, policy, record, leaf_hash, row_mac"
    carried = f"seq, id, t_us, {'0, ' if loose else ''}{same} FROM decision ORDER BY seq"
    only = "" if loose else "WHERE kind = 0 "
    op.execute(f"INSERT INTO decision_remade SELECT {carried.replace('ORDER', only + 'ORDER')}")
    op.execute("DROP TABLE decision")
    op.execute("ALTER TABLE decision_remade RENAME TO decision")
    op.create_index("ix_decision_t_us_seq", "decision", ["t_us", "seq"])
    op.create_index(
        "ix_decision_indeterminate", "decision", ["t_us", "seq"], sqlite_where=sa.text("effect = 0")
    )
    for column in ("caller", "recipient", "purpose", "policy"):
        op.create_index(f"ix_decision_{column}_t_us_seq", "decision", [column, "t_us", "seq"])


def loosen_decision_on_postgresql() -> None:
    op.execute("ALTER TABLE decision ADD COLUMN kind smallint NOT NULL DEFAULT 0")
    # A writer of the first version, which leaves no row in `pending`, is refused from now on.
    op.execute("ALTER TABLE decision ALTER COLUMN kind DROP DEFAULT")
    for column in COPIED:
        op.alter_column("decision", column, nullable=True)
    op.create_check_constraint(op.f("ck_decision_kind"), "decision", KIND)
    op.create_check_constraint(op.f("ck_decision_copied"), "decision", COPIED_WHERE_DECIDED)


def create_tree() -> None:
    op.create_table(
        "pending",
        sa.Column("seq", SEQ, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_pending"),
        sa.ForeignKeyConstraint(["seq"], ["decision.seq"], name="fk_pending_seq"),
    )
    op.create_table(
        "leaf",
        sa.Column("leaf_index", SEQ, autoincrement=False, nullable=False),
        sa.Column("seq", SEQ, nullable=False),
        sa.PrimaryKeyConstraint("leaf_index", name="pk_leaf"),
        sa.UniqueConstraint("seq", name="uq_leaf_seq"),
    )
    op.create_table(
        "tile",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "idx", name="pk_tile"),
        sa.CheckConstraint(
            "length(data) BETWEEN 32 AND 8192 AND length(data) % 32 = 0",
            name=op.f("ck_tile_data"),
        ),
    )
    op.create_table(
        "log_state",
        sa.Column("one", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("min_index", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_log_state"),
        sa.CheckConstraint("one = 1", name=op.f("ck_log_state_one")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("t_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_checkpoint"),
    )
    op.create_table(
        "anchor",
        sa.Column("id", SEQ, sa.Identity(always=True), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.Column("t_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_anchor"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_anchor_size", "anchor", ["size"])
    op.create_table(
        "log_key",
        sa.Column("vkey", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("from_size", sa.BigInteger(), nullable=False),
        sa.Column("to_size", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("vkey", name="pk_log_key"),
    )


def create_beside() -> None:
    op.create_table(
        "erased_key",
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_seq", SEQ, nullable=False),
        sa.PrimaryKeyConstraint("key_id", name="pk_erased_key"),
    )
    op.create_table(
        "policy_bundle",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("bundle", sa.LargeBinary(), nullable=False),
        sa.Column("activated_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_policy_bundle"),
    )
    op.create_table(
        "idempotency",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("seq", SEQ, nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name="pk_idempotency"),
        sa.ForeignKeyConstraint(["seq"], ["decision.seq"], name="fk_idempotency_seq"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_idempotency_expires_us", "idempotency", ["expires_us"])


def guard_on_sqlite() -> None:
    refuse_on_sqlite("decision", "UPDATE", "1")
    refuse_on_sqlite("decision", "DELETE", f"NOT {PURGED}")
    refuse_on_sqlite(
        "decision", "INSERT", "EXISTS (SELECT 1 FROM decision WHERE seq = NEW.seq OR id = NEW.id)"
    )
    for table in APPEND_ONLY:
        refuse_on_sqlite(table, "UPDATE", "1")
    for table in GROWING:
        grown = GROWN[table].format(prefix=PREFIX["sqlite"])
        refuse_on_sqlite(table, "UPDATE", f"NOT ({grown})")
    for table in (*APPEND_ONLY, *GROWING):
        refuse_on_sqlite(table, "DELETE", "1")
        # INSERT OR REPLACE deletes the row it replaces without asking the trigger on DELETE.
        twice = f"EXISTS (SELECT 1 FROM {table} WHERE {KEYS[table]})"  # noqa: S608
        refuse_on_sqlite(table, "INSERT", twice)


def refuse_on_sqlite(table: str, action: str, condition: str) -> None:
    """Roll back whoever does it.

    Aborting the statement alone would make SQLite keep copies of all pages an INSERT or UPDATE
    touches, which costs more than the statement itself.
    """
    name = f"{table}_no_{'replace' if action == 'INSERT' else action.lower()}"
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {action} ON {table} WHEN {condition} "
        f"BEGIN SELECT RAISE(ROLLBACK, '{table} only grows'); END"
    )


def guard_first_version_on_sqlite() -> None:
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER decision_no_{action.lower()} BEFORE {action} ON decision "
            "BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END"
        )
    op.execute(
        "CREATE TRIGGER decision_no_replace BEFORE INSERT ON decision "
        "WHEN EXISTS (SELECT 1 FROM decision WHERE seq = NEW.seq OR id = NEW.id) "
        "BEGIN SELECT RAISE(ROLLBACK, 'decision is append-only'); END"
    )


def guard_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION log_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = '42501'; END $$"
    )
    op.execute("DROP FUNCTION decision_is_append_only() CASCADE")
    refuse_on_postgresql("decision", "UPDATE", "true")
    op.execute(
        "CREATE FUNCTION decision_is_purged() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {PURGED} THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION 'decision only grows' USING ERRCODE = '42501'; END $$"
    )
    op.execute(
        "CREATE TRIGGER decision_no_delete BEFORE DELETE ON decision "
        "FOR EACH ROW EXECUTE FUNCTION decision_is_purged()"
    )
    for table in APPEND_ONLY:
        refuse_on_postgresql(table, "UPDATE", "true")
    for table in GROWING:
        grown = GROWN[table].format(prefix=PREFIX["postgresql"])
        refuse_on_postgresql(table, "UPDATE", f"NOT ({grown})")
    for table in (*APPEND_ONLY, *GROWING):
        refuse_on_postgresql(table, "DELETE", "true")
    for table in ("decision", *APPEND_ONLY, *GROWING):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION log_only_grows()"
        )
    # Hashes do not compress: to try is time lost. Tiles are rewritten often: leave room for that.
    op.execute("ALTER TABLE tile ALTER COLUMN data SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE policy_bundle ALTER COLUMN bundle SET STORAGE EXTERNAL")


def refuse_on_postgresql(table: str, action: str, condition: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
        f"FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION log_only_grows()"
    )


def guard_first_version_on_postgresql() -> None:
    op.execute("DROP FUNCTION decision_is_purged() CASCADE")
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
