"""OPA killed, paused, slowed, or restarted with another bundle, while questions come in.

The service never gives an answer that the active bundle did not give: the embedded engine, asked
the same, is what every answer is compared with. All else is 503, and says why.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx
import judging
import pytest

from mayuse import bundle, opa_binary
from mayuse_server import Server
from opa_server import free_port, running
from pausing import pause, resume

QUESTIONS = 400
CALLERS = 8
SECONDS = 1.5
OF_THE_POLICY = {"policy_unavailable", "policy_timeout", "stale_policy", "undefined"}

ALWAYS_YES = """
package mayuse.main

says := {
	"law/us/baseline": {"permits": [{
		"reason": "no_state_act", "act": "us-ftc-act", "cites": ["us-ftc-act-5"],
	}]},
	"terms/linkedin/service": {"permits": [{
		"reason": "part_of_the_service", "act": "linkedin-pp-2025-11-03",
		"cites": ["linkedin-pp-2025-11-03-2"],
	}]},
}

decision := says

batch := {index: says | some index, _ in input.items}
"""
"""A policy that permits everything, in words the active bundle knows."""


@dataclass
class Heard:
    """What the callers were told."""

    asked: int = 0
    right: int = 0
    permitted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    more: asyncio.Event = field(default_factory=asyncio.Event)


class SlowProxy:
    """Stands between the service and OPA; passes answers on after `delay` seconds."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.delay = 0.0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            from_opa, to_opa = await asyncio.open_connection("127.0.0.1", self.target)
            await asyncio.gather(self._pass(reader, to_opa, 0), self._pass(from_opa, writer, 1))
        writer.close()

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, slowed: int
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65536):
                await asyncio.sleep(self.delay * slowed)
                sink.write(data)
        sink.close()


@pytest.fixture(scope="module")
def wrong_bundle(tmp_path_factory) -> Path:
    """A bundle of the policy that permits everything, under a digest of its own."""
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "main.rego").write_text(ALWAYS_YES)
    (folder / ".manifest").write_text(
        json.dumps({"roots": ["mayuse"], "rego_version": 1, "revision": f"sha256:{'0' * 64}"})
    )
    out = tmp_path_factory.mktemp("built") / "wrong.tar.gz"
    subprocess.run([opa_binary.find(), "build", "-b", ".", "-o", out], cwd=folder, check=True)
    return out


@contextlib.asynccontextmanager
async def loaded(url: str, heard: Heard) -> AsyncIterator[None]:
    """Callers that go on asking while the block runs."""
    asked = await judging.questions(bundle.packaged(), QUESTIONS)
    known = list(zip(asked, await judging.answers(bundle.packaged(), asked), strict=True))
    stop = asyncio.Event()

    async def caller(client: httpx.AsyncClient, number: int) -> None:
        while not stop.is_set():
            asked, right = known[number % len(known)]
            number += 7
            heard.asked += 1
            answer = await client.post("/v1/decisions", json=asked)
            take(answer.json(), answer.status_code, right)

    def take(said: dict, status: int, right: str) -> None:
        if status == 503 and said["code"] in OF_THE_POLICY:
            heard.refused[said["code"]] += 1
            return
        heard.permitted += said.get("permitted", False)
        if status == 200 and judging.heard(said) == right:
            heard.right += 1
            heard.more.set()
        else:
            heard.wrong.append(f"{status} {said}: expected {right}")

    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as client:
        tasks = [asyncio.create_task(caller(client, number)) for number in range(CALLERS)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)


async def test_no_answer_but_the_active_bundle_s(tmp_path, wrong_bundle, figure):
    heard, port = Heard(), free_port()
    right_bundle = tmp_path / "mayuse.tar.gz"
    right_bundle.write_bytes(bundle.packaged().raw)
    async with SlowProxy(port) as proxy:
        environment = {
            "MAYUSE_OPA_URL": proxy.url,
            "MAYUSE_MEMO_SIZE": "0",
            "MAYUSE_POLICY_TIMEOUT": "1",
            "MAYUSE_DATABASE_URL": f"sqlite:///{tmp_path}/mayuse.db",
            "MAYUSE_LOG_LEVEL": "error",
        }
        server = Server(tmp_path, ready=False, **environment)
        await asyncio.to_thread(server.__enter__)
        try:
            async with loaded(server.url, heard):
                await asyncio.sleep(SECONDS)  # nobody is there yet
                with running("--bundle", right_bundle, port=port) as (_, pid):
                    await until_right(heard)
                    pause([pid])
                    await asyncio.sleep(SECONDS + 1)
                    resume([pid])
                    await until_right(heard)
                    proxy.delay = 1.5
                    await asyncio.sleep(SECONDS + 1)
                    proxy.delay = 0.0
                    await until_right(heard)
                before = heard.refused["stale_policy"]
                with running("--bundle", wrong_bundle, port=port):
                    await asyncio.sleep(SECONDS)
                assert heard.refused["stale_policy"] > before
                with running("--bundle", right_bundle, port=port):
                    await until_right(heard)
        finally:
            await asyncio.to_thread(server.__exit__)
    figure(
        f"OPA gone, paused, slowed and replaced under load: {heard.asked} asked, "
        f"{heard.right} right ({heard.permitted} permitted), 503: {dict(heard.refused)}, "
        f"wrong = {len(heard.wrong)}"
    )
    assert heard.wrong == []
    assert heard.permitted > 0
    assert {"policy_unavailable", "policy_timeout", "stale_policy"} <= heard.refused.keys()


async def until_right(heard: Heard, more: int = 50) -> None:
    """Wait until so many more were answered."""
    wanted = heard.right + more
    async with asyncio.timeout(60):
        while heard.right < wanted:
            heard.more.clear()
            await heard.more.wait()
