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

_SOME = 16
"""Rows looked at: one that fits tells whose the key is; of one that was changed `verify` tells."""

_NEWEST_RECORDS = (
    select(col(Decision.record), col(Decision.row_mac))
    .order_by(col(Decision.seq).desc())
    .limit(_SOME)
)
_SOME_FACTS = select(col(Facts.id), col(Facts.document)).limit(_SOME)
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
        records = (await connection.execute(_NEWEST_RECORDS)).all()
        facts = (await connection.execute(_SOME_FACTS)).all()
        subjects = [
            (await connection.execute(statement)).scalar()
            for statement in (_OLDEST_SUBJECT, _NEWEST_SUBJECT)
        ]
    if records and not any(_is_ours(keys, row.record, row.row_mac) for row in records):
        raise SettingsError(
            "MAYUSE_KEYS_DIR: row.key did not write the newest records in the log, "
            "or all of them were changed"
        )
    if facts and not any(row.id == keys.facts_id(row.document) for row in facts):
        raise SettingsError(
            "MAYUSE_KEYS_DIR: lookup.key did not write the facts in the log, or they were changed"
        )
    if not {*subjects} <= {None, *keys.wrapping.files}:
        raise SettingsError("MAYUSE_KEYS_DIR: subject.key did not wrap the keys in the log")


def _is_ours(keys: LogKeys, record: bytes, row_mac: bytes) -> bool:
    return hmac.compare_digest(keys.row_mac(leaf_hash(record)), row_mac)
