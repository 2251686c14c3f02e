"""Single logged decisions per second over HTTP: mayuse beside OPA, on the same bundle.

`python bench/decisions.py [--seconds 5] [--rounds 3]`, from the repository's top folder.

- mayuse: uvicorn, one process, embedded engine, SQLite. A decision is committed and synced to the
  disk before the answer leaves, with act, provision and sentence of each reason in the answer.
- OPA: `opa run --server` with its decision log on the console, which goes to a file. It is not
  synced, and the answer holds ids alone.

Each is measured in turn, never both at once, on this machine's loopback; the client takes its
share of the processor. `cpu ms` is the server's own processor time for each decision (Linux only).
`fresh`: no question twice. `usual`: 1,000 different questions, the frequent ones far more often,
as it is with few states, purposes and settings. Trust the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "bench"), str(ROOT / "tests")]

import load  # noqa: E402 - beside this file

from mayuse import bundle, opa_binary  # noqa: E402
from mayuse.question import Facts  # noqa: E402
from mayuse.vocabulary import Vocabulary  # noqa: E402
from opa_server import free_port  # noqa: E402 - the tests' own
from sampler import Sampler, asked  # noqa: E402 - likewise

SEED = 11
CONNECTIONS = (16, 64)
MIXES = ("fresh", "usual")
DIFFERENT = 1_000
TOLD = (0.5, 0.99)
"""Shares of answers whose latency is told."""

START = 60.0


@dataclass(frozen=True)
class Peer:
    """A server to measure."""

    name: str
    path: str
    body: Callable[[Facts], bytes]
    expect: bytes
    command: Callable[[int, Path], Sequence[str]]


PEERS = (
    Peer(
        "mayuse",
        "/v1/decisions",
        lambda facts: json.dumps(asked(facts)).encode(),
        b'"leaf_hash"',
        lambda port, _folder: [sys.executable, "-m", "mayuse", "serve", "--port", str(port)],
    ),
    Peer(
        "opa",
        "/v1/data/mayuse/main/decision",
        lambda facts: json.dumps({"input": facts.as_input()}).encode(),
        b'"result"',
        lambda port, folder: [
            *(str(opa_binary.find()), "run", "--server", f"--addr=127.0.0.1:{port}"),
            *("--set", "decision_logs.console=true", "--skip-version-check"),
            *("--bundle", str(folder / "mayuse.tar.gz")),
        ],
    ),
)


def stream(peer: Peer, mix: str, port: int, seed: int) -> Iterator[bytes]:
    """Requests without end."""
    active = bundle.packaged()
    sampler = Sampler(Vocabulary.from_facts(active.facts), active.facts, seed)
    fresh = (load.request(port, peer.path, peer.body(sampler.draw())) for _ in itertools.count())
    if mix == "fresh":
        yield from fresh
    known = list(itertools.islice(fresh, DIFFERENT))
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    weights = list(itertools.accumulate(1 / rank for rank in range(1, DIFFERENT + 1)))
    while True:
        yield from chance.choices(known, cum_weights=weights, k=1_000)


@contextlib.contextmanager
def serving(peer: Peer) -> Iterator[tuple[int, int]]:
    """The peer on a free port, in an empty folder, warmed up by nobody: port and process id."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="mayuse-bench-") as name:
        folder = Path(name)
        (folder / "mayuse.tar.gz").write_bytes(bundle.packaged().raw)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MAYUSE_")}
        environment["PYTHONPATH"] = str(ROOT / "service")
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                peer.command(port, folder),
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            _wait(port, process, folder / "log")
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(START)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        for path in ("/health", "/health/ready"):
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
                return
        time.sleep(0.1)
    raise RuntimeError(log.read_text()[-2000:])


def measure(peer: Peer, mix: str, connections: int, seconds: float, seed: int) -> load.Measured:
    """One run against a server that was just started."""
    with serving(peer) as (port, pid):
        requests = stream(peer, mix, port, seed)
        asyncio.run(load.run(port, requests, connections=2, seconds=1, expect=peer.expect))
        # Prepared, so that the client's own work stays small while it measures.
        ready = iter(list(itertools.islice(requests, round(seconds * 8_000))))
        before = processor_seconds(pid)
        measured = asyncio.run(
            load.run(port, ready, connections=connections, seconds=seconds, expect=peer.expect)
        )
        measured.processor = processor_seconds(pid) - before
        return measured


def processor_seconds(pid: int) -> float:
    """Processor time a process has used so far, all threads; 0 where /proc does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.is_file():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def compare(mix: str, connections: int, seconds: float, rounds: int) -> None:
    """Measure the peers in alternation and print the medians, and their ratio."""
    runs: dict[str, list[load.Measured]] = {peer.name: [] for peer in PEERS}
    for round_, peer in itertools.product(range(rounds), PEERS):
        runs[peer.name].append(measure(peer, mix, connections, seconds, SEED + round_))
    for name, found in runs.items():
        print_row(
            *(mix, connections, name, f"{rate(found):.0f}"),
            *(f"{median(run.percentile(share) * 1000 for run in found):.1f}" for share in TOLD),
            f"{median(run.processor / max(len(run.latencies), 1) for run in found) * 1000:.2f}",
            sum(run.failures for run in found),
        )
        for failure in {run.failure for run in found} - {""}:
            print(failure, file=sys.stderr)
    print(f"{'':28}mayuse : opa = {rate(runs['mayuse']) / rate(runs['opa']):.2f}", flush=True)


def rate(runs: Sequence[load.Measured]) -> float:
    """The median of the runs' rates."""
    return median(run.rate for run in runs)


def print_row(*cells: object) -> None:
    """One line of the table."""
    widths = (7, 11, 8, 8, 8, 8, 8, 8)
    print(" ".join(f"{cell!s:>{width}}" for cell, width in zip(cells, widths, strict=True)))


def main() -> None:
    """Measure all and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{bundle.packaged().digest}, OPA {opa_binary.VERSION}, {os.cpu_count()} cores")
    print_row("mix", "connections", "peer", "per s", "p50 ms", "p99 ms", "cpu ms", "failed")
    for mix, connections in itertools.product(MIXES, CONNECTIONS):
        compare(mix, connections, arguments.seconds, arguments.rounds)


if __name__ == "__main__":
    main()
