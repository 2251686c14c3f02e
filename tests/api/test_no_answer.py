"""Without a verdict, or without a record, there is no answer; and it is said which part failed."""

import asyncio
import sqlite3
import time

import pytest
from api_app import serving
from http_asking import DENIED, PERMITTED, problem

import opa_server
from mayuse import bundle
from mayuse.settings import Settings
from pausing import pause, resume


@pytest.fixture
def settings_of(tmp_path):
    def make(**given):
        database = f"sqlite:///{tmp_path}/mayuse.db"
        return Settings(database_url=database, keys_dir=tmp_path / "keys", **given)

    return make


@pytest.fixture(scope="module")
def bundle_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("bundle") / "mayuse.tar.gz"
    file.write_bytes(bundle.packaged().raw)
    return file


async def withheld(client, code):
    """Ask what would be permitted; the answer must be a 503 that names a recorded decision."""
    said = problem(await client.post("/v1/decisions", json=PERMITTED), 503, code)
    recorded = (await client.get(f"/v1/decisions/{said['decision_id']}")).json()
    assert (recorded["effect"], recorded["permitted"]) == ("indeterminate", False)
    assert recorded["faults"] == [code]
    return said


async def not_ready(client, *parts):
    said = problem(await client.get("/health/ready"), 503, "not_ready")
    assert [part["part"] for part in said["parts"] if not part["ready"]] == list(parts)
    assert (await client.get("/health/live")).status_code == 200


async def test_opa_is_down(settings_of):
    url = f"http://127.0.0.1:{opa_server.free_port()}"
    async with serving(settings_of(opa_url=url)) as client:
        await withheld(client, "policy_unavailable")
        await not_ready(client, "policy")


async def test_opa_has_no_bundle(settings_of):
    with opa_server.serving() as url:
        async with serving(settings_of(opa_url=url)) as client:
            await withheld(client, "policy_unavailable")
            await not_ready(client, "policy")


async def test_opa_has_another_bundle(settings_of, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / ".manifest").write_text('{"roots": ["mayuse"], "revision": "sha256:0"}')
    (other / "main.rego").write_text(
        'package mayuse.main\n\ndecision := {"permits": [], "denies": [], "obliges": [], '
        '"missing": [], "speaking": []}\n'
    )
    with opa_server.serving("--bundle", other) as url:
        async with serving(settings_of(opa_url=url)) as client:
            await withheld(client, "stale_policy")
            await not_ready(client, "policy")


async def test_opa_is_stopped_and_goes_on(settings_of, bundle_file):
    """Slow beyond the limit: no answer. Once it goes on, answers again, without a restart."""
    with opa_server.running("--bundle", bundle_file) as (url, pid):
        async with serving(settings_of(opa_url=url, policy_timeout=0.5)) as client:
            assert (await client.post("/v1/decisions", json=PERMITTED)).json()["permitted"]
            asked = {**PERMITTED, "on": "2025-11-21"}  # not remembered
            pause([pid])
            try:
                started = time.monotonic()
                answer = await client.post("/v1/decisions", json=asked)
                problem(answer, 503, "policy_timeout")
                assert time.monotonic() - started < 2
                await not_ready(client, "policy")
            finally:
                resume([pid])
            answer = (await client.post("/v1/decisions", json=asked)).json()
            assert (answer["permitted"], answer["engine"]["name"]) == (True, "opa")
            assert (await client.get("/health/ready")).status_code == 200


async def test_both_engines_answer_alike(settings_of, bundle_file):
    own = ("decision_id", "receipt", "engine")
    answers = []
    with opa_server.serving("--bundle", bundle_file) as url:
        for opa_url in (None, url):
            async with serving(settings_of(opa_url=opa_url)) as client:
                answer = (await client.post("/v1/decisions", json=DENIED)).json()
                answers.append({name: answer[name] for name in answer if name not in own})
    assert answers[0] == answers[1]


async def test_the_log_is_locked(settings_of, tmp_path):
    async with serving(settings_of()) as client:
        with sqlite3.connect(tmp_path / "mayuse.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            answers = await asyncio.gather(
                *(client.post("/v1/decisions", json=PERMITTED) for _ in range(5))
            )
            other.execute("ROLLBACK")
        other.close()
        for answer in answers:
            assert "decision_id" not in problem(answer, 503, "log_unavailable")
        assert (await client.get("/v1/decisions")).json()["decisions"] == []
        answer = await client.post("/v1/decisions", json=PERMITTED)
        assert answer.json()["permitted"]


async def test_the_log_is_gone(settings_of, tmp_path):
    async with serving(settings_of()) as client:
        for file in tmp_path.glob("mayuse.db*"):
            file.unlink()
        problem(await client.post("/v1/decisions", json=PERMITTED), 503, "choices_unavailable")
        unnamed = {**PERMITTED, "data_subject": {"jurisdiction": "US-CA"}}
        problem(await client.post("/v1/decisions", json=unnamed), 503, "log_unavailable")
        await not_ready(client, "log")
