"""Do these keys belong to this database? Asked once, before anything is written.

A service started with other keys would write on without a complaint: the same person under a
second key, the same facts in a second row, and proofs nobody can check.
"""

from __future__ import annotations

import hmac

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from mayuse.decision_log.entry import leaf_hash
from mayuse.decision_log.keys import LogKeys
from mayuse.errors import SettingsError
from mayuse.store.session import reading
from mayuse.store.tables import Decision, Facts, SubjectKey

_NEWEST_DECISION = (
    select(col(Decision.record), col(Decision.row_mac)).order_by(col(Decision.seq).desc()).limit(1)
)
_SOME_FACTS = select(col(Facts.id), col(Facts.document)).limit(1)
_OLDEST_SUBJECT = select(col(SubjectKey.kek_id)).order_by(col(SubjectKey.number)).limit(1)
_NEWEST_SUBJECT = select(col(SubjectKey.kek_id)).order_by(col(SubjectKey.number).desc()).limit(1)


async def is_empty(engine: AsyncEngine) -> bool:
    """Whether no decision has been recorded yet. Raises `LogUnavailable`."""
    async with reading(engine) as connection:
        return (await connection.execute(select(col(Decision.seq)).limit(1))).first() is None


async def verify_keys(engine: AsyncEngine, keys: LogKeys) -> None:
    """Check each key against a row it should have made.

    Raises `SettingsError` naming the key file that does not fit, `LogUnavailable` when the
    database does not answer.
    """
    async with reading(engine) as connection:
        decision = (await connection.execute(_NEWEST_DECISION)).first()
        facts = (await connection.execute(_SOME_FACTS)).first()
        subjects = [
            (await connection.execute(statement)).scalar()
            for statement in (_OLDEST_SUBJECT, _NEWEST_SUBJECT)
        ]
    if decision is not None and not hmac.compare_digest(
        keys.row_mac(leaf_hash(decision.record)), decision.row_mac
    ):
        raise SettingsError(
            "MAYUSE_KEYS_DIR: row.key did not write the newest decision in the log, "
            "or that decision was changed"
        )
    if facts is not None and facts.id != keys.facts_id(facts.document):
        raise SettingsError("MAYUSE_KEYS_DIR: lookup.key did not write the facts in the log")
    if not {*subjects} <= {None, *keys.wrapping.files}:
        raise SettingsError("MAYUSE_KEYS_DIR: subject.key did not wrap the keys in the log")
