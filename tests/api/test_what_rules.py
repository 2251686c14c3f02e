"""Rules, words and the bundle over HTTP are those of the active bundle."""

import json

import pytest
from api_app import serving
from http_asking import problem

from mayuse import bundle
from mayuse.catalog import Catalog
from mayuse.errors import BundleError
from mayuse.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="module")

CATALOG = Catalog(bundle.packaged())


async def test_every_rule_is_listed_and_is_read_at_its_own_address(client):
    listed = (await client.get("/v1/rules")).json()
    assert listed["policy"]["digest"] == bundle.packaged().digest
    assert listed["rules"] == CATALOG.rules()
    for rule in listed["rules"]:
        assert (await client.get(f"/v1/rules/{rule['rule']}")).json() == rule


@pytest.mark.parametrize("rule", ["law/us/none", "law/us", "law", "LAW/us/baseline", "a/b/c/d"])
async def test_a_rule_that_is_not_there(client, rule):
    problem(await client.get(f"/v1/rules/{rule}"), 404, "not_found")


async def test_the_vocabulary_is_that_of_the_bundle(client):
    assert (await client.get("/v1/vocabulary")).json() == json.loads(
        json.dumps(CATALOG.vocabulary())
    )


async def test_opa_servers_get_the_bundle_byte_for_byte(client):
    answer = await client.get("/opa/bundles/mayuse.tar.gz")
    assert answer.content == bundle.packaged().raw
    assert answer.headers["content-type"] == "application/gzip"


async def test_every_part_says_that_it_is_ready(client):
    ready = (await client.get("/health/ready")).json()
    assert ready["status"] == "ready"
    assert [(part["part"], part["ready"]) for part in ready["parts"]] == [
        ("policy", True),
        ("log", True),
        ("access", True),
    ]


async def test_a_service_that_cannot_open_does_not_start_and_says_why(tmp_path, capfd):
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(bundle.packaged().raw[:-100])
    with pytest.raises(BundleError):
        async with serving(Settings(bundle=broken, keys_dir=tmp_path)):
            pytest.fail("it started")
    [line] = [line for line in capfd.readouterr().err.splitlines() if "cannot_start" in line]
    event = json.loads(line)
    assert event["reason"]
    assert event["error"] == "mayuse.errors.BundleError"
