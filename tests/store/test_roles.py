"""`mayuse db roles`: who writes can only add, who seals cannot write, nobody switches it off."""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from checker import check

import drafts
from beginning import begin_under
from databases import Database
from mayuse import bundle
from mayuse.answer import Policy
from mayuse.api_keys import ApiKey, digest
from mayuse.decision_log import rewrapping
from mayuse.decision_log.opening import open_log
from mayuse.erasure import Erasures
from mayuse.errors import LogUnavailable
from mayuse.retention import Retention
from mayuse.store import api_keys, roles
from mayuse.store.policy_candidates import Candidate, Candidates
from mayuse.store.session import Location, open_engine
from mayuse.store.tree_tables import metadata
from mayuse.store.whole_log import verify_stored

FORBIDDEN = {
    "app": [
        "UPDATE decision_detail SET seq = seq",
        "UPDATE leaf SET seq = seq",
        "UPDATE decision SET caller = 'x'",
        "DELETE FROM decision",
        "DELETE FROM pending",
        "DELETE FROM erased_key",
        "INSERT INTO leaf VALUES (1000, 1000)",
        "INSERT INTO tile VALUES (9, 9, decode(repeat('00', 32), 'hex'))",
        "UPDATE tile SET data = data || data",
        "UPDATE log_state SET size = 1000",
        "UPDATE log_state SET min_index = 1",
        "INSERT INTO checkpoint VALUES (1000, 'x', 0)",
        "INSERT INTO api_key VALUES ('x', decode(repeat('00', 32), 'hex'), 'admin', 0)",
        "UPDATE api_key SET scopes = 'admin'",
        "UPDATE api_key SET revoked_us = NULL",
        "DELETE FROM api_key",
        "INSERT INTO log_key VALUES ('x', 'checkpoint', 0, NULL)",
        *(f"TRUNCATE {table} CASCADE" for table in roles.TABLES),
        "ALTER TABLE decision DISABLE TRIGGER ALL",
        "DROP TRIGGER decision_no_update ON decision",
        "DROP TABLE leaf",
        "SET session_replication_role = replica",
        (
            "CREATE OR REPLACE FUNCTION log_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN NEW; END $$"
        ),
    ],
    "sealer": [
        "INSERT INTO decision (id) VALUES (gen_random_uuid())",
        "UPDATE decision SET caller = 'x'",
        "DELETE FROM decision",
        "DELETE FROM leaf",
        "UPDATE leaf SET seq = seq + 1",
        "DELETE FROM checkpoint",
        "UPDATE log_state SET min_index = 1",
        "SELECT * FROM subject_key",
        "SELECT * FROM facts",
        "SELECT * FROM api_key",
        "TRUNCATE pending",
        "ALTER TABLE tile DISABLE TRIGGER ALL",
    ],
}


@pytest.fixture
async def walled(server, template, tmp_path):
    return Database(await server.create_database(template), tmp_path / "keys")


@pytest.fixture
async def logins(walled):
    """One login for each role: their URLs."""
    await walled_script(walled)
    found = {}
    both = f"{roles.APP}, {roles.RETENTION}"
    for name, role in (("app", roles.APP), ("sealer", roles.SEALER), ("purger", both)):
        login, password = f"{name}_{secrets.token_hex(4)}", secrets.token_hex(8)
        await walled.rows(f"CREATE ROLE {login} LOGIN PASSWORD '{password}' IN ROLE {role}")
        found[name] = re.sub(r"//[^@]*@", f"//{login}:{password}@", walled.url)
    return found


async def walled_script(walled) -> None:
    connection = await asyncpg.connect(walled.url)
    await connection.execute(roles.script())
    await connection.close()


def test_every_table_is_spoken_of():
    assert set(metadata.tables) == set(roles.TABLES)


async def test_the_log_works_through_the_walls(walled, logins):
    log = await open_log(logins["app"], walled.keys_dir, sealer_url=logins["sealer"])
    await begin_under(log, Location.from_url(logins["app"]), drafts.POLICY, b"bundle")
    made = await drafts.drafts(*drafts.many(40))
    receipts = await log.append(made)
    [single] = await drafts.drafts(drafts.question())
    [receipt] = await log.append([single])
    await log.close()

    assert receipt.proof
    told = {draft.id: one for draft, one in zip(made, receipts, strict=True)}
    report = await check(walled, {**told, single.id: receipt})
    assert (report.faults, report.stored, report.waiting) == ({}, 41, 0)


async def test_the_service_notes_when_a_key_was_used_and_makes_none(walled, logins):
    key = ApiKey("shop", digest("a secret"), ("decide",), drafts.NOW)
    owner, service = (
        open_engine(Location.from_url(url), may_write=True) for url in (walled.url, logins["app"])
    )
    await api_keys.add(owner, key)
    await api_keys.note_use(service, {"shop": drafts.NOW})
    assert [used.last_used for used in await api_keys.every(service)] == [drafts.NOW]
    with pytest.raises(LogUnavailable, match="lacks a privilege"):
        await api_keys.add(service, ApiKey("mine", digest("another"), ("admin",), drafts.NOW))
    with pytest.raises(LogUnavailable):
        await api_keys.revoke(service, "shop", drafts.NOW)
    assert [used.revoked for used in await api_keys.every(owner)] == [None]
    for engine in (owner, service):
        await engine.dispose()


