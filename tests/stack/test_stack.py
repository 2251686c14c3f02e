"""The stack of docker-compose.yml end to end, without docker: real PostgreSQL, OPA and uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from mayuse import bundle
from opa_server import free_port
from stack import PATIENCE, Stack, running

QUESTION = {
    "recipient": "microsoft",
    "purpose": "ads_personalised",
    "data": ["profile", "feed_activity"],
    "data_subject": {"id": "member-7", "jurisdiction": "US-CA", "age": 34},
    "on": "2025-11-20",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.fixture
def service(stack: Stack) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {stack.key}"}
    with httpx.Client(base_url=stack.service, headers=headers, timeout=PATIENCE) as client:
        yield client


def decided(service: httpx.Client, **changes: object) -> dict[str, Any]:
    reply = service.post("/v1/decisions", json={**QUESTION, **changes})
    assert reply.status_code == 200, reply.text
    body: dict[str, Any] = reply.json()
    return body


async def recorded(database: str) -> list[bytes]:
    connection = await asyncpg.connect(database)
    try:
        return [
            bytes(row["record"])
            for row in await connection.fetch("SELECT record FROM decision WHERE kind = 0")
        ]
    finally:
        await connection.close()


def test_a_question_is_answered_by_opa_and_recorded_in_postgresql(
    service: httpx.Client, stack: Stack
) -> None:
    permitted = decided(service)
    denied = decided(service, signals={"gpc": True})
    assert (permitted["effect"], denied["effect"]) == ("permit", "deny")
    assert permitted["engine"]["name"] == "opa"
    assert permitted["policy"]["digest"] == bundle.packaged().digest
    again = service.get(f"/v1/decisions/{denied['decision_id']}").json()
    assert (again["decision_id"], again["effect"]) == (denied["decision_id"], "deny")
    records = asyncio.run(recorded(stack.database))
    ids = {json.loads(record)["id"] for record in records}
    assert {permitted["decision_id"], denied["decision_id"]} <= ids
    assert not [record for record in records if b"member-7" in record]


def test_only_callers_with_a_key_are_answered(stack: Stack) -> None:
    for path in ("/opa/bundles/mayuse.tar.gz", "/v1/decisions"):
        assert httpx.get(f"{stack.service}{path}", timeout=PATIENCE).status_code == 401


def test_opa_is_told_when_it_has_the_active_bundle(service: httpx.Client) -> None:
    first = service.get("/opa/bundles/mayuse.tar.gz")
    assert first.headers["content-type"] == "application/gzip"
    assert bundle.read(first.content).digest == bundle.packaged().digest
    etag = first.headers["etag"]
    again = service.get("/opa/bundles/mayuse.tar.gz", headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)


def test_opa_answers_decisions_and_health_and_nothing_else(stack: Stack) -> None:
    with httpx.Client(base_url=stack.opa, timeout=PATIENCE) as opa:
        assert opa.get("/health?bundles").status_code == 200
        assert opa.post("/v1/data/mayuse/main/decision", json={"input": {}}).status_code == 200
        for method, path in (
            ("GET", "/v1/data"),
            ("GET", "/v1/data/mayuse/main/decision"),
            ("POST", "/v1/data/mayuse/facts"),
            ("POST", "/v1/query"),
            ("POST", "/v1/compile"),
            ("GET", "/v1/policies"),
            ("PUT", "/v1/policies/x"),
            ("PUT", "/v1/data/x"),
            ("GET", "/v1/config"),
            ("GET", "/metrics"),
        ):
            assert opa.request(method, path, json={}).status_code == 401, (method, path)


def test_the_bundle_is_not_activated_anew_at_every_poll(service: httpx.Client) -> None:
    """OPA polls every 2 to 5 seconds; answers must go on, under the same digest, all the while."""
    end, digests = time.monotonic() + 6, set()
    while time.monotonic() < end:
        answer = decided(service, data="profile", on="2025-11-21")
        digests.add(answer["policy"]["digest"])
        time.sleep(0.2)
    assert digests == {bundle.packaged().digest}


def test_the_program_starts_all_three_and_stops_them(root: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, root / "tests" / "stack" / "stack.py"],
        env={**os.environ, "PORT": str(port), "PYTHONPATH": str(root / "service")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    facts = json.loads(process.stdout.readline())
    assert "Ctrl-C" in process.stdout.readline()
    assert httpx.get(f"{facts['service']}/health/ready", timeout=PATIENCE).status_code == 200
    process.send_signal(signal.SIGINT)
    assert process.stdout.read() == "stopped\n"
    assert process.wait(PATIENCE) == 0
    assert not Path(facts["logs"]).exists()
    for address in (facts["service"], facts["opa"]):
        with contextlib.suppress(httpx.ConnectError):
            httpx.get(address, timeout=5)
            pytest.fail(f"{address} still answers")
    process.stdout.close()
