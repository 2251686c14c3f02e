"""What a log gives and says while its keys and its name change."""

from __future__ import annotations

import asyncio

import drafts
from mayuse.decision_log.note import VerifierKey
from mayuse.decision_log.opening import open_log
from mayuse.decision_log.proof import Proof
from mayuse.errors import LogUnavailable, ProofError


async def receipt(database, **options):
    log = await open_log(database.url, database.keys_dir, **options)
    [given] = await log.append(await drafts.drafts(drafts.question()))
    await log.close()
    return given


def holds(given, vkey: str) -> bool:
    key = VerifierKey.from_text(vkey)
    try:
        Proof.from_text(given.proof).verify(bytes.fromhex(given.leaf_hash), [key])
    except ProofError:
        return False
    return True


async def refusal(log) -> LogUnavailable:
    """What a log says that refuses; on PostgreSQL the sealer finds out a moment later."""
    async with asyncio.timeout(20):
        while True:
            try:
                await log.append(await drafts.drafts(drafts.question()))
            except LogUnavailable as error:
                return error