async def test_a_policy_is_uploaded_through_the_walls_and_again(logins):
    reader, writer = (
        open_engine(Location.from_url(logins["app"]), may_write=may) for may in (False, True)
    )
    candidates = Candidates(reader, writer)
    uploaded = Candidate("sha256:1", "2026.1", {"passed": True}, drafts.NOW, "ops")
    for version in ("2026.1", "2026.2"):
        assert await candidates.keep(replace(uploaded, version=version), b"bundle")
    assert [one.version for one in await candidates.every()] == ["2026.2"]
    for engine in (reader, writer):
        await engine.dispose()


async def test_the_script_needs_no_right_to_make_roles_that_are_there(walled, server):
    """The owner of the tables runs it after each migration."""
    await walled_script(walled)
    login, password = f"owner_{secrets.token_hex(4)}", secrets.token_hex(8)
    await server.execute(f"CREATE ROLE {login} LOGIN PASSWORD '{password}'")
    for table in (*roles.TABLES, "alembic_version"):
        await walled.rows(f"ALTER TABLE {table} OWNER TO {login}")
    connection = await asyncpg.connect(re.sub(r"//[^@]*@", f"//{login}:{password}@", walled.url))
    await connection.execute(roles.script())
    await connection.close()


async def sealed(walled):
    async with asyncio.timeout(10):
        while await walled.count("pending"):  # noqa: ASYNC110 - another's work
            await asyncio.sleep(0.02)


async def test_a_person_is_forgotten_and_keys_are_wrapped_anew_through_the_walls(walled, logins):
    location = Location.from_url(logins["app"])
    log = await open_log(logins["app"], walled.keys_dir, sealer_url=logins["sealer"])
    people = [drafts.question(subject=name) for name in ("ann", "bob")]
    await log.append(await drafts.drafts(*people))
    rewrapping.rotate(walled.keys_dir)
    became = await rewrapping.retire(location, walled.keys_dir, grace=0)
    assert (became.count, became.unneeded) == (2, ["subject.key.retired"])
    reader = open_engine(location)
    forgotten = await Erasures(log, reader, location).erase("ann", caller="dpo", at=drafts.NOW)
    await reader.dispose()
    await log.append(await drafts.drafts(*people))
    await sealed(walled)
    await log.close()

    assert forgotten.receipt
    assert await walled.count("erased_key") == 1
    assert await walled.count("subject_key") == 2
    assert (await verify_stored(Location.from_url(walled.url))).ok


async def test_who_purges_is_of_both_roles_and_who_writes_alone_cannot(walled, logins):
    log = await open_log(logins["app"], walled.keys_dir, sealer_url=logins["sealer"])
    long_ago = drafts.NOW - timedelta(days=800)
    packaged = bundle.packaged()
    policy = Policy(packaged.digest, packaged.version)
    await begin_under(log, Location.from_url(logins["app"]), policy, packaged.raw, long_ago)
    for many, now in ((10, long_ago), (5, drafts.NOW)):
        made = await drafts.drafts(*drafts.many(many), now=now)
        await log.append([replace(draft, policy=policy) for draft in made])
    await sealed(walled)
    await log.close()

    async def purge(who):
        location = Location.from_url(logins[who])
        opened = await open_log(logins[who], walled.keys_dir, sealer_url=logins["sealer"])
        reader = open_engine(location)
        retention = Retention(opened, reader, location)
        before = drafts.NOW - timedelta(days=700)
        try:
            return [
                step async for step in retention.purge(before, caller="cron", at=drafts.NOW, size=4)
            ]
        finally:
            await sealed(walled)
            await reader.dispose()
            await opened.close()

    with pytest.raises(LogUnavailable, match="lacks a privilege"):
        await purge("app")
    assert await walled.count() == 15
    assert sum(step.decisions for step in await purge("purger")) == 10
    assert await walled.count() == 5
    assert (await verify_stored(Location.from_url(walled.url))).ok


@pytest.mark.parametrize("who", ["app", "sealer"])
async def test_everything_else_is_refused(walled, logins, who):
    log = await open_log(logins["app"], walled.keys_dir, sealer_url=logins["sealer"])
    await log.append(await drafts.drafts(*drafts.many(5)))
    await log.close()
    connection = await asyncpg.connect(logins[who])
    try:
        for statement in FORBIDDEN[who]:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
    assert (await check(walled, {})).faults == {}


async def test_the_script_may_be_run_again(walled):
    for _ in range(2):
        await walled_script(walled)
