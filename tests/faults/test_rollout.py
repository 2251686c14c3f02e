"""The policy is changed back and forth while questions come in, and while the service is killed.

Every answer is what the bundle it names says, whole; and what was ordered and told is what decides.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import judging
import pytest

import policy_versions
from databases import Database
from mayuse import bundle
from mayuse.bundle import Bundle
from mayuse.store.session import Location
from mayuse.store.whole_log import verify_stored
from mayuse_server import Server
from opa_server import free_port, running

QUESTIONS = 200
CALLERS = 4
BATCH = 20
SWAPS = 4
SECONDS = 2.0
"""Between two swaps."""

KILLS = 4
REFUSALS = {"stale_policy", "policy_unavailable", "policy_timeout"}


@dataclass
class Heard:
    """What the callers were told."""

    right: Counter[str] = field(default_factory=Counter)
    """By the digest each answer names."""

    refused: int = 0
    """No answer: OPA has another bundle than the service, or none yet, or is slow."""

    wrong: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def versions(tmp_path_factory) -> tuple[Bundle, Bundle]:
    """Another bundle and the packaged one; many answers tell them apart."""
    root = Path(__file__).resolve().parents[2]
    folder = tmp_path_factory.mktemp("versions")
    other = policy_versions.renamed(root / "policies", folder, reason="no_legal_basis")
    return other, bundle.packaged()


def environment(database: Database, **more: str) -> dict[str, str]:
    return {
        "MAYUSE_DATABASE_URL": database.url,
        "MAYUSE_KEYS_DIR": str(database.keys_dir),
        "MAYUSE_LOG_LEVEL": "error",
        **more,
    }


def decided_by_both(database: Database, folder: Path, other: Bundle) -> None:
    """Both have decided once, so that a roll-back to either examines nothing and is quick."""
    file = folder / "other.tar.gz"
    file.write_bytes(other.raw)
    with Server(folder, **environment(database, MAYUSE_BUNDLE=str(file))):
        pass


@contextlib.contextmanager
def pulling_opa(folder: Path, port: int, service: int) -> Iterator[None]:
    """A real OPA that pulls its bundle from the service, once a second."""
    polling = {"min_delay_seconds": 1, "max_delay_seconds": 1}
    bundles = {"service": "mayuse", "resource": "/opa/bundles/mayuse.tar.gz", "polling": polling}
    config = folder / "opa.json"
    services = {"mayuse": {"url": f"http://127.0.0.1:{service}"}}
    config.write_text(json.dumps({"services": services, "bundles": {"mayuse": bundles}}))
    with running("--config-file", config, port=port):
        yield


async def roll_back(client: httpx.AsyncClient, to: Bundle) -> httpx.Response:
    order = {"reason": "a test of roll-outs", "to": to.digest}
    return await client.post("/v1/policies:rollback", json=order)


async def ask_until(
    stop: asyncio.Event, client: httpx.AsyncClient, versions: tuple[Bundle, Bundle], heard: Heard
) -> None:
    """Single questions and batches, each answer compared with the bundle it names."""
    asked = await judging.questions(bundle.packaged(), QUESTIONS)
    right = {it.digest: await judging.answers(it, asked) for it in versions}
    one, other = right.values()
    assert sum(a != b for a, b in zip(one, other, strict=True)) > QUESTIONS / 20

    def take(number: int, said: dict) -> None:
        if said.get("code") in REFUSALS or said.get("effect") == "indeterminate":
            heard.refused += 1
        elif "policy" in said and judging.heard(said) == right[said["policy"]["digest"]][number]:
            heard.right[said["policy"]["digest"]] += 1
        else:
            heard.wrong.append(f"{said} to {asked[number]}")

    async def caller(number: int) -> None:
        while not stop.is_set():
            number = (number + 7) % QUESTIONS
            if number % 2:
                answer = await client.post("/v1/decisions", json=asked[number])
                take(number, answer.json())
                continue
            numbers = [(number + more) % QUESTIONS for more in range(BATCH)]
            items = {"items": [asked[it] for it in numbers]}
            answer = await client.post("/v1/decisions:batch", json=items)
            for it, said in zip(numbers, answer.json()["items"], strict=True):
                take(it, said)

    await asyncio.gather(*(caller(number * 11) for number in range(CALLERS)))


@pytest.mark.parametrize("engine", ["embedded", "opa"])
async def test_no_answer_mixes_two_bundles(database, tmp_path, versions, engine, figure):
    other, packaged = versions
    await asyncio.to_thread(decided_by_both, database, tmp_path, other)
    port, opa_port = free_port(), free_port()
    opa = {"MAYUSE_OPA_URL": f"http://127.0.0.1:{opa_port}"} if engine == "opa" else {}
    started = Server(
        *(tmp_path, "--workers", "1" if opa else "2"),
        **environment(database, **opa),
        port=port,
        ready=not opa,
    )
    heard, stop = Heard(), asyncio.Event()
    with contextlib.ExitStack() as stack:
        server = await asyncio.to_thread(stack.enter_context, started)
        if opa:
            await asyncio.to_thread(stack.enter_context, pulling_opa(tmp_path, opa_port, port))
        async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False) as client:
            asking = asyncio.create_task(ask_until(stop, client, versions, heard))
            for swap in range(SWAPS):
                # Under each bundle some answers are heard before the next one is ordered.
                deciding = versions[(swap + 1) % 2].digest
                before = heard.right[deciding]
                async with asyncio.timeout(120):
                    while heard.right[deciding] <= before and not asking.done():  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
                await asyncio.sleep(SECONDS)
                told = await roll_back(client, versions[swap % 2])
                assert told.status_code == 200, told.text
            await asyncio.sleep(SECONDS)
            stop.set()
            await asking
    figure(
        f"{database.dialect}, {engine}: {SWAPS} roll-backs under load, right answers "
        f"{heard.right[other.digest]} and {heard.right[packaged.digest]}, "
        f"refused {heard.refused}, wrong = {len(heard.wrong)}"
    )
    assert not heard.wrong, heard.wrong[:3]
    assert engine == "opa" or not heard.refused


async def test_an_order_is_carried_out_wholly_or_not_at_all(database, tmp_path, versions, figure):
    """Killed at any moment around an order: what was told holds, and the log agrees with it."""
    await asyncio.to_thread(decided_by_both, database, tmp_path, versions[0])
    chance = random.Random(7)  # noqa: S311 - moments, not secrets
    deciding, carried_out = versions[1].digest, 0
    for kill in range(KILLS):
        server = Server(tmp_path, **environment(database))
        await asyncio.to_thread(server.__enter__)
        async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False) as client:
            assert (await client.get("/v1/policies")).json()["active"]["digest"] == deciding
            to = next(it for it in versions if it.digest != deciding)
            order = asyncio.create_task(roll_back(client, to))
            await asyncio.sleep(chance.uniform(0.0, 0.6) if kill else 0.0)
            server.process.kill()
            server.process.wait()
            told = (await asyncio.gather(order, return_exceptions=True))[0]
        again = Server(tmp_path, **environment(database))
        await asyncio.to_thread(again.__enter__)
        async with httpx.AsyncClient(base_url=again.url, timeout=60, trust_env=False) as client:
            deciding = (await client.get("/v1/policies")).json()["active"]["digest"]
            newest = (await client.get("/v1/policies:activations")).json()["activations"][0]
        await asyncio.to_thread(again.__exit__)
        assert newest["policy"]["digest"] == deciding
        assert deciding in {it.digest for it in versions}
        if isinstance(told, httpx.Response) and told.status_code == 200:
            assert deciding == to.digest
        carried_out += deciding == to.digest
    found = await verify_stored(Location.from_url(database.url))
    figure(f"{database.dialect}: killed around an order {KILLS} times, carried out {carried_out}")
    assert found.ok
