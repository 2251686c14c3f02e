"""Which bundle decides, for all processes of one database; and the candidates that wait."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from checker import check

import drafts
from beginning import begin_under
from mayuse.answer import Policy
from mayuse.decision_log.entry import Unwritable
from mayuse.decision_log.opening import open_log
from mayuse.errors import BundleError
from mayuse.store.policy_activations import (
    AT_START,
    ROLLED_BACK,
    Activation,
    Activations,
    what_activates,
)
from mayuse.store.policy_bundles import stored_bundle
from mayuse.store.policy_candidates import LIMIT, Candidate, Candidates
from mayuse.store.session import BUSY_SECONDS, open_engine

ANOTHER = Policy(f"sha256:{'cd' * 32}", "2")


@pytest.fixture
async def reader(database):
    engine = open_engine(database.location)
    yield engine
    await engine.dispose()


@pytest.fixture
async def candidates(database, log, reader):  # noqa: ARG001 - the log makes the tables
    writer = open_engine(database.location, may_write=True, patience=BUSY_SECONDS)
    yield Candidates(reader, writer)
    await writer.dispose()


async def test_a_bundle_is_stored_before_it_decides(database):
    log = await open_log(database.url, database.keys_dir)
    await begin_under(log, database.location, drafts.POLICY, b"bundle")
    await log.append(await drafts.drafts(drafts.question()))
    await log.close()

    assert await database.rows("SELECT digest, bundle FROM policy_bundle") == [
        {"digest": drafts.POLICY.digest, "bundle": b"bundle"}
    ]
    kinds = await database.rows("SELECT kind FROM decision ORDER BY seq")
    assert [row["kind"] for row in kinds] == [1, 6, 0, 2]


async def test_of_processes_that_begin_at_once_one_says_what_decides(database):
    logs = [await open_log(database.url, database.keys_dir) for _ in range(3)]
    policy = Policy(f"sha256:{'cd' * 32}", "1")
    await asyncio.gather(*(begin_under(log, database.location, policy, b"bundle") for log in logs))
    for log in logs:
        await log.append(await drafts.drafts(drafts.question()))
        await log.close()
    assert await database.count("policy_bundle") == await database.count("policy_activation") == 1
    assert len(await database.rows("SELECT seq FROM decision WHERE kind = 6")) == 1
    assert (await check(database, {})).faults == {}


async def test_an_activation_counts_only_as_this_service_wrote_it(database, reader):
    log = await open_log(database.url, database.keys_dir)
    await begin_under(log, database.location, drafts.POLICY, b"bundle")
    activations = Activations(reader, log.keys)
    newest = await activations.newest()
    assert newest is not None
    assert (newest.what.policy, newest.what.by, newest.number) == (
        drafts.POLICY.digest,
        AT_START,
        1,
    )
    await database.rows(
        "INSERT INTO policy_activation SELECT 2, policy, version, policy, reason, ordered_by, "
        "because, t_us, mac FROM policy_activation"
    )
    with pytest.raises(BundleError, match="activation 2 was not written by this service"):
        await activations.newest()
    assert await activations.history(1, before=2) == [newest]
    await log.close()


async def test_of_two_orders_at_once_one_is_carried_out(database, reader):
    log = await open_log(database.url, database.keys_dir)
    await begin_under(log, database.location, drafts.POLICY, b"bundle")
    await log.append(await drafts.drafts(drafts.question()))
    activations = Activations(reader, log.keys)
    last = await activations.newest()

    async def order(by: str) -> Activation | None:
        what = what_activates(ANOTHER, last, by=by, because="a new act", reason=ROLLED_BACK)
        try:
            changes = activations.changes(what, drafts.NOW, b"another")
            await log.record(what, at=drafts.NOW, changes=changes)
        except Unwritable:
            return None
        return Activation(what, drafts.NOW)

    made = await asyncio.gather(*(order(f"key:{name}") for name in "abc"))
    assert [one for one in made if one] == [await activations.newest()]
    assert [one.number for one in await activations.history(9)] == [2, 1]
    assert await activations.is_stored(ANOTHER.digest)
    assert await activations.are_ordered()
    assert len(await database.rows("SELECT seq FROM decision WHERE kind = 6")) == 2
    await log.close()
    assert (await check(database, {})).faults == {}


async def test_what_decides_is_never_changed_or_taken_back(database):
    log = await open_log(database.url, database.keys_dir)
    await begin_under(log, database.location, drafts.POLICY, b"bundle")
    await log.append(await drafts.drafts(drafts.question()))
    for statement in (
        "UPDATE policy_activation SET version = '9'",
        "DELETE FROM policy_activation",
    ):
        with pytest.raises(Exception, match="policy_activation only grows"):
            await database.rows(statement)
    await log.close()


def candidate(number: int) -> Candidate:
    digest = f"sha256:{number:064x}"
    at = drafts.NOW + timedelta(seconds=number)
    return Candidate(digest, f"1.{number}", {"passed": True}, at, "key:ops")


async def test_a_candidate_is_kept_until_it_is_removed(candidates):
    first, second = candidate(1), candidate(2)
    assert await candidates.keep(first, b"one")
    assert await candidates.keep(second, b"two")
    assert await candidates.every() == [second, first]
    assert await candidates.archive(first.digest) == b"one"

    assert await candidates.keep(first, b"one, signed")
    assert await candidates.archive(first.digest) == b"one, signed"

    assert await candidates.remove(first.digest)
    assert not await candidates.remove(first.digest)
    assert await candidates.archive(first.digest) is None
    assert await candidates.every() == [second]


async def test_no_more_candidates_are_kept_than_the_limit(candidates):
    for number in range(LIMIT):
        assert await candidates.keep(candidate(number), b"one")
    assert not await candidates.keep(candidate(LIMIT), b"one too many")
    assert await candidates.keep(candidate(3), b"one that is there")
    assert len(await candidates.every()) == LIMIT


async def test_a_candidate_that_decides_is_a_candidate_no_more(database, reader, candidates, log):
    await candidates.keep(candidate(1), b"one")
    policy = Policy(candidate(1).digest, "1.1")
    await begin_under(log, database.location, policy, b"one")
    assert await candidates.every() == []
    assert await stored_bundle(reader, policy.digest) == b"one"
