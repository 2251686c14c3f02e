"""A long batch of lines, and single questions beside it.

`python bench/batch.py [--items 100000] [--workers 1]`, from the repository's top folder. Starts the
service on a fresh SQLite log, asks single questions for a while, then goes on asking while one
caller streams the batch both ways, and once more for a while afterwards. Prints items a second,
the service's greatest memory, and the singles' p99 with and without the batch. Trust the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable
from http import HTTPStatus
from pathlib import Path
from statistics import quantiles

import httpx

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests")]

import sampler  # noqa: E402 - beside the tests
from mayuse import bundle  # noqa: E402
from mayuse.vocabulary import Vocabulary  # noqa: E402
from mayuse_server import Server  # noqa: E402

SEED = 17
DIFFERENT = 5_000
SINGLES = 4
PAUSE = 0.02
"""Seconds a caller of single questions waits between two."""

ALONE = 10.0


async def singles(
    client: httpx.AsyncClient, asked: list[bytes], stop: asyncio.Event
) -> list[float]:
    """Ask single questions until told to stop; the milliseconds each took."""
    took: list[float] = []

    async def caller(number: int) -> None:
        while not stop.is_set():
            number += SINGLES
            started = time.perf_counter()
            answer = await client.post("/v1/decisions", content=asked[number % len(asked)])
            took.append((time.perf_counter() - started) * 1e3)
            if answer.status_code != HTTPStatus.OK:
                raise RuntimeError(answer.text)
            await asyncio.sleep(PAUSE)

    await asyncio.gather(*(caller(number) for number in range(SINGLES)))
    return took


async def batch(client: httpx.AsyncClient, asked: list[bytes], items: int) -> dict[str, int]:
    """Stream the batch both ways; its summary."""

    async def lines() -> AsyncIterator[bytes]:
        for start in range(0, items, 100):
            some = (asked[number % len(asked)] for number in range(start, min(start + 100, items)))
            yield b"".join(line + b"\n" for line in some)

    last, count = "", 0
    headers = {"content-type": "application/x-ndjson", "accept": "application/x-ndjson"}
    async with client.stream(
        "POST", "/v1/decisions:batch", content=lines(), headers=headers
    ) as answer:
        async for line in answer.aiter_lines():
            last, count = line, count + 1
    if count != items + 1:
        raise RuntimeError(f"{count} lines for {items} items")
    summary: dict[str, int] = json.loads(last)
    return summary


def p99(took: list[float]) -> float:
    """What 99 of 100 took at most."""
    return quantiles(took, n=100)[98]


def peak_mebibytes(pids: list[int]) -> float:
    """The most memory the processes ever had together."""
    peak = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                peak += int(line.split()[1])
    return peak / 1024


async def measure(url: str, pids: list[int], items: int) -> None:
    """Singles alone, then beside the batch."""
    active = bundle.packaged()
    drawing = sampler.Sampler(Vocabulary.from_facts(active.facts), active.facts, SEED)
    asked = [json.dumps(sampler.asked(drawing.draw())).encode() for _ in range(DIFFERENT)]
    headers = {"content-type": "application/json"}
    async with httpx.AsyncClient(
        base_url=url, timeout=600, trust_env=False, headers=headers
    ) as client:
        alone = await _while(client, asked, asyncio.sleep(ALONE))
        before = peak_mebibytes(pids)
        started = time.perf_counter()
        summary: dict[str, int] = {}

        async def stream() -> None:
            summary.update(await batch(client, asked, items))

        beside = await _while(client, asked, stream())
        took = time.perf_counter() - started
        after = await _while(client, asked, asyncio.sleep(ALONE))
    print(
        f"{items} items: {items / took:.0f} a second, summary {summary}\n"
        f"memory at most {peak_mebibytes(pids):.0f} MiB, {before:.0f} before the batch\n"
        f"single questions: p99 {p99(alone):.1f} ms alone ({len(alone)}), {p99(beside):.1f} ms "
        f"beside it ({len(beside)}), ratio {p99(beside) / p99(alone):.2f}; alone again, in the "
        f"larger log, {p99(after):.1f} ms ({len(after)}), ratio {p99(beside) / p99(after):.2f}"
    )


async def _while(
    client: httpx.AsyncClient, asked: list[bytes], doing: Awaitable[None]
) -> list[float]:
    stop = asyncio.Event()
    asking = asyncio.create_task(singles(client, asked, stop))
    await doing
    stop.set()
    return await asking


def main() -> None:
    """Read the arguments, start the service, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        server = Server(
            Path(folder),
            *("--workers", str(given.workers)),
            MAYUSE_LOG_LEVEL="error",
            MAYUSE_DATABASE_URL=f"sqlite:///{folder}/mayuse.db",
        )
        stack.enter_context(server)
        pids = server.workers() or [server.process.pid]
        asyncio.run(measure(server.url, pids, given.items))


if __name__ == "__main__":
    main()
