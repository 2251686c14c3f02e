"""Two ways to load a log from outside: through the writer alone, and through the whole service.

Either is a process to be killed. What it answered is kept here, in another process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from databases import Database
from mayuse.answer import Receipt

ROOT = Path(__file__).resolve().parents[2]
PATH = f"{ROOT / 'service'}{os.pathsep}{ROOT / 'tests'}"
START_SECONDS = 90.0


@dataclass
class Answered:
    """Every decision that was answered, by id, with its receipt."""

    receipts: dict[str, Receipt] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    more: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def add(self, decision_id: str, receipt: Receipt) -> None:
        async with self.more:
            self.receipts[decision_id] = receipt
            self.more.notify_all()

    async def reach(self, count: int, seconds: float = 120.0) -> None:
        """Wait until so many were answered."""
        async with asyncio.timeout(seconds), self.more:
            await self.more.wait_for(lambda: len(self.receipts) >= count)


class Door:
    """A process under load. Starts on entering, and is gone on leaving."""

    def __init__(self, database: Database, answered: Answered, callers: int = 16) -> None:
        self.database = database
        self.answered = answered
        self.callers = callers
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self.process = await asyncio.create_subprocess_exec(
            *self._command(),
            env={**os.environ, "PYTHONPATH": PATH, **self._environment()},
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # signals go to all of it, whatever it runs under
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._started()
        except BaseException:
            await self.kill()
            raise
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.kill()

    async def kill(self) -> None:
        """SIGKILL, and what it had answered until then."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self._ended()

    async def stop(self) -> int:
        """SIGTERM, and its exit code."""
        os.killpg(self.process.pid, signal.SIGTERM)
        return await self._ended()

    async def _ended(self) -> int:
        code = await self.process.wait()
        await asyncio.gather(*self._tasks)
        return code

    def _command(self) -> list[str]:
        raise NotImplementedError

    def _environment(self) -> dict[str, str]:
        return {}

    async def _started(self) -> None:
        raise NotImplementedError


class Writer(Door):
    """`driver.py`: the recipe and the log, no HTTP."""

    def _command(self) -> list[str]:
        program = str(ROOT / "tests" / "faults" / "driver.py")
        where = (self.database.url, str(self.database.keys_dir))
        return [sys.executable, program, *where, str(self.callers)]

    async def _started(self) -> None:
        line = await self.process.stdout.readline()
        if line != b"ready\n":
            raise RuntimeError("the driver did not start")
        self._tasks = [asyncio.create_task(self._read())]

    async def _read(self) -> None:
        async for line in self.process.stdout:
            if line.endswith(b"\n"):  # the last one may have been cut by the kill
                said = json.loads(line)
                await self.answered.add(said.pop("id"), Receipt(**said))


class Service(Door):
    """`mayuse serve`, asked over HTTP."""

    def _command(self) -> list[str]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        return [sys.executable, "-m", "mayuse", "serve", "--port", str(self.port)]

    def _environment(self) -> dict[str, str]:
        return {
            "MAYUSE_DATABASE_URL": self.database.url,
            "MAYUSE_KEYS_DIR": str(self.database.keys_dir),
            "MAYUSE_LOG_LEVEL": "error",
        }

    async def _started(self) -> None:
        self.client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}",
            timeout=30,
            limits=httpx.Limits(max_connections=self.callers),
            trust_env=False,
        )
        while not await self._is_ready():
            if self.process.returncode is not None:
                raise RuntimeError("the service did not start")
            await asyncio.sleep(0.1)
        self._tasks = [asyncio.create_task(self._ask()) for _ in range(self.callers)]

    async def _is_ready(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return (await self.client.get("/health/ready")).status_code == 200
        return False

    async def _ask(self) -> None:
        """Ask until the connection breaks, which is how a caller sees a kill."""
        with contextlib.suppress(httpx.TransportError):
            while True:
                answer = await self.client.post("/v1/decisions", json=a_question())
                said = answer.json()
                if answer.status_code == 200:
                    await self.answered.add(said["decision_id"], receipt_of(said["receipt"]))
                else:
                    self.answered.refused[said["code"]] += 1
                    await asyncio.sleep(0.02)

    async def _ended(self) -> int:
        code = await super()._ended()
        await self.client.aclose()
        return code


def receipt_of(said: dict[str, str]) -> Receipt:
    """A receipt as the answer tells it."""
    return Receipt(said["leaf_hash"], proof=said.get("proof"), promise=said.get("promise"))


def a_question() -> dict[str, object]:
    """A well-formed question about one of many people."""
    place = secrets.choice(["US-CA", "US-VA", "DE", "FR", "GB"])
    return {
        "recipient": "microsoft",
        "purpose": secrets.choice(["ads_personalised", "train_ai_content"]),
        "data": secrets.choice(["profile", ["profile", "private_messages"]]),
        "data_subject": {
            "id": f"member-{secrets.randbelow(5000)}",
            "jurisdiction": place,
            "age": 35,
        },
        "signals": {"gpc": secrets.choice([True, False])},
        "on": "2025-11-20",
    }
