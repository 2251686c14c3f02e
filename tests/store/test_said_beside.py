"""Rows that single records speak of: an auditor without the service's keys finds what differs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from receipts import receipt

import drafts
from databases import Database
from mayuse import bundle
from mayuse.answer import Policy
from mayuse.decision_log import renaming, rotation
from mayuse.decision_log.opening import open_log
from mayuse.erasure import Erasures
from mayuse.retention import Retention
from mayuse.store.migrate import upgrade
from mayuse.store.policy_activations import ACTIVATED, Activations, what_activates
from mayuse.store.session import open_engine
from mayuse.store.whole_log import verify_read
from superuser import superuser

OLD = drafts.NOW - timedelta(days=800)
BOUND = drafts.NOW - timedelta(days=700)


async def _with_keys(database: Database) -> None:
    """Keys of both roles that began and ended, under two names."""
    place = rotation.Place(database.url, database.keys_dir)
    await receipt(database, origin="example.com/one")
    for role in ("checkpoint", "receipt"):
        await rotation.rotate(place, role, at=drafts.NOW)
        await rotation.retire(place, role, at=drafts.NOW)
        await rotation.rotate(place, role, at=drafts.NOW)
    await receipt(database)
    await renaming.rename(place, "example.com/two", at=drafts.NOW)
    await receipt(database)
    await rotation.rotate(place, "receipt", at=drafts.NOW)
    await rotation.retire(place, "receipt", at=drafts.NOW)
    await rotation.rotate(place, "checkpoint", at=drafts.NOW)
    await receipt(database)


async def _purged(database: Database) -> None:
    """Three activations and an erasure whose records were dropped, and one that is there."""
    await upgrade(database.location)
    log = await open_log(database.url, database.keys_dir)
    reader = open_engine(database.location)
    activations, erasures = Activations(reader, log.keys), Erasures(log, reader, database.location)
    packaged = bundle.packaged()
    policy = Policy(packaged.digest, packaged.version)
    for at in (OLD, OLD, OLD, drafts.NOW):
        last = await activations.newest()
        what = what_activates(policy, last, by="ops", reason=ACTIVATED)
        raw = None if last else packaged.raw
        await log.owe_activation(what, activations.changes(what, at, raw), at)
        made = await drafts.drafts(drafts.question(), now=at)
        await log.append([replace(draft, policy=policy) for draft in made])
        if at != OLD or what.number == 1:
            await erasures.erase(drafts.question().subject, caller="dpo", at=at)
    await database.sealed()
    async for _ in Retention(log, reader, database.location).purge(
        BOUND, caller="cron", at=drafts.NOW
    ):
        pass
    await database.sealed()
    await reader.dispose()
    await log.close()


def found(database, change):
    """What an auditor finds who has no key of the service."""

    def look(execute):
        return verify_read(execute, database.dialect)

    with superuser(database) as somebody:
        before = somebody.attempt(lambda _: None, look)
        after = somebody.attempt(lambda execute: execute(change) and None, look)
    return before.found, after.found - before.found


FIRST = "from_size = 0"
ONE, TWO = "vkey LIKE 'example.com/one%'", "vkey LIKE 'example.com/two%'"
IN_USE = f"{TWO} AND to_size IS NULL"
ENDED_FIRST = f"{ONE} AND {FIRST}"


def _keys():
    for role in ("checkpoint", "receipt"):
        of = f"role = '{role}'"
        for which, where in (
            ("that ended", ENDED_FIRST),
            ("that was entered, and ended with the name", f"{ONE} AND NOT {FIRST}"),
            ("of the new name", IN_USE),
        ):
            rows = f"WHERE {of} AND {where}"
            yield f"{role} key {which}: deleted", f"DELETE FROM log_key {rows}"  # noqa: S608
            for change in (
                "from_size = from_size + 1",
                "from_size = from_size - 1",
                "to_size = coalesce(to_size, 99) + 1",
                "to_size = coalesce(to_size, 1) - 1",
                "role = CASE role WHEN 'receipt' THEN 'checkpoint' ELSE 'receipt' END",
            ):
                yield f"{role} key {which}: {change}", f"UPDATE log_key SET {change} {rows}"  # noqa: S608
        yield (
            f"{role} key signs again",
            f"UPDATE log_key SET to_size = NULL WHERE {of} AND {ENDED_FIRST}",  # noqa: S608
        )
    renamed = f"(SELECT min(from_size) FROM log_key WHERE {TWO})"  # noqa: S608
    yield (
        "a renaming's size, in one of both roles",
        f"UPDATE log_key SET from_size = from_size - 1 WHERE {TWO} AND role = 'checkpoint'",  # noqa: S608
    )
    yield (
        "a renaming's size, where it ends the former keys",
        f"UPDATE log_key SET to_size = to_size - 1 WHERE {ONE} AND to_size = {renamed}",  # noqa: S608
    )
    first = f"role = 'checkpoint' AND from_size = {renamed}"
    yield "a first key beside a newer one: deleted", f"DELETE FROM log_key WHERE {first}"  # noqa: S608
    yield "all keys of the former name", f"DELETE FROM log_key WHERE {ONE}"  # noqa: S608
    yield (
        "an ended key of a stranger",
        "INSERT INTO log_key VALUES ('example.com/two+1+x', 'checkpoint', 3, 4)",
    )


KEYS = dict(_keys())
COUNTED = {
    "an activation": "DELETE FROM policy_activation WHERE number = 2",
    "the first activation": "DELETE FROM policy_activation WHERE number = 1",
    "leaves that were purged": "DELETE FROM leaf WHERE leaf_index < 3",
    "a leaf that was purged": "DELETE FROM leaf WHERE leaf_index = 1",
    "the record of an erasure": "UPDATE erased_key SET leaf_seq = 1 WHERE leaf_seq = "
    "(SELECT max(leaf_seq) FROM erased_key)",
    "a person listed as erased": "INSERT INTO erased_key SELECT leaf_hash, seq FROM decision "
    "WHERE seq = (SELECT max(seq) FROM decision)",
    "an erasure that is not listed": "DELETE FROM erased_key WHERE leaf_seq = "
    "(SELECT max(leaf_seq) FROM erased_key)",
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def made(request, tmp_path_factory):
    """Makes a log of the kind that is asked for, once."""

    def make(name, write):
        if name not in done:
            folder = tmp_path_factory.mktemp(name)
            url = f"sqlite:///{folder}/mayuse.db"
            if request.param == "postgresql":
                url = asyncio.run(request.getfixturevalue("server").create_database())
            done[name] = Database(url, folder / "keys")
            asyncio.run(write(done[name]))
        return done[name]

    done: dict[str, Database] = {}
    return make


@pytest.mark.parametrize("change", KEYS)
def test_keys_are_listed_as_entries_say(made, change):
    before, after = found(made("keys", _with_keys), KEYS[change])

    assert before == {}
    assert after.keys() & {"key_changed", "key_missing"}


@pytest.mark.parametrize("change", COUNTED)
def test_what_a_purge_left_is_whole(made, change):
    before, after = found(made("purged", _purged), COUNTED[change])

    assert before == {}
    assert after.keys() & {"kept_missing", "leaf_missing"}
