"""Where a database may be, and how it is opened."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest

from mayuse.errors import SettingsError
from mayuse.store import migrate
from mayuse.store.session import (
    Location,
    open_sqlite,
    prepare_sqlite,
    refuse_network_file_system,
)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///var/mayuse.db", Path.cwd() / "var" / "mayuse.db"),
        ("sqlite:////srv/mayuse.db", Path("/srv/mayuse.db")),
        ("sqlite:////srv/a%20b/ü%25.db", Path("/srv/a b/ü%.db")),
    ],
)
def test_a_sqlite_url_names_a_file(url, path):
    location = Location.from_url(url)

    assert (location.dialect, location.file) == ("sqlite", path)


@pytest.mark.parametrize(
    "url", ["postgresql://u:p@db.internal:5432/mayuse?sslmode=require", "postgres://db/mayuse"]
)
def test_a_postgresql_url_is_kept_as_it_is(url):
    location = Location.from_url(url)

    assert (location.dialect, location.dsn, location.path) == ("postgresql", url, None)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mayuse.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://host/mayuse.db",
        "sqlite:///mayuse.db?mode=memory",
        "sqlite+aiosqlite:///mayuse.db",
        "mysql://u:canary@db/mayuse",
        "postgresql+psycopg2://u:canary@db/mayuse",
        "http://u:canary@[",
    ],
)
def test_another_url_is_refused_and_its_password_not_repeated(url):
    with pytest.raises(SettingsError, match="MAYUSE_DATABASE_URL") as told:
        Location.from_url(url)
    assert "canary" not in str(told.value)


def test_a_new_file_is_the_owners_alone_and_in_wal_mode(tmp_path):
    path = tmp_path / "deep" / "er" / "mayuse.db"
    prepare_sqlite(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    connection = open_sqlite(path)
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    connection.close()
    assert found == ["wal", 2, 1, 1, 2000]


def test_a_file_that_is_gone_is_not_made_anew_by_a_writer(tmp_path):
    with pytest.raises(sqlite3.OperationalError):
        open_sqlite(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "mayuse.db").write_bytes(b"no database, " * 1000)

    with pytest.raises(SettingsError, match="not a database"):
        asyncio.run(migrate.upgrade(Location.from_url(f"sqlite:///{tmp_path}/mayuse.db")))


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsError, match="MAYUSE_DATABASE_URL"):
        prepare_sqlite(tmp_path / "file" / "mayuse.db")


MOUNTS = (
    "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw",
    "30 22 0:40 / /data rw,relatime shared:5 - {kind} server:/export rw",
    "31 30 254:1 / /data/local rw,relatime - xfs /dev/vdb rw",
    "32 22 0:41 / /srv/with\\040space rw - {kind} server:/other rw",
)


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "ceph", "fuse.sshfs", "lustre"])
@pytest.mark.parametrize("folder", ["/data", "/data/deep/er", "/srv/with space"])
def test_a_network_file_system_is_refused(kind, folder):
    with pytest.raises(SettingsError, match=kind):
        refuse_network_file_system(Path(folder), [line.format(kind=kind) for line in MOUNTS])


@pytest.mark.parametrize("folder", ["/", "/database", "/data/local/db", "/srv"])
def test_a_local_folder_beside_or_below_one_is_not(folder):
    refuse_network_file_system(Path(folder), [line.format(kind="nfs4") for line in MOUNTS])


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "overlay", "tmpfs", "zfs", "fuseblk"])
def test_local_file_systems_are_accepted(kind):
    refuse_network_file_system(Path("/data"), [line.format(kind=kind) for line in MOUNTS])


async def test_a_server_is_reached_through_its_socket_too(server):
    where = f"host={server.folder}&port={server.port}"
    url = f"postgresql://mayuse:{server.password}@/postgres?{where}"

    assert await migrate.current(Location.from_url(url)) is None
