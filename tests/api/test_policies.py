"""Policy bundles over HTTP: which there were, what they rule, and the whole of each."""

from __future__ import annotations

import json
import sqlite3

import pytest
import pytest_asyncio
from api_app import serving
from http_asking import DENIED, problem

from mayuse import archive, bundle
from mayuse.settings import Settings
from mayuse.store.session import Location

pytestmark = pytest.mark.asyncio(loop_scope="module")


def older_bundle() -> bytes:
    """The packaged bundle under another digest and version."""
    files = archive.unpack(bundle.packaged().raw)
    name = next(name for name in files if name.endswith("main/main.rego"))
    files[name] += b"\n# as it was last year\n"
    manifest = json.loads(files[".manifest"])
    manifest["revision"] = bundle.digest_of(files)
    manifest["metadata"]["version"] = "2025.1.1"
    files[".manifest"] = json.dumps(manifest).encode()
    return archive.pack(files)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(tmp_path_factory):
    """A service under the packaged bundle that decided under an older one before."""
    folder = tmp_path_factory.mktemp("policies")
    file = folder / "older.tar.gz"
    file.write_bytes(older_bundle())
    where = {"database_url": f"sqlite:///{folder}/mayuse.db", "keys_dir": folder / "keys"}
    async with serving(Settings(bundle=file, **where)) as client:
        first = (await client.post("/v1/decisions", json=DENIED)).json()
    settings = Settings(**where)
    async with serving(settings) as client:
        yield client, bundle.read(file), first, settings


async def test_every_bundle_is_listed_the_newest_first(two):
    client, older, first, _ = two
    listed = (await client.get("/v1/policies")).json()
    now = bundle.packaged()
    assert listed["active"] == {"digest": now.digest, "version": now.version}
    assert [(row["digest"], row["version"], row["active"]) for row in listed["policies"]] == [
        (now.digest, now.version, True),
        (older.digest, "2025.1.1", False),
    ]
    assert first["policy"]["digest"] == older.digest
    assert listed["policies"][1]["activated"] < listed["policies"][0]["activated"]


async def test_a_bundle_says_what_it_rules(two):
    client, older, _, _ = two
    for known in (older, bundle.packaged()):
        said = (await client.get(f"/v1/policies/{known.digest}")).json()
        assert (said["digest"], said["version"]) == (known.digest, known.version)
        assert [row["rule"] for row in said["rules"]] == [row["rule"] for row in known.rules]
        assert all(row["title"] for row in said["rules"])


async def test_a_bundle_can_be_taken_along_whole(two):
    client, older, _, _ = two
    for known in (older, bundle.packaged()):
        address = f"/v1/policies/{known.digest}/bundle"
        got = await client.get(address)
        assert got.headers["content-type"] == "application/gzip"
        assert (got.content, bundle.read(got.content).digest) == (known.raw, known.digest)
        again = await client.get(address, headers={"If-None-Match": got.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("digest", ["sha256:" + "0" * 64, "sha256:", "latest", "%00", "..%2f"])
async def test_a_bundle_that_is_not_there(two, digest):
    client = two[0]
    for address in (f"/v1/policies/{digest}", f"/v1/policies/{digest}/bundle"):
        problem(await client.get(address), 404, "not_found")


async def test_a_bundle_that_was_changed_in_the_database_is_not_sent(two):
    client, older, _, settings = two
    with sqlite3.connect(Location.from_url(settings.database_url).file) as database:
        triggers = database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'policy_bundle'"
        ).fetchall()
        for (name,) in triggers:
            database.execute(f"DROP TRIGGER {name}")
        database.execute(
            "UPDATE policy_bundle SET bundle = ? WHERE digest = ?",
            (bundle.packaged().raw, older.digest),
        )
    for address in (f"/v1/policies/{older.digest}", f"/v1/policies/{older.digest}/bundle"):
        problem(await client.get(address), 500, "internal_error")
