"""The log is told and proved as others write it: what overtakes a reader is no rollback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

import drafts
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.opening import open_log
from mayuse.decision_log.published import PublishedLog
from mayuse.store import postgres_tree
from mayuse.store.log_reader import LogReader, LogSnapshot
from mayuse.store.session import open_engine


async def grow(log) -> None:
    """Record something and let out a checkpoint of it."""
    before = log.released.note
    await log.append(await drafts.drafts(drafts.question()))
    async with asyncio.timeout(10):
        while log.released.note == before:  # noqa: ASYNC110 - the sealer's work
            await asyncio.sleep(0.01)


class Overtaken(LogReader):
    """Whatever state is read, more is recorded and let out before it is looked at."""

    def __init__(self, engine, log) -> None:
        super().__init__(engine)
        self._log = log

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[LogSnapshot]:
        async with super().snapshot() as state:
            await grow(self._log)
            yield state


@pytest.fixture
async def overtaken(database, log):
    await grow(log)
    engine = open_engine(database.location)
    yield PublishedLog(Overtaken(engine, log), log.signer, log.released)
    await engine.dispose()


async def test_a_checkpoint_is_signed_while_others_write(overtaken):
    sizes = [Checkpoint.from_text((await overtaken.checkpoint()).text).size for _ in range(3)]
    assert sizes == sorted(set(sizes))


async def test_a_leaf_is_proved_while_others_write(database, overtaken):
    rows = await database.rows("SELECT id, leaf_hash FROM decision WHERE kind = 0")
    proven = await overtaken.of_decision(str(rows[0]["id"]))
    assert (await overtaken.at(proven.proof.index)).index == proven.proof.index
    async with overtaken.whole() as whole:
        assert whole.checkpoint.size > proven.proof.index


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_sealer_that_is_overtaken_refuses_nothing(database, log, monkeypatch):
    """It stood still between its look at the tree and its look at what was let out."""
    other = await open_log(database.url, database.keys_dir)
    await grow(other)
    read_tree, overtaken = postgres_tree.read_tree, []

    async def stood_still(connection, *, lock=False):
        if lock and not overtaken:
            return None  # somebody else is sealing
        tree = await read_tree(connection, lock=lock)
        if not lock and tree is not None and not overtaken:
            overtaken.append(tree.size)
            await grow(other)
            other.released.save()
        return tree

    monkeypatch.setattr(postgres_tree, "read_tree", stood_still)
    with capture_logs() as said:
        [receipt] = await log.append(await drafts.drafts(drafts.question()))
    assert overtaken
    assert receipt.proof is not None
    assert [line for line in said if line["event"] == "not_sealing"] == []
    await other.close()
