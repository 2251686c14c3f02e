"""A writer that is killed, or whose disk fails, at its k-th system call of a kind: for each k.

The calls are those that make data durable. strace does it; each thread of the writer counts its
own calls. After each fault the one checker looks, then the log is written on and checked again.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from checker import check
from doors import PATH

import drafts
from databases import Database
from mayuse.answer import Receipt
from mayuse.decision_log.opening import open_log

CALLS = ("pwrite64", "fdatasync", "fsync", "ftruncate", "rename", "link", "unlink")
"""What SQLite and the key files do to their disk."""

STRACE = shutil.which("strace")
MAY_SKIP = STRACE is None and "CI" not in os.environ
"""At a desk without strace its tests are skipped; in CI they fail."""


@dataclass
class Tried:
    """How often a fault was made, and what it did."""

    points: int = 0
    per_call: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    violations: list[str] = field(default_factory=list)


class Nursery:
    """Forks writers."""

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(Path(__file__).with_name("nursery.py"))),
            env={**os.environ, "PYTHONPATH": PATH},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._process.stdin.close()
        await self._process.wait()

    async def run(self, database: Database, acks: Path, *tracing: str, weak: str = "") -> bool:
        """A writer under strace; whether a fault was injected into it."""
        asked = {
            "url": database.url,
            "keys": str(database.keys_dir),
            "acks": str(acks),
            "synchronous": weak,
        }
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        pid = int(await self._process.stdout.readline())
        trace = acks.with_name("trace")
        async with asyncio.timeout(60):
            while not _stands_still(pid):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.002)
            strace = await asyncio.create_subprocess_exec(
                *(STRACE, "-f", "-p", str(pid), "-o", str(trace), *tracing),
                stderr=asyncio.subprocess.PIPE,
            )
            await strace.stderr.readline()  # "Process … attached"
            os.kill(pid, signal.SIGCONT)
            code = int(await self._process.stdout.readline())
            await strace.communicate()
        return code == -signal.SIGKILL or "(INJECTED)" in await asyncio.to_thread(trace.read_text)


def receipts(acks: Path) -> dict[str, Receipt]:
    """What the writer was given, as far as it got."""
    told = {}
    if acks.exists():
        for line in acks.read_text().splitlines():
            said = json.loads(line)
            decision = said.pop("id")
            told[decision] = Receipt(**said)
    return told


async def fail_at_each(folder: Path, fault: str, *, step: int, first_start: bool) -> Tried:
    """Make the fault (`signal=KILL`, `error=EIO`, …) at every call; of writes, each `step`-th.

    With `first_start` the writer makes database, tables and keys as well; else it goes on.
    """
    tried = Tried()
    if not first_start:
        await _prepare(folder / "base")
    async with Nursery() as nursery:
        for call in CALLS:
            number = 1
            while await _try(nursery, _fresh(folder), (call, number, fault), tried):
                number += step if call == "pwrite64" else 1
    return tried


async def _try(
    nursery: Nursery, database: Database, at: tuple[str, int, str], tried: Tried
) -> bool:
    """One fault; whether it came about, that is, whether there was such a call at all."""
    call, number, fault = at
    acks = database.keys_dir.with_name("acks")
    inject = f"inject={call}:{fault}:when={number}"
    happened = await nursery.run(database, acks, "-e", f"trace={call}", "-e", inject)
    if happened:
        tried.points += 1
        tried.per_call[call] += 1
    told = receipts(acks)
    tried.answered += len(told)
    faults = (await check(database, told)).faults if told else {}
    log = await open_log(database.url, database.keys_dir)
    made = await drafts.drafts(*drafts.many(3))
    given = await log.append(made)
    told |= {draft.id: receipt for draft, receipt in zip(made, given, strict=True)}
    await log.close()
    faults |= (await check(database, told)).faults
    if faults:
        tried.violations.append(f"{call} {number} {fault}: {faults}")
    return happened


async def _prepare(base: Path) -> None:
    """A log that has been written to."""
    log = await open_log(f"sqlite:///{base}/mayuse.db", base / "keys")
    await log.append(await drafts.drafts(*drafts.many(300)))
    await log.close()


def _fresh(folder: Path) -> Database:
    """A place in which nothing is left of the last fault."""
    place, base = folder / "one", folder / "base"
    shutil.rmtree(place, ignore_errors=True)
    if base.exists():
        shutil.copytree(base, place)
    else:
        place.mkdir()
    return Database(f"sqlite:///{place}/mayuse.db", place / "keys")


def _stands_still(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
