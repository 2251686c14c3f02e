"""The service keeps what its OpenAPI document promises: schemathesis, all phases, all checks.

On both databases, against the real server. A run that only collects refusals would prove nothing:
so per operation at least 20 % of the well-formed requests must be answered 2xx. The figures are
printed. `CONTRACT_EXAMPLES` and `CONTRACT_SEED` make it longer, or another one.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

import postgres
from mayuse_server import Server

HERE = Path(__file__).parent
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "20"))
SEED = os.environ.get("CONTRACT_SEED", "1")
SHARE = 0.2
NEVER = {"uploadPolicy", "removePolicy"}
"""No made-up bytes are a policy bundle, so that no candidate is there to remove; the tests of
policy orders do both."""

QUESTION = {
    "recipient": "microsoft",
    "purpose": "ads_personalised",
    "data": "profile",
    "data_subject": {"id": "member-7", "jurisdiction": "US-CA", "age": 35},
    "on": "2025-11-20",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/mayuse.db"
        return
    with postgres.running() as server:
        yield asyncio.run(server.create_database())


@pytest.fixture
def key(database_url: str) -> str:
    """An API key that may do everything; with it in the database, nobody gets in without one."""
    done = subprocess.run(
        [sys.executable, "-m", "mayuse", "keys", "create", "contract", "--scope", "admin"],
        env={**os.environ, "MAYUSE_DATABASE_URL": database_url},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def server(database_url: str, key: str, tmp_path: Path) -> Iterator[Server]:
    del key  # it is in the database
    with Server(tmp_path, MAYUSE_DATABASE_URL=database_url, MAYUSE_LOG_LEVEL="warning") as started:
        yield started


def test_the_contract_holds(
    server: Server, key: str, database_url: str, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    seed(server, key, tmp_path / "seeds.json")
    # From a file: the address a document was loaded from would not be tested itself.
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(server.get("/openapi.json")))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli"),
            *("--config-file", HERE / "schemathesis.toml"),
            *("run", document, "--url", server.url, "--no-color"),
            *("--max-examples", str(EXAMPLES), "--seed", SEED),
            *("--header", f"Authorization: Bearer {key}"),
        ],
        cwd=tmp_path,
        env={**os.environ, "CONTRACT_FOLDER": str(tmp_path), "PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        timeout=max(540, 27 * EXAMPLES),
        check=False,
    )
    calls = [json.loads(line) for line in (tmp_path / "calls.ndjson").read_text().splitlines()]
    figures = answered(calls)
    figure(told(database_url.partition(":")[0], calls, figures))
    print(done.stdout)  # noqa: T201
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    assert figures.keys() == operations(server)
    for operation, (well, total) in figures.items():
        assert total > 0, operation
        if operation in NEVER:
            continue
        assert well / total >= SHARE, f"{operation}: {well} of {total} well-formed requests"
    assert {call["phase"] for call in calls} >= {"coverage", "fuzzing", "stateful"}
    assert not [event for event in server.events() if event["level"] == "error"]


def seed(server: Server, key: str, file: Path) -> None:
    """Record a few decisions, and write down every id there is."""
    people = [f"person-{number}" for number in range(10 * EXAMPLES)]  # each can be forgotten once
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=server.url, headers=headers) as client:
        ids = [client.post("/v1/decisions", json=QUESTION).json()["decision_id"] for _ in range(5)]
        lines = [
            json.dumps({**QUESTION, "data_subject": {"id": name, "jurisdiction": "DE"}})
            for name in people  # one by one each would wait for its proof
        ]
        told = client.post(
            "/v1/decisions:batch",
            content="\n".join(lines) + "\n",
            headers={"Content-Type": "application/x-ndjson"},
            timeout=60,
        )
        assert told.text.count('"receipt"') == len(people)
        page = client.get("/v1/decisions", params={"limit": 2}).json()
        rules = client.get("/v1/rules").json()["rules"]
        policies = client.get("/v1/policies").json()["policies"]
    names = ("layer", "area", "slug")
    seeds = {
        "readDecision": [{"decision_id": identity} for identity in ids],
        "replayDecision": [{"decision_id": identity} for identity in ids],
        "proveDecision": [{"decision_id": identity} for identity in ids],
        "readLeafProof": [{"index": str(index)} for index in range(5)],
        "queries": {
            "readConsistency": [
                {"old": "0"},
                {"old": "1", "new": "1"},
                {"old": "2", "new": "5"},
            ]
        },
        "erasePerson": [{"subject": name} for name in people],
        "listDecisionsAboutPerson": [{"subject": name} for name in reversed(people)],
        "readChoices": [{"subject": name} for name in people[:5]],
        "recordChoices": [{"subject": name} for name in people[:5]],
        "listChoices": [{"subject": name} for name in people[:5]],
        "readRule": [dict(zip(names, row["rule"].split("/"), strict=True)) for row in rules],
        "readPolicy": [{"digest": row["digest"]} for row in policies],
        "downloadPolicy": [{"digest": row["digest"]} for row in policies],
        "activatePolicy": [{"digest": row["digest"]} for row in policies],
        "active": policies[0]["digest"],
        "cursor": page["next_cursor"],
    }
    file.write_text(json.dumps(seeds))


def operations(server: Server) -> set[str]:
    paths = server.get("/openapi.json")["paths"]
    return {operation["operationId"] for path in paths.values() for operation in path.values()}


def answered(calls: list[dict[str, object]]) -> dict[str, tuple[int, int]]:
    """Per operation: well-formed requests answered 2xx, and all well-formed requests."""
    well: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for call in calls:
        if call["mode"] == "positive" and call["declared"]:
            total[str(call["operation"])] += 1
            well[str(call["operation"])] += 200 <= int(str(call["status"])) < 300
    return {operation: (well[operation], total[operation]) for operation in total}


def told(database: str, calls: list[dict[str, object]], figures: dict[str, tuple[int, int]]) -> str:
    lines = [f"\n{database}: {len(calls)} requests to {len(figures)} operations, seed {SEED}"]
    lines += [
        f"  {operation:<18} {well:>4} of {total:>4} well-formed requests answered 2xx"
        for operation, (well, total) in sorted(figures.items())
    ]
    return "\n".join(lines)
