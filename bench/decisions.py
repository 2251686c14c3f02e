"""Single logged decisions per second over HTTP: mayuse beside OPA, on the same bundle.

`python bench/decisions.py [--seconds 5] [--rounds 3]`, from the repository's top folder.

- mayuse: uvicorn, one process, embedded engine, SQLite. A decision is committed and synced to the
  disk before the answer leaves, with act, provision and sentence of each reason in the answer.
- OPA: `opa run --server` with its decision log on the console, which goes to a file. It is not
  synced, and the answer holds ids alone.

Each is measured in turn, never both at once, on this machine's loopback; the client takes its
share of the processor. `fresh`: no question twice. `usual`: 1,000 different questions, the
frequent ones far more often, as it is with few states, purposes and settings. Trust the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "bench"), str(ROOT / "tests"), str(ROOT / "tests" / "engines")]

import load  # noqa: E402 - beside this file
from sampler import Sampler  # noqa: E402 - likewise

from mayuse import bundle, opa_binary  # noqa: E402
from mayuse.question import Facts  # noqa: E402
from mayuse.vocabulary import ADULT, UNKNOWN, Vocabulary  # noqa: E402
from opa_server import free_port  # noqa: E402 - the tests' own

SEED = 11
CONNECTIONS = (16, 64)
MIXES = ("fresh", "usual")
DIFFERENT = 1_000
GROWN_UP = 35
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
        lambda facts: json.dumps(question(facts)).encode(),
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


def question(facts: Facts) -> dict[str, Any]:
    """The body of `POST /v1/decisions` that these facts come from."""
    person: dict[str, Any] = {
        "id": f"member-{abs(hash(facts)) % 100_000}",
        "jurisdiction": facts.jurisdiction,
    }
    if facts.age != UNKNOWN:
        person["age"] = GROWN_UP if facts.age == ADULT else int(facts.age)
    return {
        "controller": facts.controller,
        "recipient": facts.recipient,
        "purpose": facts.purpose,
        "data": facts.data,
        "data_subject": person,
        "choices": dict(facts.choices),
        "signals": {"gpc": facts.gpc},
        "on": facts.on,
    }


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
def serving(peer: Peer) -> Iterator[int]:
    """The peer on a free port, in an empty folder, warmed up by nobody."""
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
            yield port
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
    with serving(peer) as port:
        requests = stream(peer, mix, port, seed)
        asyncio.run(load.run(port, requests, connections=2, seconds=1, expect=peer.expect))
        # Prepared, so that the client's own work stays small while it measures.
        ready = iter(list(itertools.islice(requests, round(seconds * 8_000))))
        return asyncio.run(
            load.run(port, ready, connections=connections, seconds=seconds, expect=peer.expect)
        )


def main() -> None:
    """Measure all, alternating between the peers, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{bundle.packaged().digest}, OPA {opa_binary.VERSION}, {os.cpu_count()} cores")
    print(
        f"{'mix':7}{'connections':>12}{'peer':>9}{'/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'failed':>8}"
    )
    for mix, connections in itertools.product(MIXES, CONNECTIONS):
        runs: dict[str, list[load.Measured]] = {peer.name: [] for peer in PEERS}
        for round_ in range(arguments.rounds):
            for peer in PEERS:
                seed = SEED + round_
                runs[peer.name].append(measure(peer, mix, connections, arguments.seconds, seed))
        rates = {name: statistics.median(run.rate for run in found) for name, found in runs.items()}
        for name, found in runs.items():
            half, most = (
                statistics.median(run.percentile(share) for run in found) * 1000
                for share in (0.5, 0.99)
            )
            failed = sum(run.failures for run in found)
            print(
                f"{mix:7}{connections:>12}{name:>9}{rates[name]:>9.0f}"
                f"{half:>9.1f}{most:>9.1f}{failed:>8}"
            )
            for failure in {run.failure for run in found} - {""}:
                print(failure, file=sys.stderr)
        print(f"{'':28}mayuse : opa = {rates['mayuse'] / rates['opa']:.2f}", flush=True)


if __name__ == "__main__":
    main()
