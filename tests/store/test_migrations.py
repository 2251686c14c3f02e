"""The migrations make exactly the tables we declare, once, whole, on both databases."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import sys
import zipfile

import asyncpg
import pytest
from sqlalchemy import create_engine

from mayuse.errors import LogUnavailable, SettingsError
from mayuse.store import migrate
from mayuse.store.session import Location, open_engine
from mayuse.store.tree_tables import metadata

NEWEST = "0006"
TABLES = {
    "decision",
    "decision_rule",
    "decision_act",
    "decision_detail",
    "decision_facts",
    "facts",
    "subject_key",
    "subject_decision",
    "pending",
    "leaf",
    "tile",
    "log_state",
    "checkpoint",
    "anchor",
    "log_key",
    "erased_key",
    "idempotency",
    "policy_bundle",
    "policy_activation",
    "policy_candidate",
    "api_key",
    "choice_event",
}


async def test_an_upgrade_makes_the_tables_we_declare(empty):
    assert await migrate.current(empty.location) is None
    await migrate.upgrade(empty.location)

    assert await migrate.current(empty.location) == migrate.newest() == NEWEST
    assert await migrate.differences(empty.location) == []
    assert await tables(empty) == TABLES | {"alembic_version"}


async def test_a_downgrade_leaves_nothing_and_can_be_taken_back(empty):
    await migrate.upgrade(empty.location)
    await migrate.downgrade(empty.location, "base")

    assert await migrate.current(empty.location) is None
    assert await tables(empty) == {"alembic_version"}
    await migrate.upgrade(empty.location)
    assert await migrate.differences(empty.location) == []


OF_THE_FIRST_VERSION = (
    "INSERT INTO decision (id, t_us, caller, effect, recipient, purpose, policy, record, "
    "leaf_hash, row_mac) VALUES ('0198{number:04x}-0000-7000-8000-000000000000', {number}, 'c', "
    "2, 'microsoft', 'ads_personalised', 'sha256:00', {text}, {hash}, {hash})"
)


async def test_rows_of_the_first_version_are_carried_over_and_wait_to_be_sealed(empty):
    await migrate.upgrade(empty.location, "0001")
    literal = "x'{0}'" if empty.dialect == "sqlite" else "'\\x{0}'::bytea"
    for number in range(1, 4):
        values = {"text": literal.format("7b7d"), "hash": literal.format("ab" * 32)}
        await empty.rows(OF_THE_FIRST_VERSION.format(number=number, **values))
        await empty.rows(
            "INSERT INTO decision_detail (seq, t_us, jurisdiction, lone_key, sources) "  # noqa: S608
            f"VALUES ({number}, {number}, 'DE', {literal.format('00')}, '{{}}')"
        )
    same = "seq, id, t_us, caller, effect, recipient, purpose, policy, record, leaf_hash, row_mac"
    before = await empty.rows(f"SELECT {same} FROM decision ORDER BY seq")  # noqa: S608
    await migrate.upgrade(empty.location)

    assert await empty.rows(f"SELECT {same} FROM decision ORDER BY seq") == before  # noqa: S608
    assert [row["kind"] for row in await empty.rows("SELECT kind FROM decision")] == [0, 0, 0]
    assert [row["seq"] for row in await empty.rows("SELECT seq FROM pending")] == [1, 2, 3]
    assert await empty.rows("SELECT size, min_index FROM log_state") == [
        {"size": 0, "min_index": 0}
    ]
    await migrate.downgrade(empty.location, "0001")
    assert await empty.rows(f"SELECT {same} FROM decision ORDER BY seq") == before  # noqa: S608


async def test_a_second_upgrade_changes_nothing(database):
    before = await definitions(database)
    await migrate.upgrade(database.location)

    assert await definitions(database) == before


async def test_many_starts_at_once_migrate_once(empty):
    await asyncio.gather(*(migrate.upgrade(empty.location) for _ in range(6)))

    assert await migrate.differences(empty.location) == []


async def test_a_step_that_fails_leaves_nothing_half_made(empty, monkeypatch):
    """A crash between two CREATEs must not leave a schema that no step can go on from."""
    from alembic import op  # noqa: PLC0415 - only here

    create_index = op.create_index

    def fail_late(name, *arguments, **options):
        if name == "ix_decision_facts_facts_id":
            raise OSError("the machine was switched off here")
        return create_index(name, *arguments, **options)

    monkeypatch.setattr(op, "create_index", fail_late)
    with pytest.raises(LogUnavailable):
        await migrate.upgrade(empty.location)
    monkeypatch.undo()

    assert await tables(empty) == set()
    await migrate.upgrade(empty.location)
    assert await migrate.differences(empty.location) == []


async def test_a_database_of_a_later_version_is_refused(database):
    await database.rows("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(SettingsError, match="step 9999, which a later version of mayuse made"):
        await migrate.upgrade(database.location)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("DELETE FROM alembic_version", "names no migration step"),
        ("DROP TABLE alembic_version", "names no migration step"),
        ("INSERT INTO alembic_version VALUES ('0005')", "several migration steps, 0005 and 0006"),
    ],
)
async def test_tables_at_no_clear_step_are_left_alone(database, damage, told):
    await database.rows(damage)
    before = await definitions(database)

    for look in (
        migrate.current(database.location),
        migrate.need_newest(database.location),
        migrate.upgrade(database.location),
        migrate.upgrade(database.location, "0005"),
        migrate.downgrade(database.location, "base"),
    ):
        with pytest.raises(LogUnavailable, match=told) as raised:
            await look
        assert raised.value.lasts
    assert await definitions(database) == before


async def test_a_server_that_is_not_there_is_told_as_unavailable():
    with pytest.raises(LogUnavailable):
        await migrate.upgrade(Location.from_url("postgresql://nobody@127.0.0.1:1/none"))


async def test_differences_are_seen(database):
    await database.rows("ALTER TABLE facts ADD COLUMN surprise integer")

    [found] = await migrate.differences(database.location)
    assert found[0] == "remove_column"


WEAKENED = {
    "sqlite": {
        "DROP TRIGGER leaf_no_delete": "leaf.leaf_no_delete is missing",
        "CREATE TRIGGER quiet BEFORE INSERT ON leaf BEGIN SELECT 1; END": "leaf.quiet is not ours",
    },
    "postgresql": {
        "DROP TRIGGER leaf_no_delete ON leaf": "leaf.leaf_no_delete is missing",
        "ALTER TABLE tile DISABLE TRIGGER tile_no_update": "tile.tile_no_update is switched off",
        "CREATE TRIGGER quiet BEFORE INSERT ON leaf FOR EACH ROW "
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()": "leaf.quiet is not ours",
    },
}


async def test_a_wall_that_was_taken_down_is_seen(database):
    for change, told in WEAKENED[database.dialect].items():
        await database.rows(change)
        assert f"trigger {told}" in await migrate.differences(database.location)


async def test_a_wall_that_lets_through_is_seen(database):
    if database.dialect == "sqlite":
        await database.rows("DROP TRIGGER leaf_no_delete")
        await database.rows(
            "CREATE TRIGGER leaf_no_delete BEFORE DELETE ON leaf BEGIN SELECT 1; END"
        )
        said = ["trigger leaf.leaf_no_delete does something else"]
    else:
        await database.rows(
            "CREATE OR REPLACE FUNCTION decision_is_purged() RETURNS trigger LANGUAGE plpgsql "
            "AS 'BEGIN RETURN OLD; END'"
        )
        said = ["trigger decision.decision_no_delete does something else"]

    assert await migrate.differences(database.location) == said


def test_on_sqlite_the_migrated_definitions_are_those_of_the_tables(tmp_path):
    """`alembic check` does not compare primary keys, checks or WITHOUT ROWID; this does."""
    location = Location.from_url(f"sqlite:///{tmp_path}/migrated.db")
    asyncio.run(migrate.upgrade(location))
    engine = create_engine(f"sqlite:///{tmp_path}/declared.db")
    metadata.create_all(engine)
    engine.dispose()

    declared = sqlite_definitions(tmp_path / "declared.db")
    migrated = sqlite_definitions(tmp_path / "migrated.db")
    assert {name: text for name, text in migrated.items() if name in declared} == declared


async def test_on_postgresql_the_migrated_definitions_are_those_of_the_tables(server, template):
    declared_url = await server.create_database()
    engine = open_engine(Location.from_url(declared_url), may_write=True)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()

    declared = await postgresql_definitions(declared_url)
    migrated = await postgresql_definitions(await server.create_database(template))
    assert len(declared) > 40
    assert migrated == declared


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_alembic_itself_finds_nothing_to_add(dialect, request, tmp_path, root):
    """What a developer runs after changing a table."""
    url = f"sqlite:///{tmp_path}/mayuse.db"
    if dialect == "postgresql":
        url = asyncio.run(request.getfixturevalue("server").create_database())
    for command in (["upgrade", "head"], ["check"], ["downgrade", "base"], ["upgrade", "head"]):
        done = alembic(root, url, *command)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "No new upgrade operations" in alembic(root, url, "check").stdout


def test_the_wheel_carries_the_migrations(root, tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=root,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        carried = {
            name.removeprefix("mayuse/migrations/")
            for name in archive.namelist()
            if name.startswith("mayuse/migrations/")
        }
        archive.extractall(tmp_path / "installed")
    assert carried == {
        "env.py",
        "script.py.mako",
        "versions/0001_decision_log.py",
        "versions/0002_tree.py",
        "versions/0003_audit.py",
        "versions/0004_api_keys.py",
        "versions/0005_choices.py",
        "versions/0006_policies.py",
    }

    program = (
        "import asyncio, sys, mayuse\n"
        "from mayuse.store import migrate\n"
        "from mayuse.store.session import Location\n"
        "assert mayuse.__file__.startswith(sys.argv[1]), mayuse.__file__\n"
        f"location = Location.from_url('sqlite:///{tmp_path}/from_wheel.db')\n"
        "asyncio.run(migrate.upgrade(location))\n"
        "print(asyncio.run(migrate.current(location)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "installed")],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "installed"), "PATH": "/usr/bin:/bin"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.stdout.strip(), done.stderr) == (NEWEST, "")


def alembic(root, url, *command):
    return subprocess.run(
        [sys.executable, "-m", "alembic", *command],
        cwd=root,
        env={"PYTHONPATH": "service", "PATH": "/usr/bin:/bin", "MAYUSE_DATABASE_URL": url},
        check=False,
        capture_output=True,
        text=True,
    )


async def tables(database):
    if database.dialect == "sqlite":
        rows = await database.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    else:
        rows = await database.rows(
            "SELECT tablename AS name FROM pg_tables WHERE schemaname='public'"
        )
    return {row["name"] for row in rows}


async def definitions(database):
    if database.dialect == "sqlite":
        return sqlite_definitions(database.location.file)
    return await postgresql_definitions(database.url)


def sqlite_definitions(path):
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
        return {name: plain(sql) for name, sql in rows if name != "alembic_version"}
    finally:
        connection.close()


def plain(sql):
    """A definition without its layout; members of a table in one order."""
    flat = re.sub(r"\s+", " ", sql.replace('"', "")).strip()
    head, _, rest = flat.partition("(")
    body, _, tail = rest.rpartition(")")
    return head.strip(), sorted(re.split(r", (?![^(]*\))", body.strip())), tail.strip()


async def postgresql_definitions(url):
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT conrelid::regclass::text || ' ' || conname AS name, "
            "pg_get_constraintdef(oid) AS text FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace "
            "UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
            "UNION ALL SELECT table_name || '.' || column_name, concat_ws(' ', data_type, "
            "is_nullable, column_default, is_identity, identity_generation) "
            "FROM information_schema.columns WHERE table_schema = 'public'"
        )
    finally:
        await connection.close()
    return {row["name"]: row["text"] for row in rows if "alembic" not in row["name"]}
