"""A witness cosigns what has only grown, and what it says is kept once it is found true."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import drafts
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.note import Note, VerifierKey
from mayuse.decision_log.proof import cosigned
from mayuse.decision_log.published import PublishedLog
from mayuse.decision_log.witnessing import Witness, have_witnessed
from mayuse.errors import NotFound, WitnessError
from mayuse.store.log_reader import LogReader
from mayuse.store.session import open_engine
from mayuse.store.whole_log import Beside, verify_stored
from witness import witness

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LIES = ("huge", "another text", "another key", "no signature", "nothing", "much", "no text")


@pytest.fixture
async def published(database, log):
    engine = open_engine(database.location)
    yield PublishedLog(LogReader(engine), log.signer, log.released)
    await engine.dispose()


@pytest.fixture
async def state(published):
    keys = [VerifierKey.from_text(key.vkey) for key in await published.keys()]
    with witness(keys) as started:
        yield started


async def record(log, count: int = 5) -> None:
    for draft in await drafts.drafts(*drafts.many(count)):
        await log.append([draft])


async def test_a_witness_follows_the_log(database, log, published, state):
    by = Witness(state.url, state.key.verifier)
    with pytest.raises(NotFound):
        await published.witnessed()
    sizes = []
    for _ in range(3):
        await record(log)
        seen = await have_witnessed(log, published, by, now=NOW)
        sizes.append(seen.size)
        assert cosigned(seen.note, [by.key]) == {by.key: seen.at}
        newest = await published.witnessed()
        assert newest == seen.note
    assert sizes == sorted(set(sizes))
    assert state.asked == [0, *sizes[:-1]], "it was told where it stood each time"

    await record(log)
    report = await verify_stored(database.location, Beside(witnesses=[by.key]))
    assert report.findings == []
    assert (report.cosignatures, report.entries["anchor"]) == (3, 3)


async def test_a_proof_may_lead_to_a_witnessed_checkpoint(log, published, state):
    made = await drafts.drafts(*drafts.many(3))
    for draft in made:
        await log.append([draft])
    by = Witness(state.url, state.key.verifier)
    seen = await have_witnessed(log, published, by, now=NOW)
    proven = await published.of_decision(made[0].id, witnessed=True)
    keys = [VerifierKey.from_text(key.vkey) for key in await published.keys()]
    checkpoint = proven.proof.verify(proven.leaf.leaf_hash, keys, witnesses=[by.key], quorum=1)
    assert checkpoint.size == seen.size
    later = (await drafts.drafts(*drafts.many(1)))[0]
    await log.append([later])
    with pytest.raises(NotFound):
        await published.of_decision(later.id, witnessed=True)


async def test_a_witness_that_stands_elsewhere_says_so_and_is_heard(log, published, state):
    await record(log)
    by = Witness(state.url, state.key.verifier)
    old = Checkpoint.from_text((await published.checkpoint()).text)
    state.seen = old
    await record(log)
    seen = await have_witnessed(log, published, by, now=NOW)
    assert state.asked == [0, old.size]
    assert seen.size > old.size


async def test_a_witness_that_saw_another_log_does_not_cosign(log, published, state):
    await record(log)
    by = Witness(state.url, state.key.verifier)
    size = Checkpoint.from_text((await published.checkpoint()).text).size
    state.seen = Checkpoint(published.origin, size - 1, b"r" * 32)
    with pytest.raises(WitnessError, match="status 422"):
        await have_witnessed(log, published, by, now=NOW)
    state.seen = Checkpoint(published.origin, size + 5, b"r" * 32)
    with pytest.raises(WitnessError, match="has seen"):
        await have_witnessed(log, published, by, now=NOW)
    state.log_keys = []
    with pytest.raises(WitnessError, match="status 403"):
        await have_witnessed(log, published, by, now=NOW)


@pytest.mark.parametrize("lie", LIES)
async def test_what_proves_nothing_is_not_kept(database, log, published, state, lie):
    await record(log)
    state.lies = lie
    with pytest.raises(WitnessError):
        await have_witnessed(log, published, Witness(state.url, state.key.verifier), now=NOW)
    assert await database.count("anchor") == 0
    await record(log)  # decisions go on


async def test_a_witness_that_is_not_there_is_said(log, published):
    await record(log)
    key = VerifierKey("witness.example/w", 4, b"k" * 32)
    nowhere = ("http://127.0.0.1:9", "file:///etc", "http://127.0.0.1:99999")
    for url in (*nowhere, "http://[::1", "http://a:port"):
        with pytest.raises(WitnessError):
            await have_witnessed(log, published, Witness(url, key), now=NOW)


async def test_the_witness_of_these_tests_refuses_a_shrunken_log(state, log, published):
    await record(log)
    note = await published.checkpoint()
    body = f"old 999\n\n{note.to_text()}"
    assert state.answer(body)[0] == 400
    assert Note.from_text(note.to_text()) == note
