"""`/metrics` says what happened: decisions, memo, log, requests. No value of a caller is in it."""

from __future__ import annotations

import pytest
from api_app import serving
from http_asking import DENIED, PERMITTED, problem
from prometheus_client.parser import text_string_to_metric_families

from mayuse.api.turns import BESIDE
from opa_server import free_port

pytestmark = pytest.mark.asyncio(loop_scope="module")

CANARY = "canary-a81f"


def samples(text):
    """Every number by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def read(client):
    answer = await client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return samples(answer.text)


def grown(before, after, name, **labels):
    key = (name, tuple(sorted(labels.items())))
    return after.get(key, 0) - before.get(key, 0)


async def test_a_decision_is_counted_once_by_effect_and_engine(client):
    before = await read(client)
    for question in (DENIED, PERMITTED, DENIED):
        await client.post("/v1/decisions", json=question)
    after = await read(client)
    counted = {
        effect: grown(before, after, "mayuse_decisions_total", effect=effect, engine="embedded")
        for effect in ("permit", "deny", "indeterminate")
    }
    assert counted == {"permit": 1, "deny": 2, "indeterminate": 0}
    assert grown(before, after, "mayuse_memo_lookups_total", result="miss") == 2
    assert grown(before, after, "mayuse_memo_lookups_total", result="hit") == 1
    assert grown(before, after, "mayuse_evaluation_seconds_count", engine="embedded") == 2
    assert grown(before, after, "mayuse_evaluated_facts_total", engine="embedded") == 2
    assert grown(before, after, "mayuse_log_commit_entries_sum") == 3
    assert grown(before, after, "mayuse_log_commit_seconds_count") == 3
    assert after["mayuse_log_queue_entries", ()] == 0
    assert after["mayuse_log_unsealed_entries", ()] == 0
    labels = {"method": "POST", "route": "/v1/decisions", "status": "200"}
    assert grown(before, after, "mayuse_http_request_seconds_count", **labels) == 3


async def test_a_retry_that_hears_the_first_answer_is_no_second_decision(client):
    before = await read(client)
    for _ in range(3):
        headers = {"Idempotency-Key": "metrics-once"}
        await client.post("/v1/decisions", json=DENIED, headers=headers)
    after = await read(client)
    assert grown(before, after, "mayuse_decisions_total", effect="deny", engine="embedded") == 1


async def test_a_batch_is_one_commit_of_many_entries(client):
    before = await read(client)
    await client.post("/v1/decisions:batch", json={"items": [DENIED] * BESIDE})
    after = await read(client)
    told = {"effect": "deny", "engine": "embedded"}
    assert grown(before, after, "mayuse_decisions_total", **told) == BESIDE
    assert grown(before, after, "mayuse_log_commit_seconds_count") == 1


async def test_the_bundle_is_told_with_its_age(client):
    found = await read(client)
    opened = (await client.get("/v1/vocabulary")).json()["policy"]
    labels = (("digest", opened["digest"]), ("engine", "embedded"), ("version", opened["version"]))
    assert found["mayuse_bundle_workers", labels] == 1
    activated = found["mayuse_bundle_activated_timestamp_seconds", (("digest", opened["digest"]),)]
    assert activated > 1.7e9


async def test_labels_are_bounded_whatever_callers_send(client):
    await client.get(f"/{CANARY}", params={CANARY: CANARY}, headers={"User-Agent": CANARY})
    await client.request("MADEUP", "/v1/decisions")
    subject = {**DENIED, "data_subject": {"id": CANARY}}
    await client.post("/v1/decisions", json=subject)
    await client.get(f"/v1/data-subjects/{CANARY}/decisions")
    text = (await client.get("/metrics")).text
    assert CANARY not in text
    assert 'method="other",route="/v1/decisions",status="405"' in text
    assert 'route="none",status="404"' in text
    assert "MADEUP" not in text


async def test_openmetrics_where_it_is_preferred(client):
    plain = await client.get("/metrics")
    assert plain.headers["content-type"].startswith("text/plain; version=")
    asked = {"Accept": "application/openmetrics-text; version=1.0.0"}
    preferred = await client.get("/metrics", headers=asked)
    assert preferred.headers["content-type"].startswith("application/openmetrics-text")
    assert preferred.text.endswith("# EOF\n")
    assert preferred.headers["vary"] == "Accept"
    problem(await client.get("/metrics?name=x"), 400, "invalid_parameter")


async def test_a_policy_that_cannot_be_asked_is_counted_by_code(tmp_path, settings):
    lonely = settings.model_copy(
        update={
            "opa_url": f"http://127.0.0.1:{free_port()}",
            "database_url": f"sqlite:///{tmp_path}/mayuse.db",
            "keys_dir": tmp_path / "keys",
        }
    )
    async with serving(lonely) as client:
        before = await read(client)
        problem(await client.post("/v1/decisions", json=DENIED), 503, "policy_unavailable")
        after = await read(client)
    labels = {"engine": "opa", "code": "policy_unavailable"}
    assert grown(before, after, "mayuse_policy_faults_total", **labels) == 1
    assert grown(before, after, "mayuse_decisions_total", effect="indeterminate", engine="opa") == 1
