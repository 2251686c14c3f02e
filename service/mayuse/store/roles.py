"""Who may do what to the log's tables on PostgreSQL: a wall against mistakes and injected SQL.

Three roles without a login. Whoever owns the tables migrates them and makes API keys; the service
writes as a member of `mayuse_app`, seals as a member of `mayuse_sealer`, and purges as a member of
`mayuse_retention`. No one of them may change a record, a leaf or a checkpoint, truncate a table or
switch a trigger off. It is no wall against the owner: what an owner does is found by
`mayuse log verify`.
"""

from __future__ import annotations

APP = "mayuse_app"
SEALER = "mayuse_sealer"
RETENTION = "mayuse_retention"

_RECORDS = ("decision", "decision_rule")
_DETAILS = (
    *("decision_detail", "decision_facts", "decision_act"),
    *("facts", "subject_key", "subject_decision"),
)
_CHOICES = ("choice_event",)
_POLICIES = ("policy_bundle", "policy_activation", "policy_candidate")
_BESIDE = ("pending", "anchor", "erased_key", "idempotency", *_POLICIES)
_TREE = ("leaf", "tile", "log_state", "checkpoint", "log_key")

_ACCESS = ("api_key",)

TABLES = (*_RECORDS, *_DETAILS, *_CHOICES, *_BESIDE, *_TREE, *_ACCESS)
"""Every table."""

GRANTS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("SELECT", (*TABLES, "alembic_version"), APP),
    ("INSERT", (*_RECORDS, *_DETAILS, *_CHOICES, *_BESIDE), APP),
    # What ties decisions to persons is deleted when they ask for it; keys are wrapped anew.
    ("DELETE", (*_DETAILS, *_CHOICES, "idempotency", "policy_candidate"), APP),
    ("UPDATE (kek_id, wrapped)", ("subject_key",), APP),
    (  # what is uploaded again is examined anew
        "UPDATE (version, bundle, examination, uploaded_us, uploaded_by)",
        ("policy_candidate",),
        APP,
    ),
    # Keys are made and revoked as the owner: a service that was broken into lets nobody else in.
    ("UPDATE (last_used_us)", _ACCESS, APP),
    ("SELECT", ("decision", "pending", *_TREE, "alembic_version"), SEALER),
    ("INSERT", ("leaf", "tile", "checkpoint", "log_key"), SEALER),
    ("UPDATE (data)", ("tile",), SEALER),
    ("UPDATE (origin, size, frontier)", ("log_state",), SEALER),
    ("UPDATE (to_size)", ("log_key",), SEALER),
    ("DELETE", ("pending",), SEALER),
    ("SELECT", (*_RECORDS, *_DETAILS, *_CHOICES, "leaf", "log_state"), RETENTION),
    # A trigger lets only records go that lie before `min_index`.
    ("DELETE", (*_RECORDS, *_DETAILS), RETENTION),
    ("UPDATE (min_index)", ("log_state",), RETENTION),
)


def script() -> str:
    """The SQL an owner of the database runs once after each migration; it may be run again."""
    lines = [
        "-- Run as the owner of the tables; the first time by one who may also make roles.",
        "-- Then make logins members of these roles:",
    ]
    lines += [f"--   GRANT {role} TO your_login;" for role in (APP, SEALER, RETENTION)]
    lines += ["BEGIN;"]
    for role in (APP, SEALER, RETENTION):
        lines.append(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') "
            f"THEN CREATE ROLE {role} NOLOGIN; END IF; END $$;"
        )
    everyone = f"{APP}, {SEALER}, {RETENTION}"
    lines.append(f"REVOKE ALL ON {', '.join(TABLES)} FROM PUBLIC, {everyone};")
    lines += [f"GRANT {what} ON {', '.join(tables)} TO {role};" for what, tables, role in GRANTS]
    return "\n".join([*lines, "COMMIT;", ""])
