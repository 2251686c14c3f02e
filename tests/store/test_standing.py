"""What whoever watches the log is told of the database."""

from __future__ import annotations

import drafts
from beginning import begin_under
from mayuse.store.session import open_engine
from mayuse.store.standing import Standing, read_standing


async def test_a_sealed_log_has_nothing_waiting_and_knows_its_bundle(database, log):
    await begin_under(log, database.location, drafts.POLICY, b"bundle")
    await log.append(await drafts.drafts(*drafts.many(3)))
    await log.close()

    at = int(drafts.NOW.timestamp() * 1_000_000)
    assert await standing(database) == Standing(unsealed=0, activated_us=at)


async def test_what_waits_is_counted(database, log):
    await log.append(await drafts.drafts(*drafts.many(3)))
    await log.close()
    await database.rows("INSERT INTO pending (seq) SELECT seq FROM decision")

    [row] = await database.rows("SELECT count(*) AS n FROM decision")
    assert await standing(database) == Standing(unsealed=row["n"], activated_us=None)


async def standing(database) -> Standing:
    engine = open_engine(database.location)
    try:
        return await read_standing(engine, drafts.POLICY.digest)
    finally:
        await engine.dispose()
